"""A diagnosis as one page to keep or print: what is on it, and how it is written."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from twitchbayes.display.answer_rows import AnswerRow, AnswerRows, AnswerTable, Bar
from twitchbayes.display.page import PageRows, SourceRow, page_html
from twitchbayes.display.rows import DiagnosisRows, percent
from twitchbayes.errors import QueryError
from twitchbayes.estimate import Source
from twitchbayes.network import Network
from twitchbayes.showing.names import Names

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["checked_path", "page_rows", "write_page"]

MOST_NUMBERS = 12


def page_rows(
    network: Network,
    rows: DiagnosisRows,
    cause: str,
    numbers: pd.DataFrame,
    answer: Callable[[str], AnswerRows],
    made: str,
    date: datetime.date | str | None,
) -> PageRows:
    """Returns what is on the page.

    Args:
        network: the network that was asked.
        rows: the diagnosis, with intervals.
        cause: the leading cause, in words.
        numbers: what `sensitivity` returned.
        answer: gives the rows of a question by its name.
        made: name and version of this library.
        date: of the report; none is written where it is left out.
    """
    flagged = [s for flag in rows.flags for s in flag.sources.split("; ") if s]
    used = [s for cell in numbers["sources"] for s in cell.split("; ") if s]
    cited = list(dict.fromkeys([*flagged, *used]))
    by_id = {source.id: source for source in network.sources}
    place = {source: number for number, source in enumerate(cited, 1)}
    shown = cast("list[dict[str, Any]]", numbers.head(MOST_NUMBERS).to_dict("records"))
    at = rows.causes[0].posterior
    table = tuple(_number(Names(network), row, place, at) for row in shown)
    named = [*flagged, *(s for row in shown for s in row["sources"].split("; ") if s)]
    sections: list[AnswerRows | tuple[str, str]] = []
    for question in ("explanation", "next"):
        try:
            sections.append(answer(question))
        except QueryError as error:  # such as odds that are no finite number
            sections.append((question, str(error)))
    of_network = [("Network", f"{network.title} ({network.name} {network.version})")]
    of_network.append(
        ("Date of the network", "" if network.date is None else network.date.isoformat())
    )
    of_network += [("Authors", ", ".join(_texts(network.authors)))]
    of_network += [("Licence of the network", network.licence), ("Made by", made)]
    of_network.append(("Date of this page", "" if date is None else str(date)))
    return PageRows(
        rows,
        tuple((name, value) for name, value in of_network if value),
        tuple(sections),
        cause,
        (AnswerTable("Number", ("low", "high"), table), len(numbers)),
        tuple((s, place[s]) for s in cited),
        tuple(_source(by_id[s]) for s in cited),
        len(set(named)),
    )


def _number(names: Names, row: dict[str, Any], place: Mapping[str, int], now: float) -> AnswerRow:
    ends = row["posterior_low"], row["posterior_high"]
    words = [
        f"{row['value']:.3g} ({row['low']:.3g} to {row['high']:.3g}, {row['grade']})",
        *(f"[{place[s]}]" for s in row["sources"].split("; ") if s),
    ]
    given = names.given(row["variable"], row["given"])
    return AnswerRow(
        names.state(row["variable"], row["state"]),
        (percent(ends[0]), percent(ends[1])),
        Bar(*ends, now),
        f"{' '.join(words)}, given {given}" if given else " ".join(words),
    )


def write_page(path: str | os.PathLike[str], page: PageRows) -> Path:
    """Writes a page whole or not at all, and returns where it is.

    Raises:
        QueryError: the path is a folder, has another suffix, lies in no folder, or cannot be
            written.
    """
    where = checked_path(path)
    part = where.with_name(f".{where.name}.part")
    try:
        part.write_text(page_html(page), encoding="utf-8", newline="\n")
        part.replace(where)
    except OSError as error:
        raise QueryError(
            f"{where} cannot be written ({error.strerror or error}); name a file in a folder that "
            "you may write to"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return where


def checked_path(path: str | os.PathLike[str]) -> Path:
    """Returns where a report is to be written.

    Raises:
        QueryError: it cannot be there.
    """
    where = Path(path)
    if where.is_dir():
        raise QueryError(f"{where} is a folder; a report is a file, such as {where / 'dx.html'}")
    if where.suffix.lower() not in (".html", ".htm"):
        raise QueryError(
            f"a report is an HTML page; {where.name} does not end in .html; "
            f"write to {where.with_suffix('.html').name}"
        )
    if not where.parent.is_dir():
        raise QueryError(f"there is no folder {where.parent} for the report {where.name}; make it")
    return where


def _source(source: Source) -> SourceRow:
    link = f"https://doi.org/{source.doi}" if source.doi else source.link
    year = "" if source.year is None else f" ({source.year})"
    words = [f"{source.authors}{year}".strip(), source.title, source.journal]
    return SourceRow(". ".join(word for word in words if word), link)


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in cast("list[str]", value)]
