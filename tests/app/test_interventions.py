"""Interventions on the pages: the table on Trust, the findings, and the form that they fill."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.home.tables import runs_frame
from app.trust.interventions import make_table
from pipelines.trust.interventions import CHECK, read_interventions
from saliencnn.checks.interventions.measure import CONTROL
from saliencnn.checks.interventions.table import INTERVENTIONS
from saliencnn.common.formats import CHECK_RESULT
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


def test_without_any_they_are_offered(
    open_page: Callable[..., AppTest], store: Store, tiny_run: RunInfo
) -> None:
    page = open_page("trust", store, run=tiny_run.run_id)
    assert "trust-intervene" in {button.key for button in page.button}
