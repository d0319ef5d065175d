"""Questions about a diagnosis: each is the same plan, run along another leading axis."""

from twitchbayes.questions.asking import Questions
from twitchbayes.questions.case import Case
from twitchbayes.questions.conflict import Conflict
from twitchbayes.questions.information import Result
from twitchbayes.questions.settling import Settled

__all__ = ["Case", "Conflict", "Questions", "Result", "Settled"]
