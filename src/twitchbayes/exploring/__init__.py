"""Exploring a case by clicking: what is given, how one came there, and widgets around it."""

from twitchbayes.exploring.exploration import Exploration
from twitchbayes.exploring.explorer import Explorer

__all__ = ["Exploration", "Explorer"]
