"""A diagnosis as one HTML page, self-contained, for the screen and for paper."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from twitchbayes.display.answer_html import answer_table
from twitchbayes.display.answer_rows import AnswerRows, AnswerTable
from twitchbayes.display.html import answer_html
from twitchbayes.display.rows import DiagnosisRows, _Rows
from twitchbayes.display.tables import listed, pairs

__all__ = ["PageRows", "SourceRow", "page_html"]

STYLE = """\
:root { color-scheme: light dark; }
body { font: 16px/1.45 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #ffffff; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { font-size: 0.9rem; } a { color: inherit; overflow-wrap: anywhere; }
div.wide { overflow-x: auto; }
section.flags { border: 2px solid #c0632b; padding: 0 1rem; }
@media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #161616; } }
@media print {
  body { color: #000000; background: none; font-size: 10.5pt; margin: 0; max-width: none; }
  h2 { break-after: avoid; } tr:has(th[scope=col]) { break-after: avoid; }
  p, tr, li, svg { break-inside: avoid; }
  .sources { break-before: page; }
  div.wide { overflow: visible; }
}
"""


@dataclass(frozen=True, slots=True)
class SourceRow(_Rows):
    """A source in words, and where it is found."""

    words: str
    link: str


@dataclass(frozen=True, slots=True)
class PageRows(_Rows):
    """What is on the page.

    Attributes:
        diagnosis: the answer, with intervals.
        about: the network, its version and licence, what made the page.
        answers: to why and what next; a question and why it has none, in its place.
        cause: the leading cause, in words.
        numbers: which numbers matter most, and of how many.
        places: the number of each source, by its id.
        sources: in the order of their numbers.
        named: how many of them are named on the page.
    """

    diagnosis: DiagnosisRows
    about: tuple[tuple[str, str], ...]
    answers: tuple[AnswerRows | tuple[str, str], ...]
    cause: str
    numbers: tuple[AnswerTable, int]
    places: tuple[tuple[str, int], ...]
    sources: tuple[SourceRow, ...]
    named: int


def page_html(page: PageRows) -> str:
    """Returns the page."""
    rows = page.diagnosis
    title = f"{rows.title}: a diagnosis by {rows.network}"
    body = [f"<h1>{escape(rows.title)}</h1>", f"<p>{escape(rows.network)}</p>"]
    body.append(f"<p><strong>{escape(rows.notice)}</strong></p>")
    if rows.flags:
        body.append(_flags(page))
    body += ["<h2>Which cause, how likely, how sure</h2>", _wide(answer_html(rows))]
    body += ["<h2>What was found, and what was assumed</h2>"]
    body.append(pairs("Findings", rows.findings or (("none given", ""),)))
    if rows.assumed:
        body.append(pairs("Assumed", rows.assumed))
    body.append(f"<p>{rows.of_evidence} = {rows.log_evidence:.4f}</p>")
    for answer in page.answers:
        body += _answer(answer)
    body += _numbers(page)
    if page.sources:
        items = "".join(f"<li>{_source(source)}</li>" for source in page.sources)
        body.append('<section class="sources"><h2>Sources</h2>')
        if page.named < len(page.sources):
            body.append(f"<p>From {page.named + 1} on they stand behind numbers that matter less, "
                        "the most influential first.</p>")  # fmt: skip
        body.append(f"<ol>{items}</ol></section>")
    body += ["<h2>About this page</h2>", pairs("", page.about)]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _flags(page: PageRows) -> str:
    place = dict(page.places)
    items = []
    for flag in page.diagnosis.flags:
        cited = " ".join(f"[{place[s]}]" for s in flag.sources.split("; ") if s in place)
        items.append(
            f"<strong>{escape(flag.action.upper())}</strong>: {escape(flag.label)} {cited}"
        )
    heading = "<h2>Red flags, whatever the probabilities say</h2>"
    return f'<section class="flags">{heading}{listed(items)}</section>'


def _answer(answer: AnswerRows | tuple[str, str]) -> list[str]:
    if isinstance(answer, tuple):
        question, words = answer
        return [f"<h2>{escape(question.capitalize())}</h2>", f"<p>{escape(words)}</p>"]
    parts = [f"<h2>{escape(answer.title)}</h2>"]
    parts += [f"<p>{escape(sentence)}</p>" for sentence in answer.sentences]
    parts += [_wide(answer_table(of)) for of in answer.tables]
    return [*parts, *(f"<p><small>{escape(note)}</small></p>" for note in answer.notes)]


def _source(source: SourceRow) -> str:
    link = escape(source.link)
    if not source.link.startswith(("https://", "http://")):
        return escape(source.words) + (f" {link}" if link else "")
    return f'{escape(source.words)} <a href="{link}">{link}</a>'


def _numbers(page: PageRows) -> list[str]:
    table, count = page.numbers
    if not count:
        return []
    shown = f" Shown: {len(table.rows)} of {count}." if len(table.rows) < count else ""
    return [
        "<h2>Which numbers matter most</h2>",
        f"<p>Low, high: what a number makes of {escape(page.cause)} as it moves through its own "
        f"interval. The bars go from low to high, marked where it is now.{shown}</p>",
        _wide(answer_table(table)),
    ]


def _wide(inner: str) -> str:
    return f'<div class="wide">{inner}</div>'
