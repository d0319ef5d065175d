"""Bayesian diagnostic reasoning: cited networks, exact posteriors, every number with its source.

For research and education; not a medical device.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twitchbayes.diagnosis import Diagnosis
    from twitchbayes.distribution import NoisyMax, Row, Table
    from twitchbayes.errors import (
        EvidenceError,
        FormatError,
        ImpossibleCasesWarning,
        ImpossibleEvidenceError,
        NetworkError,
        QueryError,
        TooWideError,
        TwitchbayesError,
    )
    from twitchbayes.estimate import Estimate, Source
    from twitchbayes.exploring.exploration import Exploration
    from twitchbayes.exploring.explorer import Explorer
    from twitchbayes.figure import Figure
    from twitchbayes.frequencies import Frequencies, FrequencyTree
    from twitchbayes.invariant import Invariant
    from twitchbayes.loading import from_pgmpy, load, networks
    from twitchbayes.model import DiagnosticModel
    from twitchbayes.most_probable import Explanation
    from twitchbayes.network import Group, Measurement, Network, RedFlag, Variable
    from twitchbayes.pictures import Picture
    from twitchbayes.questions.conflict import Conflict
    from twitchbayes.questions.information import Result
    from twitchbayes.questions.settling import Settled
    from twitchbayes.showing.shown import Shown
    from twitchbayes.teaching.guess import Guess
    from twitchbayes.teaching.reveal import Reveal
    from twitchbayes.teaching.vignette import Vignette
    from twitchbayes.terminology import Code, CodeSystem
    from twitchbayes.verification import Verification

__all__ = [
    "Code",
    "CodeSystem",
    "Conflict",
    "Diagnosis",
    "DiagnosticModel",
    "Estimate",
    "EvidenceError",
    "Explanation",
    "Exploration",
    "Explorer",
    "Figure",
    "FormatError",
    "Frequencies",
    "FrequencyTree",
    "Group",
    "Guess",
    "ImpossibleCasesWarning",
    "ImpossibleEvidenceError",
    "Invariant",
    "Measurement",
    "Network",
    "NetworkError",
    "NoisyMax",
    "Picture",
    "QueryError",
    "RedFlag",
    "Result",
    "Reveal",
    "Row",
    "Settled",
    "Shown",
    "Source",
    "Table",
    "TooWideError",
    "TwitchbayesError",
    "Variable",
    "Verification",
    "Vignette",
    "__version__",
    "from_pgmpy",
    "load",
    "networks",
]

__version__ = "0.1.0"

# a name's module is imported when the name is first asked for (PEP 562)
_HOME = {
    "Code": "terminology",
    "CodeSystem": "terminology",
    "Conflict": "questions.conflict",
    "Diagnosis": "diagnosis",
    "DiagnosticModel": "model",
    "Estimate": "estimate",
    "EvidenceError": "errors",
    "Explanation": "most_probable",
    "Exploration": "exploring.exploration",
    "Explorer": "exploring.explorer",
    "Figure": "figure",
    "FormatError": "errors",
    "Frequencies": "frequencies",
    "FrequencyTree": "frequencies",
    "Group": "network",
    "Guess": "teaching.guess",
    "ImpossibleCasesWarning": "errors",
    "ImpossibleEvidenceError": "errors",
    "Invariant": "invariant",
    "Measurement": "network",
    "Network": "network",
    "NetworkError": "errors",
    "NoisyMax": "distribution",
    "Picture": "pictures",
    "QueryError": "errors",
    "RedFlag": "network",
    "Result": "questions.information",
    "Reveal": "teaching.reveal",
    "Row": "distribution",
    "Settled": "questions.settling",
    "Shown": "showing.shown",
    "Source": "estimate",
    "Table": "distribution",
    "TooWideError": "errors",
    "TwitchbayesError": "errors",
    "Variable": "network",
    "Verification": "verification",
    "Vignette": "teaching.vignette",
    "from_pgmpy": "loading",
    "load": "loading",
    "networks": "loading",
}

if not TYPE_CHECKING:  # or a type checker would let every misspelt name pass

    def __getattr__(name):
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
