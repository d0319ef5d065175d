"""Whole numbers of people as text and as HTML, with icons and as a tree."""

from __future__ import annotations

from html import escape

from twitchbayes.display.icons import KINDS, MOST_ICONS, icon, icon_array
from twitchbayes.display.people_rows import FrequencyRows, PeopleRow, TreeRows, people
from twitchbayes.display.rows import percent
from twitchbayes.display.svg import picture
from twitchbayes.display.tables import listed, table, whole
from twitchbayes.display.wrapping import hanging

__all__ = ["frequency_html", "frequency_text", "tree_html", "tree_text"]


def frequency_text(rows: FrequencyRows) -> str:
    """Returns a line per group and cause."""
    lines = [*hanging("", f"{rows.title} ({rows.network})", indent=""), "", _of(rows), ""]
    for group in _told_apart(rows.groups):
        lines += hanging(f"{people(group.count, group.chance, rows.n):>14}  ", group.label)
        for part in _ranked(group.parts):
            lines += hanging(
                f"{people(part.count, part.chance, rows.n):>14}    ", f"of these: {part.label}"
            )
    lines.append("")
    for line in rows.case:
        lines += hanging("", line, indent="")
    return "\n".join([*lines, rows.notice])


def frequency_html(rows: FrequencyRows) -> str:
    """Returns icons, one for each person, and a table of the same numbers."""
    groups = _told_apart(rows.groups)
    body = []
    for place, group in enumerate(groups):
        sign = icon(place) if rows.n <= MOST_ICONS else ""
        count = f"<strong>{escape(people(group.count, group.chance, rows.n))}</strong>"
        body.append([f"{sign} {escape(group.label)}", count])
        body += [
            [f"&nbsp;&nbsp;&nbsp;&nbsp;{escape(part.label)}", _count(part, rows.n)]
            for part in _ranked(group.parts)
        ]
    icons = ""
    if rows.n <= MOST_ICONS:
        words = "; ".join(f"{g.label}: {people(g.count, g.chance, rows.n)}" for g in groups)
        icons = f"<div>{icon_array([g.count for g in groups], f'{_of(rows)} {words}')}</div>"
    parts = [
        f"<p><strong>{escape(rows.title)}</strong> ({escape(rows.network)})</p>",
        f"<p>{escape(_of(rows))}</p>",
        icons,
        table(("Cause", "people"), body, left=1),
        *(f"<p><small>{escape(line)}</small></p>" for line in rows.case),
        f"<p><small>{escape(rows.notice)}</small></p>",
    ]
    return whole(parts)


def tree_text(rows: TreeRows) -> str:
    """Returns the tree by indentation, and what follows."""
    with_it, without, *leaves = _branches(rows)
    lines = [*hanging("", f"{rows.title} ({rows.network})", indent=""), ""]
    lines += hanging("", _before(rows), indent="")
    lines += hanging(f"{with_it} have it: ", rows.cause)
    lines += hanging(
        "",
        f"of these {leaves[0]} have the finding ({rows.finding}), {leaves[1]} do not",
        indent="    ",
    )
    lines += hanging("", f"{without} do not have it")
    lines += hanging(
        "", f"of these {leaves[2]} have the finding all the same, {leaves[3]} do not", indent="    "
    )
    lines += ["", *hanging("", _so(rows), indent="")]
    return "\n".join([*lines, rows.notice])


def tree_html(rows: TreeRows) -> str:
    """Returns a drawing of the tree, the same as a list, and what follows."""
    with_it, without, *leaves = _branches(rows)
    items = [
        f"{escape(with_it)} have it: {escape(rows.cause)}"
        + listed(
            [
                f"{escape(leaves[0])} have the finding ({escape(rows.finding)})",
                f"{escape(leaves[1])} do not",
            ]
        ),
        f"{escape(without)} do not have it"
        + listed(
            [f"{escape(leaves[2])} have the finding all the same", f"{escape(leaves[3])} do not"]
        ),
    ]
    parts = [
        f"<p><strong>{escape(rows.title)}</strong> ({escape(rows.network)})</p>",
        f"<div>{_drawn(rows)}</div>",
        f"<p>{escape(_before(rows))}</p>",
        listed(items),
        f"<p><strong>{escape(_so(rows))}</strong></p>",
        f"<p><small>{escape(rows.notice)}</small></p>",
    ]
    return whole(parts)


def _drawn(rows: TreeRows) -> str:
    """Returns boxes of numbers; what they are is said in the list below, in the same order."""
    with_it, without, *leaves = _branches(rows)
    boxes = [
        (270, 4, f"{rows.n:,} people", 2),
        (120, 74, f"{with_it} with it", 1),
        (420, 74, f"{without} without", 1),
    ]
    names = ("finding", "no finding", "finding", "no finding")
    boxes += [
        (45 + 150 * k, 144, f"{leaf}: {name}", 2 if k % 2 == 0 else 1)
        for k, (leaf, name) in enumerate(zip(leaves, names, strict=True))
    ]
    lines = [(0, 1), (0, 2), (1, 3), (1, 4), (2, 5), (2, 6)]
    body = []
    for a, b in lines:
        (x, y), (to_x, to_y) = ((boxes[k][0], boxes[k][1]) for k in (a, b))
        body.append(f'<path d="M{x} {y + 28}L{to_x} {to_y}" stroke="currentColor" opacity=".6"/>')
    for x, y, words, stroke in boxes:
        body.append(
            f'<rect x="{x - 68}" y="{y}" width="136" height="28" rx="4" fill="none" '
            f'stroke="currentColor" stroke-width="{stroke}"/>'
        )
        body.append(
            f'<text x="{x}" y="{y + 18}" font-family="Arial,Helvetica,sans-serif" font-size="11" '
            f'fill="currentColor" text-anchor="middle">{escape(words)}</text>, '
        )
    shifted = f'<g transform="translate(30 0)">{"".join(body)}</g>'
    return picture(600, 178, f"Frequency tree. {_so(rows)}", [shifted])


def _branches(rows: TreeRows) -> list[str]:
    true, missed, false, neither = zip(rows.leaves, rows.chances, strict=True)
    both = (true[0] + missed[0], true[1] + missed[1])
    none = (false[0] + neither[0], false[1] + neither[1])
    branches = (both, none, true, missed, false, neither)
    return [people(count, chance, rows.n) for count, chance in branches]


def _so(rows: TreeRows) -> str:
    _, _, true, _, false, _ = _branches(rows)
    found = people(rows.leaves[0] + rows.leaves[2], rows.chances[0] + rows.chances[2], rows.n)
    return (
        f"So of the {found} with the finding ({true} with the cause, {false} without), "
        f"{percent(rows.posterior)} have {rows.cause}. The probability is exact; people are "
        "rounded to whole ones that add up."
    )


def _of(rows: FrequencyRows) -> str:
    return f"Of {rows.n:,} people with these findings so many have each cause:"


def _before(rows: TreeRows) -> str:
    context = f" ({rows.context})" if rows.context else ""
    return f"Of {rows.n:,} people of this context{context}, before any finding"


def _count(row: PeopleRow, n: int) -> str:
    return escape(people(row.count, row.chance, n))


def _told_apart(rows: tuple[PeopleRow, ...]) -> list[PeopleRow]:
    """Returns the groups, the most probable first; more than have an icon of their own together."""
    ranked = _ranked(rows)
    if len(ranked) <= KINDS:
        return ranked
    others = ranked[KINDS - 1 :]
    together = PeopleRow(
        f"{len(others):,} others together",
        sum(row.count for row in others),
        sum(row.chance for row in others),
        tuple(others),
    )
    return [*ranked[: KINDS - 1], together]


def _ranked(rows: tuple[PeopleRow, ...]) -> list[PeopleRow]:
    return sorted(rows, key=lambda row: -row.chance)
