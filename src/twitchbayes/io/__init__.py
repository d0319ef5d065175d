"""Networks in and out: the cited format, pgmpy models, and the formats of other programs."""

from twitchbayes.io.bundled import bundled_headers, bundled_path
from twitchbayes.io.files import read_network, write_network
from twitchbayes.io.opening import mode_of
from twitchbayes.io.pgmpy_models import import_pgmpy, network_from_pgmpy, network_to_pgmpy

__all__ = [
    "bundled_headers",
    "bundled_path",
    "import_pgmpy",
    "mode_of",
    "network_from_pgmpy",
    "network_to_pgmpy",
    "read_network",
    "write_network",
]
