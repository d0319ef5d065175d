# Everything here needs Python 3.11 or newer and make, nothing else.
# .venv is made once and again whenever pyproject.toml changes.

PYTHON ?= $(firstword $(shell command -v python3 2>/dev/null) $(shell command -v python 2>/dev/null) python3)
BIN := .venv/bin

.PHONY: demo test test-browser notebooks bench check format clean help

demo: .venv/.demo  ## a differential for a worked case
	@$(BIN)/twitchbayes diagnose leg_twitch age=34 sex=male timing=resting_awake \
		duration=1_week_to_3_months twitch_character=fine_flicker distribution=one_spot \
		caffeine=high anxiety_about_disease=yes objective_weakness=none

test: .venv/.test  ## all tests
	@$(BIN)/python -m pytest

test-browser: .venv/.browser  ## the notebooks and the explorer in JupyterLab, with Chromium and its driver
	@$(BIN)/python -m pytest tests/browser -o addopts="-ra --strict-markers --strict-config --import-mode=importlib" \
		-o pythonpath="tests tests/browser"

notebooks: .venv/.test  ## run the notebooks and write their outputs anew
	@$(BIN)/python notebooks/execute.py

bench: .venv/.bench  ## times against other programs, a quarter of an hour; the first time 6 GB of them
	@$(BIN)/python benchmarks/run.py

check: .venv/.check  ## formatting, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: .venv/.check  ## put the code into its format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:  ## remove what was made
	rm -rf .venv build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache

help:  ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "twitchbayes needs Python 3.11 or newer; name one with make PYTHON=..." >&2; exit 1; }
	@echo "making .venv, once; this takes a minute"
	@$(PYTHON) -m venv .venv || \
		{ echo "$(PYTHON) cannot make .venv; on Debian and Ubuntu: apt install python3-venv" >&2; \
		rm -rf .venv; exit 1; }

.venv/.demo: pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/.test: pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

.venv/.browser: pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[browser]'
	@touch $@

.venv/.bench: pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

.venv/.check: pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[check]'
	@touch $@
