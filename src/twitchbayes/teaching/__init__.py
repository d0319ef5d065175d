"""Teaching with a network: simulated patients to guess about."""

from twitchbayes.teaching.guess import Guess
from twitchbayes.teaching.reveal import Reveal
from twitchbayes.teaching.vignette import Vignette, draw_vignette

__all__ = ["Guess", "Reveal", "Vignette", "draw_vignette"]
