"""Answers to questions about a diagnosis in the network's words, as rows for the display."""

from twitchbayes.showing.shown import Shown, shown
from twitchbayes.showing.subject import Subject

__all__ = ["Shown", "Subject", "shown"]
