"""Whether widgets can be shown here, and in what words to say that they cannot."""

from __future__ import annotations

import sys
from importlib.util import find_spec

__all__ = ["IN_A_SAVED_NOTEBOOK", "why_no_widgets"]

NO_NOTEBOOK = (
    "The explorer opens in a notebook, such as JupyterLab or VS Code; "
    "this is what it would show, to look at."
)
NO_WIDGETS = (
    "The explorer needs ipywidgets: pip install 'twitchbayes[explore]', then restart the kernel; "
    "this is what it would show, to look at."
)
IN_A_SAVED_NOTEBOOK = (
    "The explorer opens where this cell is run and the front end shows widgets; "
    "this is what it shows, to look at."
)


def why_no_widgets() -> str:
    """Returns why no widgets can be shown, in words for the reader; "" where they can be tried.

    A kernel is not asked what its front end is able to; one without widgets takes the static view,
    which is sent along.
    """
    # nothing is imported to find out: a notebook has long imported IPython
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is None or getattr(shell, "kernel", None) is None:
        return NO_NOTEBOOK
    return "" if find_spec("ipywidgets") is not None else NO_WIDGETS
