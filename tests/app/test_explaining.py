"""Explanations of a task, by Streamlit's own test runner."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.attention.map_tile import EMPTY_MAP, EMPTY_MEANS
from app.compare.state import CompareState
from pipelines.comparison.rows import representative_image
from pipelines.comparison.subject import MAX_IMAGES
from pipelines.comparison.task import Task
from saliencnn.data.planted import CLASSES
from saliencnn.drawing.matrix_chart import UNDEFINED, matrix_chart
from saliencnn.findings.map_errors import NUMBERS
from saliencnn.findings.telling import BORDER
from saliencnn.maps.kept import KeptMaps
from saliencnn.maps.requests import MapRequest
from saliencnn.measures.map_measures import region_size
from saliencnn.measures.percent import round_percent
from saliencnn.measures.similarity import MEASURES, similarity_matrix
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_files import read_predictions
from saliencnn.store.evaluation_records import EvaluationInfo, network_names
from tests.helpers.explained import evaluated, write_empty_map_network
from tests.helpers.views import plain_texts, texts
from tests.pipelines.evaluation.test_run import write_network

Infos = list[EvaluationInfo]
Draw = Callable[..., AppTest]
SCRIPT = """
from pathlib import Path
import streamlit as st
linked = Path(__file__).parent / "views" / "colours.py"  # a page that is there to be linked to
linked.parent.mkdir(exist_ok=True)
linked.touch()
st.navigation([st.Page(lambda: None, title="compare", default=True), st.Page(linked)])
from app.reads import stored_evaluations, stored_runs
from pipelines.comparison.groups import Group
from app.compare.maps_tab import draw_maps
from pipelines.comparison.task import Task
from app.parts.widgets import guarded
with guarded():
    store, task = stored_runs.find_store(), {task!r}
    infos = stored_evaluations.all_evaluations(store)
    known = tuple(info for info in infos if info.run_id in {offered!r})
    draw_maps(store, task, Group(known, stored_evaluations.class_set(store, known[0].run_id)))
"""


@pytest.fixture
def draw(look_at: Callable[[Store], None], store: Store) -> Draw:
    def draw(task: Task, offered: Infos | None = None, subject: str = "") -> AppTest:
        """Draw a task among evaluations, by default its own, and what is asked of a subject."""
        look_at(store)
        ids = {info.run_id for info in offered} if offered else set(task.models)
        script = SCRIPT.format(task=task, offered=ids)
        app = AppTest.from_string(script, default_timeout=60)
        if subject:
            app.session_state["state-compare"] = CompareState(task, subject=subject, asked=True)
        app.run()
        assert not app.exception
        assert not [one.value for one in app.error]
        return app

    return draw


def table(app: AppTest) -> pd.DataFrame:
    return next(one.value for one in app.dataframe if "confidence" in one.value)


def test_many_models_on_one_image(store: Store, draw: Draw, planted_evaluations: Infos) -> None:
    ids = tuple(info.run_id for info in planted_evaluations)
    task = Task(ids, "image", image=7, methods=("gradcam", "cam"), threshold=0.5)
    app = draw(task)
    shown = table(app)
    assert list(shown["network"]) == [*network_names(planted_evaluations).values()]
    for place, info in enumerate(planted_evaluations):
        known = read_predictions(store, info.run_id).iloc[7]
        assert shown["confidence"][place] == round_percent(known["confidence_1"])
        assert shown["target confidence"][place] == round_percent(known["true_confidence"])
        assert shown["accuracy"][place] == round_percent(info.metrics["top1"])
        assert 0 < shown["Grad-CAM region"][place] < 100
        assert shown["Grad-CAM"][place].startswith("data:image/svg+xml")
        assert shown["CAM contours"][place].startswith("data:image/svg+xml")
    assert "Similarity of the maps" in texts(app)


def test_the_threshold_moves_regions_without_new_maps(
    draw: Draw, planted_evaluations: Infos, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = Task((planted_evaluations[0].run_id,), "images", (2,), threshold=0.2)
    low = table(draw(task))

    def refuse(*_arguments: object) -> None:
        raise AssertionError("computed anew")

    monkeypatch.setattr("app.parts.obtaining.compute", refuse)
    high = table(draw(replace(task, threshold=0.8)))
    larger, smaller = (shown["region size"].dropna() for shown in (low, high))
    assert (larger >= smaller).all()
    assert larger.mean() > smaller.mean()


def test_one_model_on_many_classes(draw: Draw, planted_evaluations: Infos) -> None:
    app = draw(Task((planted_evaluations[0].run_id,), "classes", (0, 3, 5)))
    assert list(table(app)["target class"]) == ["plain", "collared", "spotted"]
    assert list(table(app)["true class"]) == ["plain", "collared", "spotted"]
    assert "Colours of the highlighted region" in texts(app)
    assert "Similarity of the maps" not in texts(app)


def test_one_model_on_the_images_of_a_class(draw: Draw, planted_evaluations: Infos) -> None:
    app = draw(Task((planted_evaluations[0].run_id,), "images", (4,)))
    assert len(table(app)) == 20
    assert "true class" not in table(app), "it is the same in all rows"
    assert table(app)["image"].is_unique


def test_an_incomplete_task_shows_what_methods_do(draw: Draw, planted_evaluations: Infos) -> None:
    app = draw(Task(), planted_evaluations)
    (asked,) = [info.value for info in app.info]
    assert "class" in asked, "networks are chosen with it"
    for label in ("CAM", "Grad-CAM", "Grad-CAM++", "SmoothGrad-CAM++", "Score-CAM"):
        assert f"**{label}**" in texts(app)
    slower = next(button for button in app.button if "slower" in button.label)
    slower.click().run()
    assert not app.exception
    assert [button.key for button in app.button] == ["compare-best"]


def test_a_method_without_an_example_is_named(
    store: Store, draw: Draw, planted_evaluations: Infos, tmp_path: Path
) -> None:
    task = replace(Task(), models=(planted_evaluations[0].run_id,), methods=())
    assert "is not defined" not in texts(draw(task))
    deep = write_network(tmp_path, 30, CLASSES, "alexnet")
    with evaluated(store, deep, tmp_path) as run_id:
        said = texts(draw(replace(task, models=(run_id,))))
    assert "**Grad-CAM**" in said
    assert "**CAM**" not in said
    assert said.count("is not defined for alexnet") == 1
    assert "CAM is not defined for alexnet" in said


def test_empty_maps_are_named(store: Store, draw: Draw, tmp_path: Path) -> None:
    with evaluated(store, write_empty_map_network(tmp_path), tmp_path) as run_id:
        task = Task((run_id,), "classes", (0, 3), methods=("gradcam", "cam", "eigencam"))
        app = draw(task)
        app.toggle(key="level").set_value(True).run(timeout=60)
        negative = draw(replace(task, methods=("cam",)))
        negative.toggle(key="level").set_value(True).run(timeout=60)
    shown, said = table(app), texts(app)
    assert shown["Grad-CAM region"].isna().all()
    assert (shown["Grad-CAM"].str.startswith("data:image/jpeg")).all()
    assert (shown["CAM"].str.startswith("data:image/jpeg")).all()
    assert (shown["Eigen-CAM"].str.startswith("data:image/svg+xml")).all()
    assert "Grad-CAM (2 of 2), CAM (2 of 2)." in said
    for page in (app, negative):
        assert not page.exception
        drawn = "".join(str(element.proto.body) for element in page.get("html"))
        assert f"({EMPTY_MAP})" in drawn
    assert EMPTY_MEANS in said


def test_all_images_of_a_class_or_of_all_classes(
    store: Store, draw: Draw, planted_evaluations: Infos
) -> None:
    """A line a network, with how much of the maps lies on the object."""
    ids = tuple(info.run_id for info in planted_evaluations)
    tables = [read_predictions(store, run_id) for run_id in ids]
    app = draw(Task(ids, "image", image=47))
    app.toggle(key="level").set_value(True).run(timeout=60)
    for subject, images in ((CLASSES[app_class(app)], 20), ("all classes", MAX_IMAGES)):
        app.selectbox(key="subject").set_value(subject).run(timeout=60)
        assert not app.exception
        assert not [one.value for one in app.error]
        assert "disagree most" in texts(app)
        (numbers,) = (one.value for one in app.dataframe if "number" in one.value)
        for name, known in zip(network_names(planted_evaluations).values(), tables, strict=True):
            of = known if subject == "all classes" else known[known["true"] == app_class(app)]
            missed = int((of["true"] != of["class_1"]).sum())
            ends = " (" if subject == "all classes" else ": "  # in brackets those compared
            assert f"{name} misses {missed} of {len(of)}{ends}" in plain_texts(app)
        assert set(numbers["number"]) == set(NUMBERS) - {BORDER}
        assert re.search("On average .* of the map of ", texts(app))
        each = numbers[numbers["network"] != "both networks"]
        assert images // 2 < counted(each).max() <= images, "an empty map has no number"
        assert (numbers["if missed"].str.split().str[0].astype(float) > 0).all()


def test_what_is_asked_of_many_images_stands_before_the_one_image(
    draw: Draw, planted_evaluations: Infos
) -> None:
    ids = tuple(info.run_id for info in planted_evaluations)
    app = draw(Task(ids, "image", image=47), subject="all classes")
    assert app.selectbox(key="subject").value == "all classes"
    shown = [one.value for one in app.markdown]
    answer, image = (
        next(place for place, words in enumerate(shown) if any(one in words for one in told))
        for told in (("On all classes, ",), ("On this image of",))
    )
    assert answer < image


def test_a_difference_leads_to_the_missed_images_of_its_networks(
    draw: Draw, planted_evaluations: Infos
) -> None:
    ids = tuple(info.run_id for info in planted_evaluations)
    app = draw(Task(ids, "image", image=47), subject="all classes")
    (numbers,) = (one.value for one in app.dataframe if "number" in one.value)
    differ = numbers["missed ones"].isin(["lower", "higher"])
    assert differ.iloc[0], "what differs comes first"
    names = dict(zip(ids, network_names(planted_evaluations).values(), strict=True))
    asked = [parse_qs(one.proto.query_string) for one in app.get("page_link")]
    to_images = [query for query in asked if query.get("at") == ["images"]]
    assert {names[query["run"][0]] for query in to_images} == {*numbers["network"][differ]} - {
        "both networks"
    }
    for query in to_images:
        assert query["subject"] == ["all classes"]
        assert query["class"] == [CLASSES[app_class(app)]]
        assert query["all"] == ["true"]
    assert not [one for one in app.button if one.key == "compare-missed-most"]


def test_of_one_network_all_missed_images_are_explained(
    store: Store, draw: Draw, planted_evaluations: Infos
) -> None:
    """And it is said of how many; what maps look at on average is of a part that stands for all."""
    run_id = planted_evaluations[1].run_id
    known = read_predictions(store, run_id)
    missed = int((known["true"] != known["class_1"]).sum())
    app = draw(Task((run_id,), "images", (4,)), subject="all classes")
    (numbers,) = (one.value for one in app.dataframe if "number" in one.value)
    assert counted(numbers).max() <= MAX_IMAGES
    most = max(MAX_IMAGES // 2, MAX_IMAGES - (len(known) - missed))
    taken = f"all {missed}" if missed <= most else f"{most} of {missed}"
    assert f"Explained: {taken} missed and " in plain_texts(app)
    assert f"misses {missed} of {len(known)} (" in plain_texts(app)


def counted(numbers: pd.DataFrame) -> pd.Series:
    """Return the images behind both means of each row."""
    sides = (numbers[name].str.extract(r"\((\d+)/\d+\)")[0] for name in ("if missed", "if correct"))
    return sum(pd.to_numeric(side).fillna(0) for side in sides)


def app_class(app: AppTest) -> int:
    """Return the class of the image that a page shows."""
    told = next(one.value for one in app.markdown if "On this image of" in one.value)
    return CLASSES.index(re.findall(r'On this image of "(.*?)"', told)[0])


def test_a_stopped_computation_continues_on_request(
    store: Store, draw: Draw, planted_evaluations: Infos
) -> None:
    info = planted_evaluations[0]  # the examples are of the other
    task = Task((info.run_id,), "classes", (1, 6), methods=("hirescam",))
    app = draw(task)
    known = read_predictions(store, info.run_id)
    images = [(target, representative_image(known, target)) for target in (1, 6)]
    asked = (tuple((info.run_id, image, target) for target, image in images), ("scorecam_fast",))
    st.cache_resource.clear()
    slow = replace(task, methods=("scorecam_fast",))
    app = AppTest.from_string(SCRIPT.format(task=slow, offered={*slow.models}))
    app.session_state["stopped-maps"] = asked
    app.run(timeout=60)
    assert "You stopped the computation. Missing maps: 2 of 2." in texts(app)
    next(one for one in app.button if one.label == "Compute them").click().run(timeout=60)
    assert "stopped" not in texts(app)
    requests = [MapRequest(info, image, target) for target, image in images if image is not None]
    assert len(KeptMaps(store).find(requests, ["scorecam_fast"])) == 2


def test_a_page_computes_maps_at_two_places(store: Store, planted_evaluations: Infos) -> None:
    info = planted_evaluations[0]
    st.cache_resource.clear()
    app = AppTest.from_function(compute_twice, args=(store, [MapRequest(info, 3, 1)]))
    app.run(timeout=60)
    assert not app.exception


def compute_twice(store: object, requests: object) -> None:
    from app.parts.obtaining import obtain_maps

    for methods in (("gradient",), ("gradxinput",)):
        assert len(obtain_maps(store, requests, methods)) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", MEASURES)
def test_the_matrix_chart_holds_each_pair(rule: str) -> None:
    maps = np.random.default_rng(0).random((3, 7, 7))
    maps[2] = 0
    matrix = similarity_matrix(maps, rule)
    spec = matrix_chart(matrix, ["a", "b", "c"], MEASURES[rule]).to_dict()
    (rows,) = spec["datasets"].values()
    assert len(rows) == 9
    assert {row["text"] for row in rows if "c" in (row["row"], row["column"])} == {UNDEFINED}
    assert rows[1]["similarity"] == pytest.approx(matrix[0, 1])


def test_a_region_is_what_reaches_the_threshold() -> None:
    assert region_size(np.array([[0.5, 0.49], [1.0, 0.0]]), 0.5) == 0.5
    assert region_size(np.zeros((2, 2)), 0.0) == 1


def test_a_representative_image_is_correct_with_the_highest_confidence() -> None:
    known = pd.DataFrame(
        {
            "image": [0, 1, 2, 3],
            "true": [0, 0, 0, 1],
            "class_1": [1, 0, 0, 0],
            "confidence_1": [0.9, 0.5, 0.7, 0.9],
        }
    )
    assert [representative_image(known, target) for target in (0, 1, 2)] == [2, 3, None]
