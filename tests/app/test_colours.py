"""The colours page, by Streamlit's own test runner."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.attention.histograms import describe_distances, highlight
from app.attention.map_tile import EMPTY_MAP
from app.colours.elsewhere import find_class
from app.colours.map_clusters import Clustered, describe_cluster
from app.colours.more_images import write_command
from app.colours.right_and_wrong import make_missed, make_sides
from app.colours.separation import MIXES, describe_test, find_problem, separation_table
from app.parts.carried import Carried
from app.parts.epochs import epoch_key
from app.parts.works import try_interventions
from app.reads import stored_runs
from pipelines.comparison.class_maps import ClassMaps
from pipelines.comparison.subject import MAX_IMAGES
from pipelines.comparison.subject_keys import EVERYTHING
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.checks.quantities import NUMBER, Quantities
from saliencnn.common.formats import CHECK_RESULT
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.sentences import quote
from saliencnn.data.planted import CLASSES
from saliencnn.drawing.colour_histograms import HistogramRow, histogram_image, mean_chart, rows_html
from saliencnn.findings.failure_facts import MapGroup, compare_numbers
from saliencnn.maps.examples import recommend
from saliencnn.measures.colour import SPACES, histograms
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.store import evaluation_files
from saliencnn.store.check_results import write_result
from saliencnn.store.checkpoints import kept_epochs
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_per_class, read_predictions
from saliencnn.store.evaluation_files import read_by_class
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo, read_run
from saliencnn.trust.audit_record import FOLDER, Audit
from tests.helpers.evaluations import some_classes, synthesise
from tests.helpers.explained import evaluated, write_empty_map_network
from tests.helpers.stores import new_store
from tests.helpers.views import plain_texts, texts
from tests.pipelines.evaluation.test_run import write_network

Open = Callable[..., AppTest]


@pytest.fixture
def open_page(open_page: Open) -> Open:
    def open_sound(store: Store, **query: str) -> AppTest:
        app = open_page("colours", store, **query)
        assert not app.exception
        assert not app.error, [one.value for one in app.error]
        return app

    return open_sound


def address(app: AppTest, name: str) -> str:
    """Return the only value of a parameter of the URL."""
    value = app.query_params[name]
    return value if isinstance(value, str) else "".join(value)


def words(app: AppTest) -> str:
    """Return what the rows of the images say."""
    drawn = "".join(str(element.proto.body) for element in app.get("html"))
    return "\n".join(re.findall("<small>(.*?)</small>", drawn))


def test_an_empty_store_says_what_to_run(open_page: Open, tmp_path: Path) -> None:
    said = texts(open_page(new_store(tmp_path)))
    assert "saliencnn evaluate" in said
    assert "make demo" in said


def test_a_training_run(open_page: Open, store: Store, tiny_run: RunInfo) -> None:
    app = open_page(store, run=tiny_run.run_id, **{"class": "masked"})
    predictions = read_predictions(store, tiny_run.run_id, tiny_run.epoch)
    of_class = predictions[predictions["true"] == 2]
    right = int((of_class["predicted"] == 2).sum())
    counted = f"{len(of_class)} images, {len(of_class) - right} missed and {right} correct"
    assert counted in texts(app)
    classes = app.selectbox(key="colours-class").options
    assert f"masked · {len(of_class) - right}/{len(of_class)}" in classes
    steps = [parse_qs(one.proto.query_string) for one in app.get("page_link")]
    assert {"run": [tiny_run.run_id]}.items() <= steps[0].items(), "the one next step"
    assert "Clusters of maps" in texts(app)
    assert "saliencnn check" not in texts(app)
    assert [tab.label for tab in app.tabs] == ["Correct", "Missed"]


def test_the_checks_advice_stands_beside_the_method_and_another_is_one_click_away(
    open_page: Open, tmp_path: Path
) -> None:
    own, data = new_store(tmp_path), "planted:train=64,validation=48,counter=0,size=48,seed=1"
    brief = Hyperparameters(epochs=1, batch_size=32)
    run = read_run(own, train(own, Request(data, image_size=48, hyperparameters=brief)))
    asked = {"run": run.run_id, "method": "gradcampp"}
    app = open_page(own, **asked)
    assert "Nobody has checked its Grad-CAM++ maps." in plain_texts(app)
    assert not [one for one in app.button if one.key == "colours-believed"]
    numbers = {"gradcam": np.ones(20), "gradcampp": np.zeros(20)}
    found: dict[str, Quantities] = {one: {NUMBER: numbers} for one in ("variance", "stability")}
    done = Audit.of(run.epoch, np.arange(20), found)
    question = {"check": FOLDER, **CHECK_RESULT.stamp, "epoch": run.epoch}
    write_result(own, run.run_id, question, done.to_arrays())
    stored_runs.forget_audits()
    app = open_page(own, **asked)
    assert "Do not rely on its Grad-CAM++ maps: they fail" in plain_texts(app)
    trust = [one.proto for one in app.get("page_link") if one.proto.page.endswith("trust")]
    assert parse_qs(trust[0].query_string) == {
        "run": [run.run_id], "epoch": [str(run.epoch)],
    }  # fmt: skip
    app.button(key="colours-believed").click().run(timeout=60)
    assert address(app, "method") == "gradcam"
    assert "You can rely on its Grad-CAM maps: they pass" in plain_texts(app)
    assert not [one for one in app.button if one.key == "colours-believed"]


def test_an_evaluated_network(
    open_page: Open, store: Store, planted_evaluations: list[EvaluationInfo]
) -> None:
    info = planted_evaluations[0]
    accuracy = read_by_class(store, info.run_id)["accuracy"]
    mixed = int(np.flatnonzero((accuracy > 0.2) & (accuracy < 0.8))[0])
    app = open_page(store, run=info.run_id, **{"class": CLASSES[mixed]})
    assert "20 images" in texts(app)
    links = [one.proto for one in app.get("page_link") if one.proto.page.endswith("compare")]
    assert links
    for query in (parse_qs(one.query_string) for one in links):
        assert query == {
            "model": [info.run_id], "kind": ["images"], "class": [CLASSES[mixed]], "tab": ["maps"],
        }  # fmt: skip
    assert "Clusters of maps" in texts(app)
    assert texts(app).index("Do the images it misses differ") < texts(app).index("Clusters of maps")
    drawn = "".join(str(element.proto.body) for element in app.get("html"))
    wrong = round(20 * (1 - accuracy[mixed]))
    assert f"when right ({20 - wrong})" in drawn
    assert f"when wrong ({wrong})" in drawn
    assert "random groups differ as much" in texts(app)
    numbers = app.dataframe[0].value["number"]
    assert any(name.startswith("texture") for name in numbers)
    assert any(name.endswith("(Wasserstein)") for name in numbers)
    shown, said = app.dataframe[0].value, texts(app)
    for space, bins in (("HSV", 16), ("HSV", 64), ("Lab", 64)):
        app.segmented_control(key="space").set_value(space)
        app.select_slider(key="bins").set_value(bins).run(timeout=60)
        assert not app.exception
        assert f"{SPACES[space].channels[0]}</th>" in "".join(
            str(element.proto.body) for element in app.get("html")
        )
        # What is drawn decides nothing: every verdict, with its numbers, stays.
        assert texts(app) == said
        pd.testing.assert_frame_equal(app.dataframe[0].value, shown)


def test_where_it_looks_when_right_and_when_wrong_is_drawn_of_images_enough(
    store: Store, tiny_run: RunInfo
) -> None:
    maps = np.zeros((12, 4, 4), np.float32)
    maps[:, 1, 1] = 1
    true, twelve = np.zeros(12, int), np.arange(12)

    def make(missed: int, maps: np.ndarray = maps) -> list[str]:
        predicted = (twelve < missed).astype(int)
        of = ClassMaps(tiny_run.images_id, twelve, true, predicted, np.ones(12), maps)
        return [words for _, words in make_sides(store, of)]

    def make_few(missed: int) -> list[str]:
        predicted, sure = (twelve < missed).astype(int), twelve / 20
        of = ClassMaps(tiny_run.images_id, twelve, true, predicted, sure, maps)
        return [words for _, words in make_missed(store, of, CLASSES)]

    assert make(5) == ["where it looks when right (7)", "when wrong (5)"]
    assert not make(4)
    assert not make_few(0)
    taken = f"taken for {quote(CLASSES[1])}"
    assert make_few(2) == [f"{taken} (5%)", f"{taken} (0%)"], "the most confident first"
    assert len(make_few(4)) == 4
    assert not make_few(5), "of these the mean map is drawn"
    assert not make(8)
    assert not make(5, np.where(twelve[:, None, None] < 5, 0, maps)), "all of the missed are empty"
    for lacking in (0, np.nan):
        one = np.where(twelve[:, None, None] < 1, lacking, maps).astype(np.float32)
        assert not make(5, one), "of the missed only four maps hold anything"
        assert make(6, one) == ["where it looks when right (6)", "when wrong (5)"]


def test_it_opens_on_a_network_whose_mistakes_can_be_compared(
    open_page: Open, tmp_path: Path
) -> None:
    store, classes = new_store(tmp_path), some_classes(3)
    comparable = synthesise(store, 1, classes, each=40, name="many")
    few = synthesise(store, 2, classes, each=4, name="few")
    app = open_page(store)
    assert app.selectbox(key="colours-network").value == comparable[0]
    assert "Too few to say" not in texts(app)
    assert open_page(store, run=few[0]).selectbox(key="colours-network").value == few[0]


def test_it_opens_on_the_newest_network_where_none_can_be_compared(
    open_page: Open, tmp_path: Path
) -> None:
    store = new_store(tmp_path)
    *_, newest = synthesise(store, 2, some_classes(3), each=4)
    assert open_page(store).selectbox(key="colours-network").value == newest


def test_a_class_is_highlighted_once_for_all_that_is_measured(
    open_page: Open, store: Store, tiny_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[float] = []

    def count(maps: np.ndarray, shape: tuple[int, int], threshold: float) -> np.ndarray:
        measured.append(threshold)
        return highlight(maps, shape, threshold)

    monkeypatch.setattr("app.colours.measured.highlight", count)
    app = open_page(store, run=tiny_run.run_id, space="RGB", **{"class": "masked"})
    assert len(measured) == 1
    app.run()
    assert len(measured) == 1


def test_an_epoch_shifts_no_other_control(open_page: Open, store: Store, tiny_run: RunInfo) -> None:
    app = open_page(store, run=tiny_run.run_id)
    keys = [key for one in app.sidebar if (key := getattr(one, "key", None))]
    placed = [keys.index(f"colours-{name}") for name in ("network", "class", "method", "threshold")]
    assert placed == sorted(placed)
    assert keys.index(epoch_key(tiny_run)) > placed[-1]


def test_a_link_opens_what_it_names(open_page: Open, store: Store, tiny_run: RunInfo) -> None:
    named = {"run": tiny_run.run_id, "class": CLASSES[3], "method": "cam", "threshold": "0.7"}
    app = open_page(store, **named, space="Lab")
    assert app.segmented_control(key="space").value == "Lab"
    assert {name: address(app, name) for name in named} == named
    assert app.selectbox(key="colours-class").value == CLASSES[3]
    assert app.selectbox(key="colours-method").value == "cam"
    assert app.slider(key="colours-threshold").value == 0.7
    app.selectbox(key="colours-class").set_value(CLASSES[1]).run()
    assert address(app, "class") == CLASSES[1]
    assert app.selectbox(key="colours-method").value == "cam"


@pytest.mark.parametrize("threshold", ["nan", "x", "", "7"])
def test_a_link_to_what_is_not_there_opens_the_page(
    open_page: Open, store: Store, tiny_run: RunInfo, threshold: str
) -> None:
    wrong = {"class": "no class", "method": "nothing", "threshold": threshold}
    app = open_page(store, run=tiny_run.run_id, **wrong)
    table = read_per_class(store, tiny_run.run_id, tiny_run.epoch)
    pairs = table["images"] * np.minimum(table["recall"], 1 - table["recall"])
    assert app.selectbox(key="colours-class").value == CLASSES[int(pairs.argmax())]
    assert app.selectbox(key="colours-method").value == "gradcam"
    assert 0.05 <= app.slider(key="colours-threshold").value <= 0.95


def test_the_run_of_another_page_is_shown(
    open_page: Open, store: Store, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    app = open_page(store, run=tiny_run.run_id)
    app.query_params.clear()
    app.session_state["carried"] = Carried("runs", (seeded_run.run_id,))
    assert app.run().selectbox(key="colours-network").value == seeded_run.run_id


@pytest.mark.parametrize("method", ["gradcam", "cam"])
def test_empty_maps_are_named_and_no_number_is_nan(
    open_page: Open, store: Store, tmp_path: Path, method: str
) -> None:
    """Grad-CAM's maps of this network are zero, CAM's are negative."""
    with evaluated(store, write_empty_map_network(tmp_path), tmp_path) as run_id:
        query = {"run": run_id, "class": CLASSES[0], "method": method}
        app = open_page(store, **query)
        tabs = [open_page(store, **query, group=tab.label) for tab in app.tabs]
    said = "".join(map(words, tabs))
    assert "nan" not in said
    assert said.count(EMPTY_MAP) == 2
    assert "nothing to compare" in texts(app)


def test_a_class_of_one_image(open_page: Open, store: Store, tmp_path: Path) -> None:
    with evaluated(store, write_network(tmp_path, 32, CLASSES), tmp_path, images=8) as run_id:
        app = open_page(store, run=run_id, **{"class": CLASSES[0]})
    assert '**"plain"**: 1 image,' in texts(app)
    assert "nan" not in words(app)


def test_distances_of_an_empty_region_are_a_sentence() -> None:
    maps = np.zeros((2, 6, 6))
    maps[0, 2, 2] = 1
    inside = highlight(maps, (48, 48), 0.95)
    assert not inside.any(), "no pixel lies on the middle of the one bright cell"
    channels = np.zeros((2, 48, 48, 3))
    whole = histograms(channels, np.ones_like(inside), 8)
    region = histograms(channels, inside, 8)
    for place, note in enumerate(("", EMPTY_MAP)):
        (sentence,) = describe_distances(region[place], whole[place], "RGB", note)
        assert note in sentence
        assert "nan" not in sentence
    numbers = describe_distances(whole[0], whole[0], "RGB")
    assert numbers[1:] == ("chi-square 0.00", "Wasserstein 0.00")
    assert "nearly" in numbers[0]


@pytest.mark.parametrize(
    ("known", "compares"),
    [((1, 0, 0, 1), True), ((1, 1, 0, 0), False), ((0, 0, 1, 1), False), ((0, 0, 0, 0), False)],
)
def test_both_groups_need_a_highlighted_region(known: tuple[int, ...], compares: bool) -> None:
    correct = np.array([True, True, False, False])
    assert (find_problem(correct, np.array(known, bool)) == "") == compares
    assert find_problem(correct[:2], np.array([True, True]))


CLUSTERS = """
import numpy as np
from pipelines.comparison.class_maps import ClassMaps
from app.colours.map_clusters import cluster_maps, draw_map_clusters
maps = np.zeros((8, 4, 4), np.float32)
maps[:{lit}, 1, 1] = 1
positions = np.arange(8)
class_maps = ClassMaps("", positions, positions, positions, np.ones(8), maps)
draw_map_clusters(None, cluster_maps(None, class_maps), "a", lambda number: None)
"""


@pytest.mark.parametrize("lit", [0, 5])
def test_empty_maps_are_no_cluster(lit: int) -> None:
    app = AppTest.from_string(CLUSTERS.format(lit=lit)).run()
    assert not app.exception
    assert [f": {lit};" in info.value for info in app.info] == [True]
    assert not app.markdown


NEEDS = """
import numpy as np
from pipelines.comparison.class_maps import ClassMaps
from app.colours.cluster_interventions import draw_tried
from app.colours.map_clusters import Clustered
from saliencnn.findings.failure_facts import MapGroup
from saliencnn.store.connection import open_store
from saliencnn.store.runs import read_run
store = open_store({uri!r})
run = read_run(store, {run_id!r})
eight, labels = np.arange(8), np.arange(8) // 4
class_maps = ClassMaps(run.images_id, eight, eight, eight, np.ones(8), np.ones((8, 2, 2)))
groups = MapGroup("small maps", 4, 4), MapGroup("wide maps", 4, 2)
clustered = Clustered(class_maps, np.ones(8), labels, 0.6, groups, 0.0, {may_be_one})
draw_tried(store, None, clustered, run, run.epoch)
"""


@pytest.mark.parametrize("may_be_one", [False, True])
def test_interventions_are_offered_where_there_are_clear_clusters(
    store: Store, tiny_run: RunInfo, may_be_one: bool
) -> None:
    script = NEEDS.format(uri=store.uri, run_id=tiny_run.run_id, may_be_one=may_be_one)
    app = AppTest.from_string(script).run()
    assert not app.exception
    key = try_interventions(store, tiny_run, tiny_run.epoch).key
    assert [button.key for button in app.button] == ([] if may_be_one else [key])


def test_the_only_cluster_is_not_compared_with_others() -> None:
    maps, zeros = np.ones((3, 2, 2), np.float32), np.zeros(3, int)
    class_maps = ClassMaps("", np.arange(3), zeros, zeros, np.ones(3), maps)
    focus = np.array([0.25, 0.5, 0.75])
    clustered = Clustered(class_maps, focus, zeros, np.nan, (MapGroup("all maps", 3, 3),))
    said = describe_cluster(clustered, 0)
    assert "focus 0.50" in said
    assert "others" not in said
    assert "nan" not in said


def test_what_a_map_highlights() -> None:
    maps = np.zeros((2, 2, 2))
    maps[0, 0, 0] = 4.0
    inside = highlight(maps, (8, 8), 0.5)
    assert inside[0, :4, :4].mean() > 0.5
    assert not inside[0, 4:].any()
    assert not inside[1].any()


def test_the_best_number_comes_first() -> None:
    rng = np.random.default_rng(0)
    correct = np.arange(40) < 20
    numbers = {
        "random": rng.normal(size=40),
        "telling": rng.normal(size=40) - 3 * ~correct,
        "unknown": np.full(40, np.nan),
    }
    found = separation_table(compare_numbers(numbers, correct))
    assert list(found["number"]) == ["telling", "random"]
    assert list(found["in words"]) == ["lower in missed images", "no better than chance"]
    few = separation_table(compare_numbers(numbers, np.arange(40) < 38))
    assert set(few["in words"]) == {"too few missed to say (2)"}
    assert set(few["95% interval"]) == {""}


def test_texts_cannot_write_html() -> None:
    histogram = np.full((3, 4), 0.25)
    row = HistogramRow("data:,", "data:,", histogram, histogram, '<script>"', ("<b>",))
    html = rows_html([row], "RGB")
    assert "<script>" not in html
    assert "<b>&lt;b" not in html.replace("<small>", "")
    assert html.count('class="histogram"') == 3


def test_an_empty_region_draws_no_bars() -> None:
    whole = np.full(4, 0.25)
    bars = histogram_image(np.full(4, np.nan), whole, "#000")
    assert len(histogram_image(whole, whole, "#000")) > len(bars)


@pytest.mark.parametrize("space", SPACES)
def test_charts_are_in_the_channels_own_units(space: str) -> None:
    for place, (low, high) in enumerate(SPACES[space].ranges):
        spec = mean_chart({"all": np.full((3, 8), 0.125)}, space, place).to_dict()
        (rows,) = spec["datasets"].values()
        values = [row["value"] for row in rows]
        assert low < min(values)
        assert max(values) < high


HISTOGRAM = """
import streamlit as st
from app.attention.histograms import choose_histogram
st.text(repr(choose_histogram()))
"""


@pytest.mark.parametrize("name", ["space", "bins"])
@pytest.mark.parametrize("value", ["", "nosuch", "\u00b2"])
def test_an_address_without_a_usable_value_shows_the_first(name: str, value: str) -> None:
    app = AppTest.from_string(HISTOGRAM)
    app.query_params[name] = value
    app.run()
    assert not app.exception
    assert app.text[0].value == "('RGB', 16)"


def test_of_many_images_all_missed_ones_are_shown(open_page: Open, tmp_path: Path) -> None:
    """And it says so; what is counted of them is no accuracy."""
    store = new_store(tmp_path)
    (run_id,) = synthesise(store, 1, some_classes(3), each=150, name="large")
    known = evaluation_files.read_predictions(store, run_id)
    missed = int((known["true"] != known["class_1"]).sum())
    assert 5 <= missed <= MAX_IMAGES // 2
    correct = f"{MAX_IMAGES - missed} of {len(known) - missed} correct"
    app = open_page(store, run=run_id)
    app.selectbox(key="subject").set_value(EVERYTHING).run(timeout=60)
    assert not app.exception
    assert f"all {missed} missed and {correct} images" in plain_texts(app)


def test_of_a_class_that_a_link_to_a_kind_carries_nothing_is_said(
    open_page: Open, tmp_path: Path
) -> None:
    """Where the page itself widens a chosen class that is too small, it says so."""
    store, classes = new_store(tmp_path), some_classes(10)
    (run_id,) = synthesise(store, 1, classes, each=4, name="few")
    chosen = {"run": run_id, "class": classes.classes[0]}
    widened = open_page(store, **chosen)
    assert f"Of {quote(classes.classes[0])} alone:" in plain_texts(widened)
    linked = open_page(store, **chosen, subject=EVERYTHING)
    assert "alone:" not in plain_texts(linked)
    assert linked.selectbox(key="subject").value == EVERYTHING


def test_what_follows_leads_to_the_first_missed_image_also_of_the_class_behind_wider_ones(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    """As Progression counts them: the usual mistake first, and of these the most confident."""

    def leads(**asked: str) -> list[dict[str, list[str]]]:
        app = open_page(store, run=tiny_run.run_id, **asked)
        links = [one.proto for one in app.get("page_link") if one.proto.page == "progression"]
        return [parse_qs(one.query_string) for one in links]

    rows = read_predictions(store, tiny_run.run_id, tiny_run.epoch)
    missed = rows[rows["true"] != rows["predicted"]]
    some = [target for target in range(len(CLASSES)) if (missed["true"] == target).any()]
    assert some
    for target in some:
        first = {
            "run": [tiny_run.run_id],
            "class": [CLASSES[target]],
            "image": [str(recommend(rows, target)["missed"][0].image)],
            "epoch": [str(tiny_run.epoch)],
        }
        wider = leads(**{"class": CLASSES[target], "subject": EVERYTHING})
        assert wider[0] == first
        labels = [(one["class"], one.get("from")) for one in wider]
        assert len(labels) == len({str(one) for one in labels}), "none is offered twice"
        for alone in leads(**{"class": CLASSES[target], "subject": CLASSES[target]}):
            assert alone == first or "from" in alone


def test_a_class_that_nobody_chose_is_not_named_beside_all_classes(
    open_page: Open, tmp_path: Path
) -> None:
    store, classes = new_store(tmp_path), some_classes(3)
    (run_id,) = synthesise(store, 1, classes, each=60, name="large")
    app = open_page(store, run=run_id, subject=EVERYTHING)
    for _ in range(2):
        assert app.selectbox(key="colours-class").value == ""
        assert "class" not in app.query_params
        assert address(app, "subject") == EVERYTHING
        said = plain_texts(app)
        assert said.count("**All classes**") == 1
        assert "Choose a class to see it alone." in said
        app.run()


def test_each_choice_of_a_class_shows_it_alone(open_page: Open, tmp_path: Path) -> None:
    """Also where it is too small to say anything of it, and where all were shown before."""
    store, classes = new_store(tmp_path), some_classes(10)
    (run_id,) = synthesise(store, 1, classes, each=4, name="few")
    app = open_page(store, run=run_id)
    assert app.selectbox(key="subject").value == EVERYTHING
    for name in classes.classes[:2]:
        app.selectbox(key="colours-class").set_value(name).run()
        assert f"**{quote(name)}**: 4 images" in plain_texts(app)
        assert (address(app, "class"), address(app, "subject")) == (name, name)
    app.selectbox(key="colours-class").set_value("").run()
    assert "**All classes**" in plain_texts(app)


@pytest.mark.parametrize(
    ("subject", "begins"), [(EVERYTHING, "**Too few images tell whether "), ("", "**Why it misses")]
)
def test_of_several_classes_one_answer_says_whether_right_and_wrong_differ_within_them(
    open_page: Open, tmp_path: Path, subject: str, begins: str
) -> None:
    """All images that are missed are of one class, of which none is right."""
    store = new_store(tmp_path)
    (run_id,) = synthesise(store, 1, some_classes(3), each=60, name="some")
    app = open_page(store, run=run_id, subject=subject)
    answers = ("**Over all", "**Too few", "**Only", "**They differ", "**Why it", "**None")
    told = [one.value for one in app.markdown if one.value.startswith(answers)]
    assert len(told) == 1
    assert told[0].startswith(begins)


@pytest.mark.parametrize("p", [0.001, 0.5])
def test_the_test_of_colours_claims_nothing_where_classes_are_mixed(p: float) -> None:
    assert "**" in describe_test(p, of_class=True)
    mixed = describe_test(p, of_class=False)
    assert "**" not in mixed
    assert MIXES in mixed


def test_where_images_are_too_few_the_command_for_more_can_be_copied(
    open_page: Open, store: Store, tiny_run: RunInfo, tmp_path: Path
) -> None:
    chosen = {"class": CLASSES[0], "subject": CLASSES[0]}
    app = open_page(store, run=tiny_run.run_id, **chosen)
    assert min(count_sides(store, tiny_run, 0)) < MIN_GROUP
    (command,) = [one.value for one in app.code]
    epoch = max(kept_epochs(store, tiny_run.run_id))
    assert command.split()[:4] == [
        *("saliencnn", "evaluate", "--models", f"run:{tiny_run.run_id}:{epoch}")
    ]
    assert "is kept, so this" not in plain_texts(app)
    own, classes = new_store(tmp_path), some_classes(3)
    (run_id,) = synthesise(own, 1, classes, each=60, name="large")
    assert not open_page(own, run=run_id).code, "these are enough"


def test_the_command_evaluates_the_epoch_that_is_looked_at(store: Store, tiny_run: RunInfo) -> None:
    kept = kept_epochs(store, tiny_run.run_id)
    for epoch in range(1, tiny_run.epoch + 1):
        command, evaluated = write_command(store, tiny_run, epoch)
        assert evaluated == (epoch if epoch in kept else min(kept, key=lambda o: abs(o - epoch)))
        assert f"run:{tiny_run.run_id}:{evaluated}" in shlex.split(command)
    _, evaluated = write_command(store, tiny_run, max(kept) + 5)
    assert evaluated == max(kept)


def count_sides(store: Store, run: RunInfo, target: int) -> tuple[int, int]:
    """Return how many images of a class a run misses, and how many it gets right."""
    rows = read_predictions(store, run.run_id, run.epoch)
    right = (rows["predicted"] == rows["true"])[rows["true"] == target]
    return int((~right).sum()), int(right.sum())


def test_the_class_with_most_to_compare_is_offered_beside_one_with_too_few() -> None:
    counts = pd.DataFrame({"pairs": [9, 2, 4, 7]})
    assert find_class(counts, 1) == 0
    assert find_class(counts, 0) == 3
    assert find_class(counts[:1], 0) is None
    assert find_class(counts[1:3], 0) is None, "too few everywhere"


def test_where_images_are_too_few_a_click_asks_where_more_are_missed(
    open_page: Open, tmp_path: Path
) -> None:
    """No class alone has enough, all together have."""
    store, classes = new_store(tmp_path), some_classes(10)
    (run_id,) = synthesise(store, 1, classes, each=4, name="few")
    name = classes.classes[0]
    app = open_page(store, run=run_id, **{"class": name, "subject": name})
    assert [one.key for one in app.button if "colours-ask" in str(one.key)] == ["colours-ask-wider"]
    assert re.search(r"\d+ of \d+ missed", app.button(key="colours-ask-wider").label)
    app.button(key="colours-ask-wider").click().run()
    assert address(app, "subject") == EVERYTHING
