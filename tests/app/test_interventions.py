"""Interventions on the pages: the table on Trust, the findings, and the form that they fill."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.colours.cluster_interventions import make_table as make_cluster_table
from app.colours.cluster_interventions import read_tried
from app.colours.map_clusters import Clustered
from app.home.tables import runs_frame
from app.parts.works import try_interventions
from app.retrain.cautions import explain_loss
from app.trust.interventions import make_table
from pipelines.comparison.class_maps import ClassMaps
from pipelines.trust.interventions import CHECK, CORRUPTIONS, read_interventions
from saliencnn.checks.interventions.answers import CONTROL
from saliencnn.checks.interventions.corruptions import CORRUPTED
from saliencnn.checks.interventions.corruptions import CORRUPTIONS as CURVES
from saliencnn.checks.interventions.table import INTERVENTIONS
from saliencnn.common.formats import CHECK_RESULT
from saliencnn.common.metrics import METRICS
from saliencnn.findings.failure_facts import MapGroup
from saliencnn.store.check_results import write_result
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.runs import RunInfo, note, read_run
from tests.helpers.golden import Golden, unpack

CHEAT = "hardly needs the object"


def all_text(page: AppTest) -> str:
    kinds = (page.markdown, page.caption, page.warning, page.info)
    return " ".join(element.value for kind in kinds for element in kind)


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Golden:
    return unpack(tmp_path_factory.mktemp("convicted"))


@pytest.fixture(scope="module")
def convicted(golden: Golden) -> RunInfo:
    """A run of which interventions say that nothing costs it anything."""
    run = golden.run("golden")
    labels = np.tile(read_predictions(golden.store, run.run_id, run.epoch)["true"], 20)[:200]
    controls = (name + CONTROL for name, row in INTERVENTIONS.items() if row.control)
    names = ("", *INTERVENTIONS, *controls)
    predicted = np.tile(labels, (len(names), 1)).astype(np.int16)
    images = np.arange(len(labels)) % 10
    arrays = {
        "images": images, "labels": labels, "names": np.array(names), "predicted": predicted,
        "confidence": np.ones(predicted.shape, np.float32),
    }  # fmt: skip
    question = {"check": CHECK, **CHECK_RESULT.stamp, "epoch": run.epoch, "images": len(labels)}
    write_result(golden.store, run.run_id, question, arrays)
    note(golden.store, run.run_id, conviction=f"{run.epoch} {CHEAT}")
    return read_run(golden.store, run.run_id)


def test_the_table_has_what_costs_most_first(golden: Golden, convicted: RunInfo) -> None:
    found = read_interventions(golden.store, convicted.run_id, convicted.epoch)
    assert found is not None
    table = make_table(found.effects)
    assert {*table.index} == {*INTERVENTIONS}
    for _, part in table.groupby([INTERVENTIONS[name].kind for name in table.index]):
        assert part["cost"].is_monotonic_decreasing


def test_trust_shows_what_convicts_it(
    open_page: Callable[..., AppTest], golden: Golden, convicted: RunInfo
) -> None:
    page = open_page("trust", golden.store, run=convicted.run_id)
    assert not page.exception
    tables = [frame.value for frame in page.dataframe]
    assert any("beside" in table and len(table) == len(INTERVENTIONS) for table in tables)
    assert "hardly needs the object" in all_text(page)


def test_trust_draws_how_it_falls_on_corrupted_images(
    open_page: Callable[..., AppTest], golden: Golden, convicted: RunInfo
) -> None:
    names = ("", *CORRUPTED)
    labels = np.arange(8)
    arrays = {
        "images": labels, "labels": labels, "names": np.array(names),
        "predicted": np.tile(labels, (len(names), 1)).astype(np.int16),
        "confidence": np.ones((len(names), 8), np.float32),
    }  # fmt: skip
    question = {"check": CORRUPTIONS, **CHECK_RESULT.stamp, "epoch": convicted.epoch, "images": 8}
    write_result(golden.store, convicted.run_id, question, arrays)
    page = open_page("trust", golden.store, run=convicted.run_id)
    assert not page.exception
    (chart,) = [one for one in page.get("vega_lite_chart") if "corrupted images" in one.proto.spec]
    assert CURVES["jpeg"].label in chart.proto.spec
    assert "--check corruptions" not in all_text(page)


def test_clusters_of_maps_have_the_interventions_on_their_images(
    golden: Golden, convicted: RunInfo
) -> None:
    """Each by its image: of three that are clustered, two were tried."""
    found = read_interventions(golden.store, convicted.run_id, convicted.epoch)
    assert found is not None
    kept = [int(found.images[0]), 10_000, int(found.images[1])]
    images, ones = np.array(kept), np.ones(3)
    class_maps = ClassMaps(convicted.images_id, images, ones, ones, ones, np.ones((3, 2, 2)))
    groups = (MapGroup("wide maps", 2, 2), MapGroup("small maps", 1, 1))
    clustered = Clustered(class_maps, ones, np.array([0, 0, 1]), 0.5, groups)
    tried = read_tried(golden.store, convicted, convicted.epoch, clustered)
    assert tried is not None
    assert tried.clusters.tolist() == [0, 1]
    expected = [int(found.labels[found.images == image][-1]) for image in (kept[0], kept[2])]
    assert tried.effects.labels.tolist() == expected
    table = make_cluster_table(tried, {0: "a", 1: "b"})
    assert len(table) == len(INTERVENTIONS)
    assert set(table["a"]) | set(table["b"]) == {"1 of 1 (1)"}
    assert read_tried(golden.store, convicted, convicted.epoch - 1, clustered) is None


def test_overview_draws_those_that_training_tried(
    open_page: Callable[..., AppTest], golden: Golden
) -> None:
    run = golden.run("golden")
    for epoch, value in ((1, 0.25), (2, 0.5)):
        golden.store.client.log_metric(run.run_id, "after_hue", value, step=epoch)
    page = open_page("overview", golden.store, run=run.run_id)
    assert not page.exception
    (chart,) = [
        one for one in page.get("vega_lite_chart") if "after interventions" in one.proto.spec
    ]
    assert METRICS["after_hue"].label in chart.proto.spec


def test_home_and_overview_name_it(
    open_page: Callable[..., AppTest], golden: Golden, convicted: RunInfo
) -> None:
    assert convicted.conviction == CHEAT
    assert runs_frame([convicted], {})["warning"].tolist() == [CHEAT]
    for name, query in (("home", {}), ("overview", {"run": convicted.run_id})):
        assert "hardly needs the object" in all_text(open_page(name, golden.store, **query))


def test_a_link_fills_the_form(
    open_page: Callable[..., AppTest], golden: Golden, convicted: RunInfo
) -> None:
    changes = ["color_jitter:1.0", "crop:0.4", "crop:7", "no_such:1"]
    page = open_page("retrain", golden.store, run=convicted.run_id, change=changes)
    assert not page.exception
    values = {widget.key: widget.value for widget in page.number_input}
    assert values[f"retry-{convicted.run_id}-color_jitter"] == 1
    assert values[f"retry-{convicted.run_id}-crop"] == 0.4
    assert "such" in all_text(page)  # what cannot be filled in is said


def test_a_retry_that_was_not_tested_leads_to_them(
    open_page: Callable[..., AppTest], golden: Golden, convicted: RunInfo
) -> None:
    def offered(before: str, after: str) -> bool:
        query = {"run": before, "beside": after, "section": "before-after"}
        page = open_page("retrain", golden.store, **query)
        assert not page.exception
        assert page.selectbox(key=f"partner-{before}-choice").value == after
        return "Try interventions" in {link.proto.label for link in page.get("page_link")}

    untested = golden.run("golden-interrupted").run_id
    assert offered(convicted.run_id, untested)
    assert not offered(untested, golden.run("golden-randomized").run_id)


@pytest.mark.parametrize(("accuracy", "loss", "said"), [(0.8, 1.2, True), (0.8, 0.9, False)])
def test_a_loss_that_rose_with_accuracy_is_explained(
    accuracy: float, loss: float, said: bool
) -> None:
    before = {"val_accuracy": 0.7, "val_loss": 1.0}
    assert bool(explain_loss(before, {"val_accuracy": accuracy, "val_loss": loss})) == said
    assert not explain_loss(before, {"val_accuracy": 0.6, "val_loss": loss})
    assert not explain_loss({}, before)


def test_without_any_they_are_offered(
    open_page: Callable[..., AppTest], store: Store, tiny_run: RunInfo
) -> None:
    page = open_page("trust", store, run=tiny_run.run_id)
    key = try_interventions(store, tiny_run, tiny_run.epoch).key
    assert key in {button.key for button in page.button}
