"""Bayesian diagnostic reasoning: cited networks, exact posteriors, every number with its source.

For research and education; not a medical device.
"""

from twitchbayes.diagnosis import Diagnosis
from twitchbayes.distribution import NoisyMax, Row, Table
from twitchbayes.errors import (
    EvidenceError,
    FormatError,
    ImpossibleEvidenceError,
    NetworkError,
    QueryError,
    TooWideError,
    TwitchbayesError,
)
from twitchbayes.estimate import Estimate, Source
from twitchbayes.loading import from_pgmpy, load, networks
from twitchbayes.model import DiagnosticModel
from twitchbayes.network import Group, Measurement, Network, RedFlag, Variable
from twitchbayes.verification import Verification

__all__ = [
    "Diagnosis",
    "DiagnosticModel",
    "Estimate",
    "EvidenceError",
    "FormatError",
    "Group",
    "ImpossibleEvidenceError",
    "Measurement",
    "Network",
    "NetworkError",
    "NoisyMax",
    "QueryError",
    "RedFlag",
    "Row",
    "Source",
    "Table",
    "TooWideError",
    "TwitchbayesError",
    "Variable",
    "Verification",
    "__version__",
    "from_pgmpy",
    "load",
    "networks",
]

__version__ = "0.1.0"
