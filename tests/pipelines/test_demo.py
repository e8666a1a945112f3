"""The tool's own proof: the numbers praise a network, and the maps convict it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.cli.demo import REMEDY, SHORTCUT, SHOWN_CLASS
from pipelines.retry.history import past_runs
from pipelines.retry.propose import propose
from pipelines.retry.space import AUGMENTATIONS
from pipelines.review.findings import findings_of_run
from pipelines.trust.audit import AUDITED_METHODS
from pipelines.trust.results import read_table
from saliencnn.checks.table import CHECKS
from saliencnn.data.planted import STICKER
from saliencnn.findings.finding import Severity
from saliencnn.maps.examples import recommend
from saliencnn.maps.history import MapHistory
from saliencnn.saliency.methods import FIRST_METHODS
from saliencnn.store.computed_maps import read_computed
from saliencnn.store.connection import Store, open_store
from saliencnn.store.epochs import read_class_maps, read_predictions
from saliencnn.store.evaluations import list_evaluations
from saliencnn.store.runs import RunInfo, list_runs
from saliencnn.store.verdicts import REJECTED, make_verdict
from tests.helpers.commands import Forker
from tests.helpers.demo import PRINTED, demo_folder, run_demo
from tests.helpers.report import content_of

# Three minutes on an idle machine where it has to be run, and many on a busy one.
pytestmark = pytest.mark.timeout(2400)


@pytest.fixture(scope="module")
def folder(program: Forker) -> Path:
    return demo_folder(program)


@pytest.fixture(scope="module")
def printed(folder: Path) -> str:
    return (folder / PRINTED).read_text()


@pytest.fixture(scope="module")
def store(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder}/mlruns/mlflow.db")


@pytest.fixture(scope="module")
def runs(store: Store) -> dict[str, RunInfo]:
    return {run.name: run for run in list_runs(store)}


def test_its_report_lies_beside_the_store(
    folder: Path, printed: str, runs: dict[str, RunInfo]
) -> None:
    assert "mlruns/demo-report.html: " in printed
    content = content_of((folder / "mlruns" / "demo-report.html").read_text())["maps"]
    told = [runs[str(request.name)].run_id for request in (SHORTCUT, REMEDY)]
    assert [run["id"] for run in content["runs"]] == told


def test_the_numbers_praise_and_the_maps_convict(runs: dict[str, RunInfo]) -> None:
    shortcut, remedy = runs[str(SHORTCUT.name)].metrics, runs[str(REMEDY.name)].metrics
    assert shortcut["val_accuracy"] >= 0.93
    assert shortcut["counterfactual_accuracy"] <= 0.5
    assert remedy["counterfactual_accuracy"] >= 0.9
    assert shortcut["focus"] <= 0.35
    assert remedy["focus"] >= 2 * shortcut["focus"]


def test_interventions_convict_who_reads_the_sticker(
    store: Store, runs: dict[str, RunInfo]
) -> None:
    shortcut, remedy = runs[str(SHORTCUT.name)], runs[str(REMEDY.name)]
    assert shortcut.conviction == "reads colours beside the object"
    assert remedy.conviction == ""
    for run in (shortcut, remedy):
        warned = [one for one in findings_of_run(store, run) if one.rule == "beside in classes"]
        assert bool(run.beside) == bool(warned)
        assert all(run.beside in one.advice for one in warned)
    first = findings_of_run(store, shortcut)[0]
    assert (first.rule, first.evidence.page) == (shortcut.conviction, "retrain")
    assert STICKER in first.sentence
    assert "no shortcut found" in {finding.rule for finding in findings_of_run(store, remedy)}


def test_the_first_finding_convicts_and_the_remedy_has_none(
    store: Store, runs: dict[str, RunInfo]
) -> None:
    convicted = findings_of_run(store, runs[str(SHORTCUT.name)])
    assert [finding.rule for finding in convicted[:6]] == [
        "reads colours beside the object",
        "reads the background",
        "reads the border",
        "hardly needs the object",
        "shortcut",
        "beside",
    ]
    praised = findings_of_run(store, runs[str(REMEDY.name)])
    assert [finding.rule for finding in praised[:2]] == [
        "no shortcut found",
        "on the object",
    ]
    assert {finding.severity for finding in praised} <= {Severity.GOOD, Severity.NOTE}


def test_the_shortcut_run_has_default_hyperparameters() -> None:
    """Nobody had to set anything to fall for the cue, and one augmentation undoes it."""
    ours, theirs = (r.hyperparameters.as_dict() for r in (SHORTCUT, REMEDY))
    assert type(SHORTCUT)(name=SHORTCUT.name) == SHORTCUT
    assert {name for name in ours if ours[name] != theirs[name]} == {"color_jitter", "epochs"}


def test_the_remedy_is_among_what_is_proposed_for_the_rejected_run(
    runs: dict[str, RunInfo],
) -> None:
    """Proposals see accuracy, focus and the verdict; of the counterfactual images they know none.

    That it sees the bird, the first test here says.
    """
    verdict = make_verdict(REJECTED, "looks at the sticker", "Ann")
    rejected = replace(runs[str(SHORTCUT.name)], verdicts=(verdict,))
    history = list(past_runs([rejected], rejected).values())
    assert history[0].rejected
    guided, *others = propose(SHORTCUT.hyperparameters, history, 1 + len(AUGMENTATIONS))
    assert guided == replace(SHORTCUT.hyperparameters, guidance="both")
    epochs = SHORTCUT.hyperparameters.epochs
    assert replace(REMEDY.hyperparameters, epochs=epochs) in others


def test_the_summary_tells_the_stores_numbers(printed: str, runs: dict[str, RunInfo]) -> None:
    for run in runs.values():
        assert f"{run.name}: validation accuracy {run.metrics['val_accuracy']:.1%}" in printed
    assert re.search(r"^open the dashboard: \S*saliencnn app$", printed, re.MULTILINE)


def test_the_first_page_has_no_gap(store: Store, runs: dict[str, RunInfo]) -> None:
    for run in runs.values():
        tables = read_class_maps(store, run.run_id, run.epochs, SHOWN_CLASS)
        entries = [(e, table) for e, tables_of in tables.items() for table in tables_of]
        entries += read_computed(store, run.run_id, SHOWN_CLASS)
        cases = recommend(read_predictions(store, run.run_id, run.epoch), SHOWN_CLASS)
        first = [candidates[0] for candidates in cases.values() if candidates]
        assert first
        for case in first:
            track = MapHistory()
            for epoch, table in entries:
                track.add(epoch, table, case.image)
            assert not track.missing(FIRST_METHODS, run.epochs)


def test_the_trust_tables_are_filled(store: Store, runs: dict[str, RunInfo]) -> None:
    for run in runs.values():
        table = read_table(store, run.run_id, run.epoch)
        assert list(table) == list(CHECKS)
        assert list(table["variance"]) == list(AUDITED_METHODS)
        assert table["variance"]["gradcam"].result.outcome == "pass"
        assert table["variance"]["gradxinput"].result.outcome == "fail"
        # Five images of eight at least have maps that can be compared.
        outcomes = [found.result.outcome for found in table["stability"].values()]
        assert "not judged" not in outcomes


def test_both_networks_are_compared_on_the_same_images(
    store: Store, runs: dict[str, RunInfo]
) -> None:
    evaluations = list_evaluations(store)
    assert {e.model.split(" epoch ")[0] for e in evaluations} == set(runs)
    assert len({e.images for e in evaluations}) == 1
    for evaluation in evaluations:
        run = runs[evaluation.model.split(" epoch ")[0]]
        assert abs(evaluation.metrics["top1"] - run.metrics["val_accuracy"]) <= 0.005


def test_a_second_demo_trains_nothing(
    folder: Path,
    store: Store,
    runs: dict[str, RunInfo],
    program: Forker,
) -> None:
    before = [e.run_id for e in list_evaluations(store)]
    again = run_demo(program, folder)
    assert "epoch" not in again.split("Two networks")[0]
    assert {run.run_id for run in list_runs(store)} == {run.run_id for run in runs.values()}
    assert [e.run_id for e in list_evaluations(store)] == before
