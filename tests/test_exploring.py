"""Exploring a case: states that are never lost, calls that give the same answer, quick clicks."""

from __future__ import annotations

import sys
from html import escape
from types import SimpleNamespace
from typing import Any

import IPython
import ipywidgets
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import twitchbayes as tb
from strategies import networks
from twitchbayes.distribution import Row, Table
from twitchbayes.estimate import Estimate, Source
from twitchbayes.exploring import Exploration, Explorer, front_end
from twitchbayes.network import Network, Variable

WIDGETS = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object()))


def widgets_of(explorer: Explorer) -> Any:
    """The explorer's outermost widget."""
    view = explorer._repr_mimebundle_()[WIDGETS]
    return ipywidgets.widgets.widget._instances[view["model_id"]]


def inside(widget: Any) -> list[Any]:
    return [widget, *(w for child in getattr(widget, "children", ()) for w in inside(child))]


def buttons(box: Any, name: str) -> Any:
    """The control of a finding, by its label."""
    return next(w for w in inside(box) if getattr(w, "tooltip", None) == name)


def shown(box: Any) -> str:
    """All HTML that is on view."""
    return "".join(w.value for w in inside(box) if isinstance(w, ipywidgets.HTML))


def pressed(box: Any, name: str) -> None:
    next(w for w in inside(box) if getattr(w, "description", None) == name).click()


def evaluated(model: tb.DiagnosticModel, code: str) -> tb.Diagnosis:
    dx: tb.Diagnosis = eval(code, {"model": model, "__builtins__": {}})
    return dx


# the state


def test_an_answer_leaves_what_was_there_as_it_was(leg_twitch: tb.DiagnosticModel) -> None:
    start = Exploration(leg_twitch.diagnose(age=62))
    worse = start.answer("babinski", "yes")
    assert list(start.given) == ["age_band"]
    assert list(worse.given) == ["age_band", "babinski"]
    assert worse.dx.red_flags.index.tolist() == ["babinski"]
    expected = leg_twitch.diagnose(age=62, babinski=True).posterior
    pd.testing.assert_series_equal(worse.dx.posterior, expected)


def test_undo_goes_back_step_by_step_and_a_reset_is_a_step(leg_twitch: tb.DiagnosticModel) -> None:
    start = Exploration(leg_twitch.diagnose(age=62))
    first = start.answer("pain", "none")
    second = first.answer("pain", "burning")
    third = second.answer("pain", None)
    fourth = second.reset()
    assert not fourth.given
    assert fourth.undo().dx is second.dx
    assert third.given == start.given
    assert [e.dx for e in (third.undo(), third.undo().undo())] == [second.dx, first.dx]
    assert start.undo().dx is start.dx
    assert start.undo().past == ()


def test_an_answer_that_changes_nothing_is_no_step(leg_twitch: tb.DiagnosticModel) -> None:
    start = Exploration(leg_twitch.diagnose(age=62))
    assert start.answer("age", 62.0).past == ()
    assert start.answer("pain", None).past == ()
    assert Exploration(leg_twitch.diagnose()).reset().past == ()


def test_what_is_refused_says_why_and_changes_nothing(asia: tb.DiagnosticModel) -> None:
    start = Exploration(asia.diagnose(either="no"))
    refused = start.answer("tub", "yes")
    assert refused.refused.startswith("the findings have probability zero in asia")
    assert "either=no" in refused.refused
    assert refused.dx is start.dx
    assert refused.past == ()
    assert refused.answer("dysp", "yes").refused == ""
    assert refused.undo().refused == ""
    assert "has no state 'maybe'" in start.answer("dysp", "maybe").refused
    assert "is what is asked for" in start.answer("lung", "yes").refused


def test_a_number_out_of_range_is_refused_in_the_words_of_the_network(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    start = Exploration(leg_twitch.diagnose())
    assert start.answer("age", 7.0).refused == (
        "age=7 is outside 18 to 110 years; this network is about adults"
    )
    assert "age takes a number (years), not 'old'" in start.answer("age", "old").refused


def test_questions_are_the_next_findings(leg_twitch: tb.DiagnosticModel) -> None:
    state = Exploration(leg_twitch.diagnose(age=62))
    expected = state.dx.next_findings()["information"].head(4)
    assert state.questions(4) == pytest.approx(expected.to_dict())


def test_where_nothing_is_left_to_ask_there_are_no_questions(asia: tb.DiagnosticModel) -> None:
    assert Exploration(asia.diagnose(either="no")).questions(5) == {}


# the call


def test_the_call_gives_the_same_diagnosis(leg_twitch: tb.DiagnosticModel) -> None:
    given = {
        "age": 34.5,
        "serum_magnesium": 0.58,
        "babinski": True,
        "timing": ["falling_asleep", "resting_awake"],
        "reflexes": {"normal": 0.2, "reduced": 0.0, "brisk": 0.85},
    }
    dx = leg_twitch.diagnose(given)
    code = Exploration(dx).as_code()
    assert code.startswith("model.diagnose(\n    age=34.5,\n")
    assert 'reflexes={"normal": 0.2, "reduced": 0, "brisk": 0.85}' in code
    again = evaluated(leg_twitch, code)
    assert again.findings == dx.findings


def test_a_call_without_findings_is_a_call(leg_twitch: tb.DiagnosticModel) -> None:
    assert Exploration(leg_twitch.diagnose()).as_code() == "model.diagnose()"


STRANGE = ["class", "fever?", 'a "b"', "\\n", "\N{LATIN SMALL LIGATURE FI}", "<script>", "evidence"]


def strange_model() -> tb.DiagnosticModel:
    """A network whose names are no names in Python, and would be markup in HTML."""
    half = Estimate(0.5, "weak", sources=("s",))

    def even(states: tuple[str, ...]) -> Table:
        return Table((Row((), tuple((state, half) for state in states[1:])),))

    cause = Variable("cause", ("<b>no</b>", "yes"), even(("<b>no</b>", "yes")))
    findings = [
        Variable(name, ("no", name), even(("no", name)), label=f"<script>{name}</script>")
        for name in STRANGE
    ]
    source = Source("s", title="made up", tier="web")
    return tb.DiagnosticModel(
        Network("strange", "<i>Strange</i>", "1", (cause, *findings), "cause", sources=(source,))
    )


@pytest.mark.parametrize("name", STRANGE)
def test_names_that_are_no_python_names_go_in_a_mapping(name: str) -> None:
    model = strange_model()
    dx = model.diagnose({name: name})
    code = Exploration(dx).as_code()
    assert code.startswith("model.diagnose({") or name == "evidence"
    assert evaluated(model, code).findings == dx.findings


@given(networks(), st.data())
def test_any_walk_ends_in_a_call_that_gives_the_same(network: Network, data: st.DataObject) -> None:
    model = tb.DiagnosticModel(network)
    state = Exploration(model.diagnose())
    for _ in range(data.draw(st.integers(1, 6))):
        variable = data.draw(st.sampled_from(network.variables))
        state = state.answer(variable.name, data.draw(st.sampled_from([None, *variable.states])))
    assert evaluated(model, state.as_code()).findings == state.dx.findings
    while state.past:
        state = state.undo()
    assert not state.given


# what is shown


def test_in_a_script_the_explorer_says_so_and_shows_the_answer(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    explorer = leg_twitch.explore(babinski=True)
    assert str(explorer).startswith("The explorer opens in a notebook, such as JupyterLab")
    assert repr(explorer.dx) in str(explorer)
    assert set(explorer._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_what_was_refused_is_said_where_there_are_no_widgets(asia: tb.DiagnosticModel) -> None:
    explorer = asia.explore(smoke=True)
    explorer.answer("xrya", "yes")
    assert "Not taken. asia has no variable 'xrya'; did you mean 'xray'?" in repr(explorer)
    assert "did you mean &#x27;xray&#x27;?" in explorer._repr_mimebundle_()["text/html"]
    explorer.answer("xray", "yes")
    assert "Not taken" not in repr(explorer)


def test_in_a_terminal_of_ipython_it_says_so_too(
    leg_twitch: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace())
    assert WIDGETS not in leg_twitch.explore()._repr_mimebundle_()
    assert "opens in a notebook" in repr(leg_twitch.explore())


def test_without_ipython_nothing_is_imported_to_find_out(
    leg_twitch: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "IPython")
    assert "opens in a notebook" in repr(leg_twitch.explore())
    assert "IPython" not in sys.modules


@pytest.mark.usefixtures("in_a_notebook")
def test_without_ipywidgets_it_says_what_to_install(
    leg_twitch: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front_end, "find_spec", lambda name: None)
    bundle = leg_twitch.explore()._repr_mimebundle_()
    assert "pip install 'twitchbayes[explore]'" in bundle["text/plain"]
    assert "pip install &#x27;twitchbayes[explore]&#x27;" in bundle["text/html"]
    assert WIDGETS not in bundle


@pytest.mark.usefixtures("in_a_notebook")
def test_a_saved_notebook_keeps_the_static_view(leg_twitch: tb.DiagnosticModel) -> None:
    bundle = leg_twitch.explore(age=62)._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", WIDGETS}
    assert "opens where this cell is run" in bundle["text/html"]
    assert leg_twitch.diagnose(age=62)._repr_html_() in bundle["text/html"]


# the widgets


@pytest.mark.usefixtures("in_a_notebook")
def test_a_click_moves_the_answer_and_raises_the_flag(leg_twitch: tb.DiagnosticModel) -> None:
    explorer = leg_twitch.explore(age=62)
    box = widgets_of(explorer)
    assert "SOON" not in shown(box)
    buttons(box, "Babinski sign").value = 1
    assert explorer.code == 'model.diagnose(age=62, babinski="yes")'
    assert leg_twitch.diagnose(age=62, babinski=True)._repr_html_() in shown(box)
    assert "<strong>SOON</strong>: Babinski sign" in shown(box)
    pressed(box, "Undo")
    assert explorer.code == "model.diagnose(age=62)"
    assert buttons(box, "Babinski sign").value == -1
    pressed(box, "Reset")
    assert explorer.code == "model.diagnose()"
    assert buttons(box, "Age, years").value == ""


@pytest.mark.usefixtures("in_a_notebook")
def test_a_typed_number_is_taken_and_a_wrong_one_refused(leg_twitch: tb.DiagnosticModel) -> None:
    explorer = leg_twitch.explore()
    box = widgets_of(explorer)
    age = buttons(box, "Age, years")
    age.value = "62"
    assert buttons(box, "Age").value == leg_twitch.states("age_band").index("60_plus")
    age.value = "7"
    assert "<strong>Not taken.</strong> age=7 is outside 18 to 110 years" in shown(box)
    assert age.value == "62"
    age.value = "old"
    assert "age takes a number (years)" in shown(box)
    age.value = ""
    assert explorer.code == "model.diagnose()"
    assert "Not taken" not in shown(box)


@pytest.mark.usefixtures("in_a_notebook")
def test_impossible_findings_leave_the_control_where_it_was() -> None:
    model = tb.load("asia", target="tub")
    explorer = model.explore()
    box = widgets_of(explorer)
    explorer.answer("either", "no")
    explorer.answer("lung", "yes")
    assert "<strong>Not taken.</strong> the findings have probability zero" in shown(box)
    assert explorer.code == 'model.diagnose(either="no")'


@pytest.mark.usefixtures("in_a_notebook")
def test_a_search_finds_by_label_name_and_state(leg_twitch: tb.DiagnosticModel) -> None:
    box = widgets_of(leg_twitch.explore())
    search = buttons(box, "search findings and their states")
    tab = next(w for w in inside(box) if isinstance(w, ipywidgets.Tab))
    found = box.children[0].children[1]
    for words in ("babinski", "BABIN sign"):
        search.value = words
        assert [w.tooltip for w in inside(found) if isinstance(w, ipywidgets.ToggleButtons)] == [
            "Babinski sign"
        ]
        assert tab.layout.display == "none"
    search.value = "denervation"
    assert buttons(found, "Needle EMG")
    search.value = "yes"
    assert found.children[-1].value.startswith("and ")
    search.value = "zebra"
    assert found.children[0].value == "No finding and no state has that in its name."
    search.value = " "
    assert found.children == ()
    assert tab.layout.display is None


@pytest.mark.usefixtures("in_a_notebook")
def test_the_best_questions_stand_ready_to_be_answered(leg_twitch: tb.DiagnosticModel) -> None:
    explorer = leg_twitch.explore()
    box = widgets_of(explorer)
    questions = [row for row in box.children[0].children if isinstance(row, ipywidgets.HBox)]
    first = next(iter(explorer.exploration.questions(1)))
    label = leg_twitch.network.by_name[first].label
    buttons(questions[0], label).value = 0
    assert first in explorer.exploration.given
    assert first not in explorer.exploration.questions(5)
    assert all(row.children for row in questions)


@pytest.mark.usefixtures("in_a_notebook")
def test_where_the_questions_are_too_wide_the_answer_is_still_shown(
    asia: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_wide(self: Exploration, count: int) -> dict[str, float]:
        raise tb.TooWideError("too wide for <that>", 40, 2**40)

    monkeypatch.setattr(Exploration, "questions", too_wide)
    box = widgets_of(asia.explore(smoke=True))
    assert "too wide for &lt;that&gt;" in shown(box)
    assert asia.diagnose(smoke=True)._repr_html_() in shown(box)


@pytest.mark.usefixtures("in_a_notebook")
def test_asides_are_there_for_the_asking(leg_twitch: tb.DiagnosticModel) -> None:
    explorer = leg_twitch.explore(babinski=True)
    box = widgets_of(explorer)
    asides = {w.description: w for w in inside(box) if isinstance(w, ipywidgets.ToggleButton)}
    assert list(asides) == ["Why?", "How sure?", "As code"]
    before = shown(box)
    asides["As code"].value = True
    assert "model.diagnose(babinski=&quot;yes&quot;)" in shown(box)
    asides["Why?"].value = True
    asides["How sure?"].value = True
    assert len(shown(box)) > len(before) + 500
    explorer.answer("clonus", True)
    assert not asides["Why?"].value, "a click takes away what takes long"
    assert "clonus=&quot;yes&quot;" in shown(box), "and what does not follows"


@pytest.mark.usefixtures("in_a_notebook")
def test_odds_of_what_is_certain_are_refused_in_words(asia: tb.DiagnosticModel) -> None:
    box = widgets_of(asia.explore(either="no"))
    next(w for w in inside(box) if getattr(w, "description", "") == "Why?").value = True
    with pytest.raises(tb.QueryError) as refused:
        asia.diagnose(either="no").explain()
    assert f"<p>{escape(str(refused.value))}</p>" in shown(box)


@pytest.mark.usefixtures("in_a_notebook")
def test_what_no_button_shows_is_said_in_words(leg_twitch: tb.DiagnosticModel) -> None:
    box = widgets_of(leg_twitch.explore(pain=["none", "burning"]))
    assert "given: none or burning" in shown(box)
    assert "assumed: primary care" in shown(box)
    assert buttons(box, "Pain").value is None


@pytest.mark.usefixtures("in_a_notebook")
def test_names_of_a_network_are_never_markup() -> None:
    explorer = strange_model().explore({"fever?": "fever?"})
    box = widgets_of(explorer)
    for aside in (w for w in inside(box) if isinstance(w, ipywidgets.ToggleButton)):
        aside.value = True
    assert "<script" not in shown(box)
    assert "<b>no" not in shown(box)


@pytest.mark.usefixtures("in_a_notebook")
def test_a_network_without_kinds_and_with_many_states_can_be_explored() -> None:
    states = tuple(f"s{i}" for i in range(40))
    each = Estimate(1 / 40, "weak", sources=("s",))
    table = Table((Row((), tuple((state, each) for state in states[1:])),))
    source = Source("s", title="made up", tier="web")
    network = Network(
        "many", "Many", "1", tuple(Variable(n, states, table) for n in "ab"), "a", sources=(source,)
    )
    explorer = tb.DiagnosticModel(network).explore()
    box = widgets_of(explorer)
    assert isinstance(buttons(box, "b"), ipywidgets.Dropdown)
    buttons(box, "b").value = 7
    assert explorer.code == 'model.diagnose(b="s7")'
    assert "Nothing that is still open would tell more." in shown(box)


@pytest.mark.usefixtures("in_a_notebook")
def test_a_row_is_sent_to_the_front_end_only_where_it_changed(
    leg_twitch: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What keeps a click quick; `benchmarks/clicks.py` times it."""
    explorer = leg_twitch.explore(age=62)
    box = widgets_of(explorer)
    sent: list[object] = []
    monkeypatch.setattr(
        ipywidgets.Widget, "send_state", lambda self, key=None: sent.append((self, key))
    )
    buttons(box, "Babinski sign").value = 1
    assert 0 < len(sent) < 25
