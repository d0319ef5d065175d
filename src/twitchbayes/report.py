"""A diagnosis as one page to keep or print: what is on it, and how it is written."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from twitchbayes.display.answer_rows import AnswerRows
from twitchbayes.display.page import PageRows, SourceRow, page_html
from twitchbayes.display.rows import DiagnosisRows, between
from twitchbayes.errors import QueryError
from twitchbayes.estimate import Source
from twitchbayes.network import Network

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["checked_path", "page_rows", "write_page"]

MOST_NUMBERS = 12


def page_rows(
    network: Network,
    rows: DiagnosisRows,
    numbers: pd.DataFrame,
    answer: Callable[[str], AnswerRows],
    made: str,
    date: datetime.date | str | None,
) -> PageRows:
    """Returns what is on the page.

    Args:
        network: the network that was asked.
        rows: the diagnosis, with intervals.
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
    table = [
        (
            f"{r['variable']} = {r['state']}" + (f", given {r['given']}" if r["given"] else ""),
            f"{r['value']:.3g} ({r['low']:.3g} to {r['high']:.3g}), {r['grade']}",
            between((r["posterior_low"], r["posterior_high"])),
            " ".join(f"[{place[s]}]" for s in r["sources"].split("; ") if s),
        )
        for r in cast("list[dict[str, Any]]", numbers.head(MOST_NUMBERS).to_dict("records"))
    ]
    sections: list[AnswerRows | tuple[str, str]] = []
    for question in ("explanation", "next"):
        try:
            sections.append(answer(question))
        except QueryError as error:  # such as odds that are no finite number
            sections.append((question, str(error)))
    of_network = [("Network", f"{network.title} ({network.name} {network.version})")]
    of_network.append(("Of", "" if network.date is None else network.date.isoformat()))
    of_network += [("Authors", ", ".join(_texts(network.authors)))]
    of_network += [("Licence of the network", network.licence), ("Made by", made)]
    of_network.append(("Report of", "" if date is None else str(date)))
    return PageRows(
        rows,
        tuple((name, value) for name, value in of_network if value),
        tuple(sections),
        tuple(table),
        tuple((s, place[s]) for s in cited),
        tuple(_source(by_id[s]) for s in cited if s in by_id),
    )


def write_page(path: str | os.PathLike[str], page: PageRows) -> Path:
    """Writes a page whole or not at all, and returns where it is.

    Raises:
        QueryError: the path is a folder, has another suffix, or lies in no folder.
    """
    where = checked_path(path)
    part = where.with_name(f".{where.name}.part")
    try:
        part.write_text(page_html(page), encoding="utf-8", newline="\n")
        part.replace(where)
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
