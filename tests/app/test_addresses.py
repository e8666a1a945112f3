"""A page's address restores what every widget of the page shows."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo

Open = Callable[..., AppTest]
KINDS = (
    *("radio", "button_group", "selectbox", "multiselect", "slider", "select_slider"),
    *("toggle", "checkbox", "text_input", "text_area", "number_input"),
)
EXCEPTIONS = {
    "Your name": "who writes is no part of a view",
    "Reason": "a verdict's words before it is given",
    "Scope": "likewise",
    "Save this task as": "names what is saved",
    "Open a task": "opens an address",
    "What should others see here?": "a sentence before it is pinned",
}
"""Labels of widgets that change nothing that a colleague should see -> why."""
DRAFTS = ("retry-", "compare-add")
"""Keys of the fields of a request that somebody is about to queue, and of runs that are about to be
evaluated: a draft, not a view."""
SELECTIONS = {
    "home-runs": "what a link below opens, which has its own address",
    "home-evaluations": "likewise",
    "confusion": "parameters class and from",
    "pairs": "likewise",
    "trust-table": "parameters check and cell",
    "front": "a click opens the run, which has its own address",
    "values": "likewise",
    "compare": "parameters class, pin and root; a chart is zoomed for a glance",
    "matrix": "parameter cell",
    "explained-rows": "a click enlarges a map for a glance",
    "retry-": "a draft of a request: what is drawn becomes a text of its form",
}
"""Beginnings of the keys of tables and charts in which a person selects -> what holds that."""


def widgets(app: AppTest) -> Iterator[Any]:
    """Yield the widgets that the address must hold."""
    for kind in KINDS:
        for widget in getattr(app, kind):
            draft = (widget.key or "").startswith(DRAFTS)
            if not (widget.label in EXCEPTIONS or draft or widget.disabled):
                yield widget


def name_of(widget: Any) -> str:
    return f"{widget.type}: {widget.label}"


def value_of(widget: Any) -> Any:
    """Return what a browser sends for a widget."""
    state = widget._widget_state
    kind = state.WhichOneof("value")
    if kind is None:
        return ""
    value = getattr(state, kind)
    return list(value.data) if kind.endswith("_array_value") else value


def choose_another(app: AppTest, widget: Any) -> bool:
    """Choose another value, as a browser sends it; return whether there is one."""
    state, old = widget._widget_state, value_of(widget)
    kind = state.WhichOneof("value") or "string_value"
    options = list(getattr(widget, "options", ()))
    if kind == "bool_value":
        state.bool_value = not old
    elif kind == "string_value" and not options:
        state.string_value = "plain"
    elif kind == "string_value":
        others = [one for one in options if one != old]
        state.string_value = others[-1] if others else old
    elif kind == "string_array_value":
        state.string_array_value.data[:] = another_list(widget, options, old)
    elif kind == "double_array_value":
        step = widget.step
        state.double_array_value.data[:] = [v + step if v < widget.max else v - step for v in old]
    else:
        up = old + widget.step <= widget.max
        setattr(state, kind, old + widget.step if up else old - widget.step)
    changed = state != widget._widget_state
    if changed:
        sent = app._tree.get_widget_states()
        (own,) = (one for one in sent.widgets if one.id == state.id)
        own.CopyFrom(state)
        app._run(sent)
        assert not app.exception
        assert not [one.value for one in app.error]
    return changed


def another_list(widget: Any, options: Sequence[str], old: Sequence[str]) -> list[str]:
    others = [one for one in options if one not in old]
    single = widget.type == "select_slider" or getattr(widget, "_is_single_select", False)
    if single:
        return others[-1:] or list(old)
    return [*old, *others[:1]] if others else list(old[:-1]) or list(old)


def address_of(app: AppTest) -> dict[str, str | list[str]]:
    """Return the address: what the page wrote, and what a browser adds for bound widgets."""
    address = {name: app.query_params[name] for name in app.query_params}
    for kind in KINDS:
        for widget in getattr(app, kind):
            if name := widget.proto.query_param_key:
                value = value_of(widget)
                several = value if isinstance(value, list) else [value]
                address[name] = [str(one) for one in several]
    return address


@pytest.fixture(scope="module")
def filled(
    store: Store, tiny_run: RunInfo, seeded_run: RunInfo, planted_evaluations: list[EvaluationInfo]
) -> Store:
    return store


@pytest.mark.parametrize(
    ("page", "query", "kept"),
    [
        ("home", {}, ""),
        ("home", {"table": "Evaluations"}, ""),
        ("overview", {"run": "both"}, ""),
        ("progression", {"run": "tiny"}, ""),
        ("progression", {"run": "tiny"}, "Images"),
        ("trust", {"run": "tiny"}, ""),
        ("trust", {"run": "tiny", "check": "variance"}, "Check|Images|Compensation"),
        ("trust", {"run": "tiny", "check": "randomization"}, "Check|Images"),
        ("retrain", {"run": "tiny"}, ""),
        ("compare", {}, ""),
        ("compare", {"kind": "classes"}, ""),
        ("compare", {"tab": "networks"}, "Tab|Networks|Classes|Compare"),
        ("compare", {"tab": "classes"}, "Tab|Networks|Classes|Compare|Find classes"),
        ("compare", {"tab": "maps"}, "Tab|Compare"),
        ("colours", {"run": "tiny"}, ""),
        ("colours", {}, ""),
    ],
    ids=lambda given: "-".join(given.values()) if isinstance(given, dict) else given,
)
def test_an_address_restores_every_widget(
    open_page: Open,
    filled: Store,
    tiny_run: RunInfo,
    seeded_run: RunInfo,
    page: str,
    query: dict[str, str],
    kept: str,
) -> None:
    """Widgets with the ``kept`` labels are left as they are, so that others stay drawn."""
    runs = {"tiny": [tiny_run.run_id], "both": [tiny_run.run_id, seeded_run.run_id]}
    app = open_page(page, filled, **{n: runs.get(value, value) for n, value in query.items()})
    held = {name_of(one) for one in widgets(app) if one.label in kept.split("|")}
    changed = set(held)
    while new := next((w for w in widgets(app) if name_of(w) not in changed), None):
        changed.add(name_of(new))
        choose_another(app, new)
    assert changed > held
    shown = {name_of(one): value_of(one) for one in widgets(app)}
    other = open_page(page, filled, **address_of(app))
    assert {name_of(one): value_of(one) for one in widgets(other)} == shown


@pytest.mark.parametrize("page", ["home", "overview", "trust", "retrain", "compare", "colours"])
def test_selections_in_tables_and_charts_are_known(
    open_page: Open, filled: Store, page: str
) -> None:
    app = open_page(page, filled)
    for kind in ("arrow_data_frame", "vega_lite_chart"):
        for element in app.get(kind):
            if element.proto.selection_mode:
                key = element.proto.id.split("-", 2)[2]
                assert key.startswith(tuple(SELECTIONS)), key
