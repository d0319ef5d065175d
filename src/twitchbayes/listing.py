"""Every number of a network with where it comes from, the bibliography and the codes, as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from twitchbayes.distribution import NoisyMax, Row, conditions
from twitchbayes.estimate import Estimate
from twitchbayes.network import Network, Variable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["codes_frame", "estimates_frame", "sources_frame", "stated"]

COLUMNS = ["variable", "state", "given", "value", "grade", "numerator", "denominator"]
COLUMNS += ["low", "high", "sources", "note"]


def stated(variable: Variable) -> Iterator[tuple[str, Row, str, Estimate]]:
    """Yields every number of a variable: conditions in words, row, state, estimate."""
    distribution = variable.distribution
    if isinstance(distribution, NoisyMax):
        rows = [(f"{conditions(link.when)} alone", link) for link in distribution.links]
        rows.append(("none of the parents", distribution.leak))
    else:
        rows = [(conditions(row.when), row) for row in distribution.rows]
    for words, row in rows:
        for state, estimate in row.estimates:
            yield words, row, state, estimate


def estimates_frame(network: Network) -> pd.DataFrame:
    """Returns a row per number that the network states, in the order of the file."""
    import pandas as pd

    rows = []
    for variable in network.variables:
        for words, row, state, estimate in stated(variable):
            numerator, denominator = estimate.counts or (None, None)
            low, high = estimate.interval or (None, None)
            note = " ".join(text for text in (estimate.note, row.note) if text)
            cited = "; ".join(estimate.sources)
            about = (variable.name, state, words, estimate.value, estimate.grade)
            rows.append((*about, numerator, denominator, low, high, cited, note))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    counts = {"numerator": "Int64", "denominator": "Int64"}
    return frame.astype({**counts, "low": "float64", "high": "float64"})


def sources_frame(network: Network) -> pd.DataFrame:
    """Returns a row per source, by id; `cited` is how often it is cited.

    By numbers, red flags, invariants and figures.
    """
    import pandas as pd

    cited = Counter(
        source
        for variable in network.variables
        for _, _, _, estimate in stated(variable)
        for source in estimate.sources
    )
    cited.update(source for flag in network.red_flags for source in flag.sources)
    cited.update(source for law in network.invariants for source in law.sources)
    cited.update(figure.source for figure in network.figures)
    fields = ("id", "title", "authors", "year", "journal", "tier", "doi", "pmid", "link")
    rows = [
        (*(getattr(source, field) for field in fields), cited[source.id])
        for source in network.sources
    ]
    frame = pd.DataFrame(rows, columns=[*fields, "cited"]).astype({"year": "Int64"})
    return frame.set_index("id")


def codes_frame(network: Network) -> pd.DataFrame:
    """Returns a row per code, with the releases of its terminology that were looked at."""
    import pandas as pd

    releases = {system.name: "; ".join(system.release) for system in network.code_systems}
    fields = ("variable", "state", "system", "code", "label", "fit", "note")
    rows = [
        (*(getattr(code, field) for field in fields), releases[code.system])
        for code in network.codes
    ]
    return pd.DataFrame(rows, columns=[*fields, "release"])
