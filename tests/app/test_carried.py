"""What a person chooses on one page is there on the next, and takes nothing away from others."""

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app.parts.findings import link_query
from saliencnn.data.planted import CLASSES
from saliencnn.findings.finding import Evidence
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def filled(
    store: Store, tiny_run: RunInfo, seeded_run: RunInfo, planted_evaluations: list[EvaluationInfo]
) -> Store:
    return store


def go_to(app: AppTest, page: str) -> AppTest:
    """Go to another page by the bar above, which leaves the address behind."""
    app.query_params.clear()
    app.switch_page(f"views/{page}.py").run()
    assert not app.exception
    assert not [one.value for one in app.error]
    return app


def epoch(app: AppTest) -> int:
    return next(int(one.value) for one in app.select_slider if one.label == "Epoch")


def test_a_run_chosen_on_one_page_leaves_those_of_overview(
    open_page: Open, filled: Store, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    app = open_page("overview", filled, run=[tiny_run.run_id])
    go_to(app, "progression")
    assert app.selectbox(key="run-choice").value == tiny_run.run_id
    app.selectbox(key="run-choice").set_value(seeded_run.run_id).run()
    go_to(app, "overview")
    assert app.multiselect(key="runs-choice").value == [tiny_run.run_id]
    assert go_to(app, "trust").selectbox(key="run-choice").value == seeded_run.run_id


def test_overview_follows_the_other_pages_until_a_choice_of_its_own(
    open_page: Open, filled: Store, tiny_run: RunInfo
) -> None:
    app = open_page("progression", filled, run=tiny_run.run_id)
    assert go_to(app, "overview").multiselect(key="runs-choice").value == [tiny_run.run_id]


def test_class_and_epoch_go_along(open_page: Open, filled: Store, tiny_run: RunInfo) -> None:
    query = {"run": tiny_run.run_id, "class": CLASSES[3], "epoch": "2"}
    app = open_page("progression", filled, **query)
    for page, key in (("trust", "class-choice"), ("colours", "colours-class")):
        go_to(app, page)
        assert app.selectbox(key=key).value == CLASSES[3]
        assert epoch(app) == 2
        assert app.query_params["epoch"] in ("2", ["2"])
    assert app.selectbox(key="colours-network").value == tiny_run.run_id
    app.selectbox(key="colours-class").set_value(CLASSES[1]).run()
    go_to(app, "progression")
    assert app.selectbox(key="class-choice").value == CLASSES[1]


def test_colours_tells_from_the_method_of_every_sentence_where_it_is_among_the_chosen(
    open_page: Open, filled: Store, tiny_run: RunInfo
) -> None:
    """Else two pages give two numbers of one thing."""
    app = open_page("progression", filled, run=tiny_run.run_id, method=["cam", "gradcam"])
    assert go_to(app, "colours").selectbox(key="colours-method").value == "gradcam"
    app = open_page("progression", filled, run=tiny_run.run_id, method="cam")
    assert go_to(app, "colours").selectbox(key="colours-method").value == "cam"


def test_a_class_looked_at_elsewhere_is_not_looked_up_on_overview(
    open_page: Open, filled: Store, tiny_run: RunInfo
) -> None:
    query = {"run": tiny_run.run_id, "class": CLASSES[3]}
    app = go_to(open_page("progression", filled, **query), "overview")
    assert app.selectbox(key="overview-class").value == ""
    assert "class" not in app.query_params
    assert go_to(app, "trust").selectbox(key="class-choice").value == CLASSES[3]
    go_to(app, "overview").selectbox(key="overview-class").set_value(CLASSES[1]).run()
    assert go_to(app, "trust").selectbox(key="class-choice").value == CLASSES[1]
    app.selectbox(key="class-choice").set_value(CLASSES[2]).run()
    assert go_to(app, "overview").selectbox(key="overview-class").value == CLASSES[1]
    assert go_to(app, "progression").selectbox(key="class-choice").value == CLASSES[2]


def test_compare_and_colours_show_the_same(
    open_page: Open, filled: Store, planted_evaluations: list[EvaluationInfo]
) -> None:
    info = planted_evaluations[1]
    query = {"kind": "images", "class": CLASSES[2], "method": "cam", "threshold": "0.7"}
    app = open_page("compare", filled, model=info.run_id, **query)
    go_to(app, "colours")
    assert app.selectbox(key="colours-network").value == info.run_id
    assert app.query_params["class"] in (CLASSES[2], [CLASSES[2]])
    assert app.selectbox(key="colours-class").value == "", "wider images, since it is too small"
    assert app.selectbox(key="colours-method").value == "cam"
    assert app.slider(key="colours-threshold").value == 0.7
    go_to(app, "progression")
    assert app.selectbox(key="run-choice").value == info.trained_run


def test_compare_begins_with_the_network_and_the_class_of_the_page_before(
    open_page: Open, filled: Store, planted_evaluations: list[EvaluationInfo]
) -> None:
    last = planted_evaluations[-1]
    app = open_page("progression", filled, run=last.trained_run, **{"class": CLASSES[3]})
    go_to(app, "compare")
    assert app.query_params["pin"] in (last.run_id, [last.run_id])
    assert app.multiselect(key="task-classes").value == [3]
    go_to(app, "progression")
    app.selectbox(key="class-choice").set_value(CLASSES[1]).run()
    go_to(app, "compare")
    assert app.multiselect(key="task-classes").value == [3], "what was chosen here stays"


def test_an_address_without_an_epoch_is_of_the_newest(
    open_page: Open, filled: Store, tiny_run: RunInfo
) -> None:
    app = open_page("trust", filled, run=tiny_run.run_id, epoch="1", opacity="0.3")
    assert epoch(app) == 1
    app.query_params.clear()
    app.query_params["run"] = tiny_run.run_id
    assert epoch(app.run()) == tiny_run.epoch
    assert app.slider(key="opacity").value == 0.6


FINDING_LINK = """
import streamlit as st
from app.parts.carried import carry
from app.parts.findings import link_query
from saliencnn.findings.finding import Evidence
carry("runs", view={"opacity": ["0.3"]})
evidence = {"run": "a", "model": ("b", "c")}
st.json([link_query(Evidence(page, evidence)) for page in ("progression", "compare")])
"""


def test_a_link_from_a_finding_leaves_maps_drawn_as_they_are() -> None:
    app = AppTest.from_string(FINDING_LINK).run()
    assert not app.exception
    maps, others = json.loads(app.json[0].value)
    assert maps == {"opacity": ["0.3"], "run": ["a"], "model": ["b", "c"]}
    assert "opacity" not in others
    assert link_query(Evidence("trust", {"run": "a"}))["run"] == ["a"]
