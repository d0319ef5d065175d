"""What a diagnosis and a model draw of themselves: what stays true whatever looks at it."""

from __future__ import annotations

import dataclasses
import html.parser
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

import twitchbayes as tb
from twitchbayes.display.boxes import lines_of, widest
from twitchbayes.display.graph import placed
from twitchbayes.display.icons import KINDS
from twitchbayes.display.layering import spread
from twitchbayes.display.people_rows import people
from twitchbayes.display.rows import percent
from twitchbayes.display.svg import COLOURS
from twitchbayes.frequencies import apportion
from twitchbayes.graphing import MOST_NODES, graph_rows
from twitchbayes.plotting import PLOTS
from twitchbayes.rendering import MOST_CAUSES

BAD = "<script>alert('x')</script>&\"$x"
CASE = {"timing": "falling_asleep", "pain": "none", "age": 34}
WORSE = {"babinski": True, "muscle_wasting": True, "objective_weakness": "progressive_spreading"}


class Page(html.parser.HTMLParser):
    """What is in a page: the tags with their attributes, and the words outside pictures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def of(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.tags if name == tag)


@pytest.fixture(scope="module")
def dx(leg_twitch: tb.DiagnosticModel) -> tb.Diagnosis:
    return leg_twitch.diagnose(CASE)


@pytest.fixture(scope="module")
def hostile(asia: tb.DiagnosticModel) -> tb.DiagnosticModel:
    """Asia with a script in every text that its file may hold."""
    variables = tuple(
        dataclasses.replace(v, label=BAD, note=BAD, state_labels=tuple((s, BAD) for s in v.states))
        for v in asia.network.variables
    )
    sources = tuple(
        dataclasses.replace(
            s, title=BAD, authors=BAD, journal=BAD, link=f"javascript:{BAD}", doi=""
        )
        for s in asia.network.sources
    )
    return tb.DiagnosticModel(
        dataclasses.replace(
            asia.network, name=BAD, title=BAD, description=BAD, population=BAD, licence=BAD,
            version=BAD, variables=variables, sources=sources,
        )
    )  # fmt: skip


def chain(count: int, target: str | None = None) -> tb.DiagnosticModel:
    """A network of so many variables, each the parent of the next."""

    def row(value: float, **when: str) -> tb.Row:
        return tb.Row(
            tuple((name, (state,)) for name, state in when.items()),
            (("yes", tb.Estimate(value, "judged", interval=(0.1, 0.9), note="made up")),),
        )

    variables = [
        tb.Variable(
            f"v{n}",
            ("no", "yes"),
            tb.Table((row(0.3),)) if n == 0 else
            tb.Table((row(0.2, **{f"v{n - 1}": "no"}), row(0.7, **{f"v{n - 1}": "yes"}))),
            () if n == 0 else (f"v{n - 1}",),
        )
        for n in range(count)
    ]  # fmt: skip
    return tb.DiagnosticModel(tb.Network("chain", "A chain", "1", tuple(variables), target=target))


def passing() -> tb.DiagnosticModel:
    """A chain whose first variable is a parent of all, so that arrows pass the rows."""
    network = chain(12).network
    variables = [
        v if n < 2 else dataclasses.replace(v, parents=(*v.parents, "v0"))
        for n, v in enumerate(network.variables)
    ]
    return tb.DiagnosticModel(dataclasses.replace(network, variables=tuple(variables)))


# --- static pictures


def test_pictures_are_small_and_need_nothing(
    leg_twitch: tb.DiagnosticModel, dx: tb.Diagnosis
) -> None:
    for shown in (leg_twitch._repr_html_(), dx._repr_html_(), dx.picture()._repr_html_()):
        assert len(shown.encode()) < 100_000
        for word in ("<script", "http:", "https:", "<style", "<link", "<img", " id=", "url("):
            assert word not in shown


def test_a_large_model_with_long_labels_lists_fewer_variables() -> None:
    network = chain(110, "v0").network
    variables = tuple(
        dataclasses.replace(v, kind=("history", "test")[n % 2], label=f"{v.name} " + "word " * 160)
        if n
        else v
        for n, v in enumerate(network.variables)
    )
    shown = tb.DiagnosticModel(dataclasses.replace(network, variables=variables))._repr_html_()
    assert len(shown.encode()) < 100_000
    assert "Tests (55)" in shown
    assert "45 more are shown by print(model)" in shown


def test_every_picture_has_its_words(leg_twitch: tb.DiagnosticModel, dx: tb.Diagnosis) -> None:
    tree = dx.frequency_tree("timing")
    for thing in (leg_twitch, dx, dx.picture(), dx.frequencies(), tree):
        drawings = list(Page(thing._repr_html_()).of("svg"))  # type: ignore[attr-defined]
        assert drawings
        assert all(d["role"] == "img" and d["aria-label"] for d in drawings)


def test_a_word_that_is_too_long_is_broken(asia: tb.DiagnosticModel) -> None:
    """In every cell and sentence, or it would push the numbers off the page."""
    for shown in (asia, asia.diagnose(dysp=True), asia.diagnose(dysp=True).show("next")):
        text = shown._repr_html_()  # type: ignore[attr-defined]
        assert text.startswith('<div class="twitchbayes" style="overflow-wrap:break-word">')
        tables = re.findall("<table [^>]*>", text)
        assert tables
        assert all("overflow-wrap:anywhere" in table for table in tables)
        # and no column of words becomes one of letters
        assert re.search('<th scope="col" style="[^"]*min-width', text)


def test_hostile_texts_are_shown_harmless(hostile: tb.DiagnosticModel, tmp_path: Path) -> None:
    dx = hostile.diagnose(dysp=True)
    page = dx.report(tmp_path / "bad.html").read_text(encoding="utf-8")
    shown = [thing._repr_html_() for thing in (hostile, dx, dx.picture(), dx.frequencies())]
    for text in [*shown, dx.frequency_tree("dysp")._repr_html_(), page]:
        assert "<script" not in text
        assert "script" not in {tag for tag, _ in Page(text).tags}
        assert not [a for _, attributes in Page(text).tags for a in attributes if a[:2] == "on"]
        assert not [a for a in Page(text).of("a") if not str(a["href"]).startswith("http")]
    assert f"javascript:{BAD}" in " ".join(Page(page).words), "what is no address stays words"


def test_what_is_left_without_pictures_and_styles_says_the_same(dx: tb.Diagnosis) -> None:
    """As GitHub shows it: every number stands in a cell of a table."""
    shown = dx.picture()._repr_html_()
    words = Page(re.sub(r"<svg.*?</svg>", "", shown, flags=re.DOTALL)).words
    sure = dx.intervals()
    for name, row in sure.iterrows():
        low, high = percent(row["low"]), percent(row["high"])
        assert percent(row["posterior"]) in words, name
        assert (low if low == high else f"{low} to {high}") in words
        assert low in repr(dx.picture())
    assert shown.count("not a medical device") == 1


def test_text_and_html_have_the_same_next_question(dx: tb.Diagnosis) -> None:
    best = dx.next_findings().iloc[0]
    label = dx.model.network.by_name[str(best.name)].label
    said = f"{label} tells most, {best['information']:.2f} bits"
    assert said in " ".join(repr(dx).split())
    assert said in dx._repr_html_()


def test_the_line_says_where_no_single_finding_could_change_the_lead(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    dx = leg_twitch.diagnose(CASE | WORSE | {"reflexes": "brisk", "tongue_fasciculation": True})
    assert not dx.settled(1e-6).one_could_change_it
    assert "no single finding could put another cause first" in " ".join(repr(dx).split())


def test_of_many_causes_the_least_probable_are_shown_together(asia: tb.DiagnosticModel) -> None:
    states = tuple(f"cause_{n}" for n in range(200))
    prior = [(s, tb.Estimate((n + 1) / 20100, "judged", interval=(0.0, 1.0), note="made up"))
             for n, s in enumerate(states)]  # fmt: skip
    table = tb.Table((tb.Row((), tuple(prior[1:])),))
    network = tb.Network("many", "Many", "1", (tb.Variable("cause", states, table),), "cause")
    dx = tb.DiagnosticModel(network).diagnose()
    assert f"{200 - MOST_CAUSES} others together" in repr(dx)
    assert len(list(Page(dx._repr_html_()).of("svg"))) == MOST_CAUSES + 1
    assert "cause 100" not in dx._repr_html_()


def test_colours_are_seen_on_light_and_dark_ground() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    for colour in COLOURS:
        for ground in ("#ffffff", "#1e1e1e", "#111111"):
            dark, light = sorted((luminance(colour), luminance(ground)))
            assert (light + 0.05) / (dark + 0.05) >= 3


# --- the graph


@pytest.mark.parametrize("name", ["leg_twitch", "asia", "one", "chain", "passing"])
def test_labels_of_a_graph_do_not_overlap_and_are_inside(name: str) -> None:
    model = {"one": lambda: chain(1), "chain": lambda: chain(60), "passing": passing}.get(
        name, lambda: tb.load(name)
    )()
    rows = graph_rows(model.network)
    where = placed(rows)
    assert where.boxes.keys() == set(range(len(model.variables)))
    for box in where.boxes.values():
        assert box.left >= 0
        assert box.top >= 0
        assert box.right <= where.width
        assert box.bottom <= where.height
    for one, other in itertools.combinations(where.boxes.values(), 2):
        apart = one.right <= other.left or other.right <= one.left
        assert apart or one.bottom <= other.top or other.bottom <= one.top
    for points in where.bends.values():
        assert all(0 <= x <= where.width for x, _ in points), "arrows are inside, too"
    assert where.width <= 900


def test_a_graph_has_a_head_for_every_arrow(leg_twitch: tb.DiagnosticModel) -> None:
    arrows = sum(len(v.parents) for v in leg_twitch.network.variables)
    shown = leg_twitch._repr_html_()
    assert shown.count("v6z") == arrows
    assert f"{arrows} arrows" in shown


def test_every_arrow_of_a_network_without_kinds_goes_down() -> None:
    rows = graph_rows(chain(10, "v4").network)
    assert all(rows.nodes[a].layer < rows.nodes[b].layer for a, b in rows.arrows)


def test_of_a_large_network_the_target_and_what_is_next_to_it_are_drawn() -> None:
    rows = graph_rows(chain(MOST_NODES + 1, "v4").network)
    assert [node.label for node in rows.nodes] == ["v3", "v4", "v5"]
    assert (
        rows.summary == "Graph of 121 variables, 120 arrows; drawn: 3 variables next to the target."
    )
    without = chain(1000)
    assert "drawn: none" in without._repr_html_()
    assert len(without._repr_html_()) < 100_000


def test_a_long_label_is_cut_with_dots() -> None:
    lines = lines_of("word " * 40, 100)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert widest(lines_of("W" * 200, 100)) <= 100


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(1, 9)), min_size=1, max_size=20))
def test_what_is_spread_keeps_its_order_and_does_not_overlap(
    things: list[tuple[float, float]],
) -> None:
    wanted, sizes = zip(*things, strict=True)
    middles = spread(wanted, sizes, 0, 200)
    for k in range(1, len(middles)):
        assert middles[k] - middles[k - 1] >= (sizes[k] + sizes[k - 1]) / 2 - 1e-9
    assert middles[0] - sizes[0] / 2 >= -1e-9
    assert middles[-1] + sizes[-1] / 2 <= 200 + 1e-9


# --- frequencies


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=30), st.integers(1, 10**6))
def test_whole_numbers_sum_to_n_and_are_the_share_rounded_up_or_down(
    weights: list[float], n: int
) -> None:
    shares = np.array(weights) / sum(weights)
    counts = apportion(shares, n)
    assert sum(counts) == n
    assert all(abs(c - n * s) < 1 + 1e-6 for c, s in zip(counts, shares, strict=True))


def test_frequencies_add_up_and_nobody_is_never_said_of_the_possible(dx: tb.Diagnosis) -> None:
    of = dx.frequencies(1000)
    assert of.causes.sum() == of.groups.sum() == 1000
    assert of.causes["motor_neuron_disease"] == 0
    assert re.search(r"fewer than 1 +of these: Motor neuron disease", repr(of))
    assert "fewer than 1" in of._repr_html_()
    assert people(1000, 0.9999, 1000) == "more than 999"


def test_frequencies_and_trees_say_of_whom(dx: tb.Diagnosis) -> None:
    for shown in (repr(dx.frequencies()), dx.frequencies()._repr_html_()):
        words = " ".join(shown.split())
        assert "Findings: Age: 18 to 39 (34 years); Timing: falling asleep; Pain: none." in words
        assert "Assumed: Where the question is asked: primary care." in words
    tree = dx.frequency_tree("timing")
    for shown in (repr(tree), tree._repr_html_()):
        words = " ".join(shown.split())
        assert "Where the question is asked: primary care (assumed)" in words
        assert "Age: 18 to 39 (34 years)" in words
        assert "Pain" not in words


def test_of_many_causes_those_without_an_icon_of_their_own_are_together() -> None:
    states = tuple(f"cause_{n}" for n in range(20))
    prior = [(s, tb.Estimate((n + 1) / 210, "judged", interval=(0.0, 1.0), note="made up"))
             for n, s in enumerate(states)]  # fmt: skip
    table = tb.Table((tb.Row((), tuple(prior[1:])),))
    network = tb.Network("many", "Many", "1", (tb.Variable("cause", states, table),), "cause")
    of = tb.DiagnosticModel(network).diagnose().frequencies(210)
    shown = of._repr_html_()
    drawings = re.findall(r"<svg.*?</svg>", shown)
    signs = [re.sub(r".*<path", "", drawing) for drawing in drawings[1:]]
    assert len(signs) == len(set(signs)) == KINDS, "no two groups have the same icon"
    assert drawings[0].count("<path") == KINDS
    assert "13 others together</td>" in shown
    together = sum(of.causes[f"cause_{n}"] for n in range(13))
    assert f"<strong>{together}</strong>" in shown
    assert re.search(rf"{together}  13 others together", repr(of))
    assert re.search(r"1 +of these: cause 0\n", repr(of))


def test_there_is_an_icon_for_each_person(dx: tb.Diagnosis) -> None:
    drawing = dx.frequencies(1000)._repr_html_().split("</svg>")[0]
    assert drawing.count("M") - drawing.count("MS") == 1000
    shapes = {re.search(r"M\d+ \d+([^M]*)", d)[1] for d in re.findall(r'd="([^"]*)"', drawing)}  # type: ignore[index]
    assert len(shapes) == 4, "groups differ by shape"
    assert len(dx.frequencies(1000)._repr_html_()) < 100_000
    assert "<svg" not in dx.frequencies(10_000)._repr_html_()


def test_a_tree_is_that_of_the_context_and_its_finding_alone(dx: tb.Diagnosis) -> None:
    tree = dx.frequency_tree("babinski", "motor_neuron_disease", state=True)
    alone = dx.model.diagnose(age=34, babinski=True)
    assert tree.posterior == pytest.approx(alone.posterior["motor_neuron_disease"])
    assert tree.with_cause + tree.without_cause == tree.n
    assert tree.n == 100_000, "so many that ten have the cause"
    exact = tree.n * dx.prior["motor_neuron_disease"]
    assert abs(tree.with_cause - exact) <= 2
    for shown in (" ".join(repr(tree).split()), tree._repr_html_()):
        for count in (tree.with_cause, tree.with_cause_and_finding, tree.without_cause_but_finding):
            assert f"{count:,}" in shown
        assert percent(tree.posterior) in shown.replace("&lt;", "<")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"finding": "babinski"},
            "was not found in this diagnosis; say what is, state=..., one of",
        ),
        ({"finding": "age"}, "age is no finding; the tree is about one, and holds the context"),
        ({"finding": "reflexes"}, "reflexes is uncertain, which no whole number of people has"),
        ({"finding": "timing", "cause": "benin"}, "did you mean 'benign'"),
        ({"finding": "timing", "n": 0}, "n is a whole number from 1"),
        ({"finding": "timng"}, "did you mean 'timing'"),
    ],
)
def test_a_tree_that_cannot_be_says_why(
    dx: tb.Diagnosis, arguments: dict[str, object], words: str
) -> None:
    soft = dx.update(reflexes={"normal": 0.2, "reduced": 0.1, "brisk": 0.7})
    with pytest.raises(tb.TwitchbayesError, match=re.escape(words)):
        soft.frequency_tree(**arguments)  # type: ignore[arg-type]


def test_a_finding_that_nobody_has_makes_no_tree(asia: tb.DiagnosticModel) -> None:
    rows = tb.Table(
        (tb.Row((), (("yes", tb.Estimate(0.0, "judged", interval=(0.0, 0.0), note="never")),)),)
    )
    variables = tuple(
        dataclasses.replace(v, distribution=rows, parents=()) if v.name == "xray" else v
        for v in asia.network.variables
    )
    model = tb.DiagnosticModel(dataclasses.replace(asia.network, variables=variables))
    with pytest.raises(tb.QueryError, match="nobody of this context has this finding of xray"):
        model.diagnose(dysp=True).frequency_tree("xray", state=True)


# --- plots


@pytest.mark.parametrize("question", PLOTS)
def test_every_plot_says_what_it_shows_and_by_which_network(
    dx: tb.Diagnosis, question: str
) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    given = {"other": dx.update(babinski=True)} if question == "compare" else {}
    ax = Figure(layout="constrained").subplots()
    assert dx.plot(question, ax=ax, **given) is ax
    assert dict(mpl.rcParams) == before
    small = [note.get_text() for note in ax.texts]
    assert any("leg_twitch 0" in words and "not a medical device" in words for words in small)
    assert ax.get_title(loc="left")
    assert ax.get_xlabel()
    ax.figure.canvas.draw()


def test_a_hostile_label_is_drawn_as_it_is(hostile: tb.DiagnosticModel) -> None:
    """No dollar sign of a file begins a formula."""
    ax = hostile.diagnose(dysp=True).plot(ax=Figure(layout="constrained").subplots())
    ax.figure.canvas.draw()
    assert r"\$x" in ax.get_yticklabels()[0].get_text()


def test_a_plot_is_drawn_without_a_screen() -> None:
    script = (
        "import os; os.environ.pop('DISPLAY', None); os.environ.pop('MPLBACKEND', None)\n"
        "import twitchbayes as tb\n"
        "tb.load('asia').diagnose(dysp=True).plot().figure.canvas.draw()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_plot_has_the_numbers_of_the_answer(dx: tb.Diagnosis) -> None:
    ax = dx.plot(ax=Figure().subplots())
    widths = [bar.get_width() for bar in ax.patches]
    assert widths == pytest.approx(100 * np.sort(dx.posterior.to_numpy())[::-1])
    assert ax.get_xlabel() == "probability, %"
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["before the findings", "now"]
    beside = [note.get_text() for note in ax.texts]
    for cause, row in dx.top(99).iterrows():
        assert f"{percent(row['posterior'])}, before {percent(row['prior'])}" in beside, cause
    sure = dx.plot("intervals", ax=Figure().subplots(), draws=50)
    first = dx.intervals(draws=50).loc["cause"].sort_values("posterior").iloc[-1]
    said = f"{percent(first['posterior'])}, {percent(first['low'])} to {percent(first['high'])}"
    assert said in [note.get_text() for note in sure.texts]
    why = dx.plot("explanation", ax=Figure().subplots())
    assert [bar.get_width() for bar in why.patches] == pytest.approx(dx.explain()["weight"])
    assert "log10 odds: +1 = ten times" in " ".join(why.get_xlabel().split())
    assert why.get_yticklabels()[0].get_text() == "Timing: falling asleep"


def test_what_hardly_moved_is_pale_and_never_said_not_to_have_moved(dx: tb.Diagnosis) -> None:
    sure = dx.update(WORSE | {"reflexes": "brisk", "tongue_fasciculation": True})
    ax = sure.plot("compare", ax=Figure().subplots(), other=sure.update(seizure=False))
    cells = {note.get_text() for note in ax.texts if note.get_ha() == "center"}
    assert cells & {"+<0.1", "-<0.1"}
    assert not cells & {"+0.0", "-0.0"}
    assert ax.images[0].get_clim() == (-1.0, 1.0)
    ax = sure.update(emg="acute_denervation", sex="male").plot("next", ax=Figure().subplots())
    assert "<0.001 bits" in [note.get_text() for note in ax.texts]


def test_a_plot_of_its_own_has_a_new_figure(dx: tb.Diagnosis) -> None:
    from matplotlib import pyplot

    pyplot.switch_backend("agg")
    ax = dx.plot("next", kinds="history")
    assert pyplot.get_fignums() == [ax.figure.number]  # type: ignore[union-attr]
    pyplot.close(ax.figure)  # type: ignore[arg-type]


def test_a_plot_that_is_not_there_names_the_nearest(dx: tb.Diagnosis) -> None:
    with pytest.raises(tb.QueryError, match="no plot of 'explain'; did you mean 'explanation'"):
        dx.plot("explain")
    with pytest.raises(tb.QueryError, match="there are posterior, explanation"):
        dx.plot("zzz")


def test_without_matplotlib_a_plot_says_what_to_install(
    dx: tb.Diagnosis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(tb.QueryError, match=re.escape("pip install 'twitchbayes[plot]'")):
        dx.plot()


# --- the report


def test_a_report_is_a_whole_page(dx: tb.Diagnosis, tmp_path: Path) -> None:
    worse = dx.update(WORSE)
    where = worse.report(tmp_path / "dx.html", date="2026-11-24")
    text = where.read_text(encoding="utf-8")
    page = Page(text)
    assert [path.name for path in tmp_path.iterdir()] == ["dx.html"]
    assert next(page.of("html"))["lang"] == "en"
    assert next(page.of("meta"))["charset"] == "utf-8"
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "img", "iframe"})
    assert "@media print" in text
    assert "prefers-color-scheme: dark" in text
    assert text.count("not a medical device") == 1
    words = " ".join(" ".join(page.words).split())
    for said in (
        f"leg_twitch {worse.model.network.version}", tb.__version__, "2026-11-24", "URGENT",
        "Babinski sign", "Why Motor neuron disease?", "95% interval", "Sources", "MIT",
    ):  # fmt: skip
        assert said in words
    cited = {int(n) for n in re.findall(r"\[(\d+)\]", words)}
    assert cited == set(range(1, max(cited) + 1)), "in the order in which they are named"
    count = text.partition("<ol>")[2].count("<li>")
    assert count > max(cited)
    assert f"From {max(cited) + 1} on they stand behind numbers that matter less" in words
    assert text.index(f"<p>leg_twitch {worse.model.network.version}</p>") < text.index("URGENT")
    assert all(str(a["href"]).startswith("http") for a in page.of("a"))


def test_a_report_says_what_its_columns_are_in_the_words_of_the_network(
    dx: tb.Diagnosis, tmp_path: Path
) -> None:
    worse = dx.update(WORSE)
    words = " ".join(Page(worse.report(tmp_path / "a.html").read_text(encoding="utf-8")).words)
    words = " ".join(words.split())
    for question in ("explanation", "next"):
        notes = " ".join(worse.show(question, rows=12).text.split())
        note = notes[notes.index("Odds times:" if question == "explanation" else "Bits:") :]
        assert note.partition(" Findings:")[0].partition(" Shown:")[0] in words
    assert words.count("Findings") == 1
    assert f"Shown: 12 of {len(worse.sensitivity())}." in words
    first = worse.sensitivity().iloc[0]
    label = worse.model.network.by_name[first["variable"]].label
    assert (
        f"{label}: {worse.model.network.by_name[first['variable']].state_label(first['state'])}"
        in words
    )
    assert f"{percent(first['posterior_low'])} {percent(first['posterior_high'])}" in words
    assert "upper_motor_neuron_lesion" not in words


def test_a_report_that_cannot_be_written_says_so_and_leaves_nothing(
    dx: tb.Diagnosis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    words = r"dx\.html cannot be written \(Permission denied\); name a file in a folder"
    with pytest.raises(tb.QueryError, match=words):
        dx.report(tmp_path / "dx.html")
    assert not list(tmp_path.iterdir())


def test_a_report_is_the_same_for_the_same(dx: tb.Diagnosis, tmp_path: Path) -> None:
    one, other = (dx.report(tmp_path / name).read_bytes() for name in ("a.html", "b.HTM"))
    assert one == other


def test_a_report_where_the_odds_are_not_finite_says_so(
    asia: tb.DiagnosticModel, tmp_path: Path
) -> None:
    text = asia.diagnose(either="no").report(tmp_path / "a.html").read_text(encoding="utf-8")
    assert "the odds are no finite number" in " ".join(text.split())


def test_a_report_is_refused_where_no_page_can_be(dx: tb.Diagnosis, tmp_path: Path) -> None:
    with pytest.raises(tb.QueryError, match="is a folder; a report is a file, such as"):
        dx.report(tmp_path)
    with pytest.raises(tb.QueryError, match=r"dx\.pdf does not end in \.html; write to dx\.html"):
        dx.report(tmp_path / "dx.pdf")
    with pytest.raises(tb.QueryError, match="there is no folder"):
        dx.report(tmp_path / "none" / "dx.html")
    assert not list(tmp_path.iterdir())


def test_the_command_line_writes_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from twitchbayes.cli import main

    where = tmp_path / "out.html"
    assert main(["diagnose", "asia", "dysp=yes", "--report", str(where)]) == 0
    assert "Lung cancer" in capsys.readouterr().out
    assert "Lung cancer" in where.read_text(encoding="utf-8")
    assert main(["diagnose", "asia", "--report", str(tmp_path / "out.doc")]) == 2
    assert "does not end in .html" in capsys.readouterr().err
