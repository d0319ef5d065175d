"""Exact inference: a plan made from shapes once, run on arrays as often as wanted."""

from twitchbayes.engine.answers import Marginal, Marginals, MostProbable
from twitchbayes.engine.batch import Batch
from twitchbayes.engine.codes import code_likelihoods, highest
from twitchbayes.engine.draws import draw_tables
from twitchbayes.engine.elimination import Engine
from twitchbayes.engine.impossible import smallest_conflict

__all__ = [
    "Batch",
    "Engine",
    "Marginal",
    "Marginals",
    "MostProbable",
    "code_likelihoods",
    "draw_tables",
    "highest",
    "smallest_conflict",
]
