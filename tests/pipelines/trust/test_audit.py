"""Sanity checks of a run in the store: chosen, computed, kept, read."""

import re
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.cli.main import main
from pipelines.training.request import Request
from pipelines.training.run import train
from pipelines.trust.answers import MapQuery
from pipelines.trust.audit import AUDITED_METHODS, audit, count_passes
from pipelines.trust.results import (
    AuditResult,
    MeanCurves,
    Table,
    find_logit_change,
    mean_curves,
    newest_epoch,
    read_table,
)
from pipelines.trust.single_image import show_check
from pipelines.trust.subjects import find_control_run
from saliencnn.checks import grading
from saliencnn.checks.evidence import CurveComparison, MapComparison, moved_per_score
from saliencnn.checks.faithfulness_curves import KINDS, STEPS
from saliencnn.checks.grading import MIN_IMAGES, CheckResult
from saliencnn.checks.table import CHECKS
from saliencnn.common.errors import UserError
from saliencnn.common.evenly import choose_evenly
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.decode import decode_image
from saliencnn.data.image_index import ImageIndex
from saliencnn.measures.bootstrap import bootstrap_interval
from saliencnn.saliency.methods import FIRST_METHODS
from saliencnn.store.artifacts import (
    delete_folder,
    list_files,
    location_of,
    read_bytes,
    write_files,
)
from saliencnn.store.check_results import read_results, write_result
from saliencnn.store.connection import Store
from saliencnn.store.images import read_image, read_index
from saliencnn.store.runs import RunInfo, list_runs, read_run
from saliencnn.trust.audit_record import read_audits

METHODS = ("gradcam", "gradient")


@given(st.lists(st.integers(0, 5), min_size=2, max_size=80), st.data())
def test_images_are_taken_evenly_from_the_classes(labels: list[int], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(labels)))
    chosen = choose_evenly(np.array(labels), count)
    assert len(set(chosen.tolist())) == count
    assert list(chosen) == sorted(chosen)
    taken = np.bincount(np.array(labels)[chosen], minlength=6)
    there = np.bincount(labels, minlength=6)
    # A class gives fewer than another by more than one only where it has no more.
    assert all(taken[c] == there[c] or taken[c] >= taken.max() - 1 for c in range(6))


@pytest.fixture(autouse=True)
def no_audit_yet(store: Store, seeded_run: RunInfo) -> None:
    """The run is shared by many tests; what it was checked for before is forgotten."""
    delete_folder(store, location_of(store, seeded_run.run_id), "checks")


def read_curves(store: Store, run_id: str, epoch: int) -> dict[str, dict[str, MeanCurves]]:
    return mean_curves(read_audits(store, run_id), epoch)


def as_lists(table: Table) -> dict[str, dict[str, list[object]]]:
    """Plain values; as text, NaN equals NaN."""
    return {
        check: {
            m: [a.numbers.round(12).tolist(), a.images.tolist(), rounded(a.result), a.logit_change]
            for m, a in found.items()
        }
        for check, found in table.items()
    }


def rounded(result: CheckResult) -> CheckResult:
    """The store keeps changes as similarities, which rounds their last digit."""
    value, low, high = (round(one, 12) for one in (result.value, result.low, result.high))
    return replace(result, value=value, low=low, high=high)


def test_an_audit_is_kept_and_read(store: Store, seeded_run: RunInfo) -> None:
    run_id = seeded_run.run_id
    assert read_table(store, run_id, 2) == {}
    assert read_curves(store, run_id, 2) == {}
    assert newest_epoch(read_audits(store, run_id)) is None
    shares: list[float] = []
    found = audit(store, seeded_run, 2, 8, METHODS, lambda share, _words: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert tuple(found) == tuple(CHECKS)
    assert repr(as_lists(read_table(store, run_id, 2))) == repr(as_lists(found))
    assert read_table(store, run_id, 1) == {}
    assert newest_epoch(read_audits(store, run_id)) == 2
    assert found["variance"]["gradcam"].result.outcome == "pass"
    assert found["variance"]["gradient"].result.images == 8
    assert found["labels"]["gradcam"].result.outcome == "not judged"
    assert found["stability"]["gradcam"].logit_change is None
    moved = find_logit_change(found["variance"])
    assert moved == found["variance"]["gradcam"].logit_change, (
        "it is the network's, whatever the method"
    )
    assert moved is not None
    assert 0 < moved.change <= moved.tolerance
    # Fewer images do not replace more; other methods join in.
    audit(store, seeded_run, 2, 5, ("gradient", "cam"))
    joined = read_table(store, run_id, 2)
    np.testing.assert_array_equal(
        joined["variance"]["gradient"].numbers, found["variance"]["gradient"].numbers
    )
    assert len(joined["variance"]["gradient"].images) == 8
    assert len(joined["variance"]["cam"].images) == joined["variance"]["cam"].result.images == 5
    assert set(read_curves(store, run_id, 2)) == {"gradcam", "gradient", "cam"}


def test_checks_take_passes_for_each_method_and_time_that_images_are_explained(
    seeded_run: RunInfo,
) -> None:
    every = (seeded_run, True, AUDITED_METHODS)
    once = count_passes(*every) - count_passes(seeded_run, False, AUDITED_METHODS)
    assert once > 2 * 64, "integrated gradients alone go forward and back for 64 images"
    rest = sum(check.effort for check in CHECKS.values() if not check.needs_control)
    curves = sum(check.passes for check in CHECKS.values())
    all_methods = (1 + rest) * once + len(AUDITED_METHODS) * curves
    assert count_passes(seeded_run, False, AUDITED_METHODS) == all_methods
    # Methods that need the shared pass alone: nearly all of the time is the curves'.
    assert count_passes(seeded_run, False, FIRST_METHODS) == 1 + rest + len(FIRST_METHODS) * curves


def test_results_are_kept_so_that_reading_resamples_nothing(
    store: Store, seeded_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = audit(store, seeded_run, 2, 6, METHODS)
    resampled: list[int] = []

    def count(groups: Sequence[np.ndarray], *settings: Any) -> tuple[float, float]:
        resampled.append(len(groups[0]))
        return bootstrap_interval(groups, *settings)

    monkeypatch.setattr(grading, "bootstrap_interval", count)
    table = read_table(store, seeded_run.run_id, 2)
    assert resampled == []
    for check, by_method in found.items():
        for method, audited in by_method.items():
            assert repr(rounded(table[check][method].result)) == repr(rounded(audited.result))
    # An audit of an earlier version keeps none, and is graded when it is read.
    (question, arrays), *_ = read_results(store, seeded_run.run_id, "trust")
    del arrays["results"]
    write_result(store, seeded_run.run_id, question, arrays)
    assert repr(as_lists(read_table(store, seeded_run.run_id, 2))) == repr(as_lists(found))
    assert len(resampled) == sum(
        audited.result.images >= MIN_IMAGES
        for by_method in found.values()
        for audited in by_method.values()
    )


def test_numbers_belong_to_the_images_that_they_name(
    store: Store, seeded_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few images are among all of them, with the same numbers."""
    many = audit(store, seeded_run, 2, 16, METHODS)
    some = np.array([2, 3, 7, 8, 12, 15])
    monkeypatch.setattr("pipelines.trust.audit.choose_evenly", lambda _labels, _count: some)
    few = audit(store, seeded_run, 2, len(some), METHODS)
    compared = 0
    for check, by_method in few.items():
        for method, one in by_method.items():
            all_ = many[check][method]
            np.testing.assert_array_equal(all_.images, np.arange(16))
            np.testing.assert_array_equal(one.images, some)
            np.testing.assert_allclose(all_.numbers[some], one.numbers, atol=1e-3)
            compared += int(np.isfinite(one.numbers).sum())
    assert compared > 20


def test_mean_curves_are_those_of_the_images(store: Store, seeded_run: RunInfo) -> None:
    for images in (5, 7):
        audit(store, seeded_run, 2, images, METHODS, checks=("faithfulness",))
    curves = read_curves(store, seeded_run.run_id, 2)
    (arrays,) = (
        arrays
        for question, arrays in read_results(store, seeded_run.run_id, "trust")
        if question["images"] == 7
    )
    for method in METHODS:
        for kind in ("deletion", "insertion"):
            found = curves[method][kind]
            own, random_baseline = found.own, found.random_baseline
            assert found.fractions.tolist() == pytest.approx(np.linspace(0, 1, STEPS + 1))
            for mean, name in ((own, kind), (random_baseline, f"{kind} random baseline")):
                kept = arrays[f"faithfulness/{name}/{method}"]
                assert kept.dtype == np.float32
                assert kept.shape == (7, STEPS + 1)
                np.testing.assert_allclose(mean, np.nanmean(kept, axis=0), rtol=1e-5)
                assert found.images == np.isfinite(kept).all(axis=1).sum()
            # All or nothing taken is the same image in whatever order.
            np.testing.assert_allclose(own[[0, -1]], random_baseline[[0, -1]], rtol=1e-4)
        filled = curves[method]["road"]
        assert filled.images <= 2, "the first and the fifth of seven"
        assert filled.fractions[-1] == pytest.approx(0.9)
        np.testing.assert_allclose(filled.own[0], filled.random_baseline[0], rtol=1e-4)


def test_constant_maps_are_left_out_of_the_mean_curves(store: Store, seeded_run: RunInfo) -> None:
    curves = np.array([[0.2, 0.4], [np.nan, np.nan], [0.4, 0.8]], np.float32)
    arrays = {"images": np.arange(3), "faithfulness/number/gradient": np.array([1, np.nan, 0.5])}
    for kind in ("deletion", "insertion"):
        arrays[f"faithfulness/{kind}/gradient"] = curves
        arrays[f"faithfulness/{kind} random baseline/gradient"] = curves / 2
    question = {"check": "trust", "epoch": 1, "images": 3}
    write_result(store, seeded_run.run_id, question, arrays)
    curves_found = read_curves(store, seeded_run.run_id, 1)["gradient"]
    assert list(curves_found) == ["deletion", "insertion"], "ROAD was not traced"
    np.testing.assert_allclose(curves_found["insertion"].own, [0.3, 0.6], rtol=1e-6)
    np.testing.assert_allclose(curves_found["insertion"].random_baseline, [0.15, 0.3], rtol=1e-6)
    found = read_table(store, seeded_run.run_id, 1)
    assert found["faithfulness"]["gradient"].result.images == 2
    assert found["variance"] == {}
    assert find_logit_change(found["variance"]) is None


def test_what_a_killed_writer_left_reads_as_none(store: Store, seeded_run: RunInfo) -> None:
    audit(store, seeded_run, 2, 5, METHODS, checks=("faithfulness",))
    location = location_of(store, seeded_run.run_id)
    (name,) = list_files(store, location, "checks/trust")
    whole = read_bytes(store, location, f"checks/trust/{name}")
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        write_files(store, location, {name: whole[:length]}, "checks/trust")
        assert read_table(store, seeded_run.run_id, 2) == {}
        assert read_curves(store, seeded_run.run_id, 2) == {}
        assert newest_epoch(read_audits(store, seeded_run.run_id)) is None


def test_a_control_run_is_found_and_compared(store: Store) -> None:
    data = "planted:train=48,validation=16,counterfactual=0,size=48,seed=7"
    ids = []
    for randomized in (False, True):
        hp = Hyperparameters(epochs=1, batch_size=16, shuffle_labels=randomized)
        ids.append(train(store, Request(data, image_size=48, hyperparameters=hp)))
    run = read_run(store, ids[0])
    other = find_control_run(store, run, list_runs(store))
    assert other is not None
    assert other.run_id == ids[1]
    assert find_control_run(store, other, list_runs(store)) is None, "it would be like itself"
    found: AuditResult = audit(store, run, 1, 6, METHODS, checks=("labels",))["labels"]["gradient"]
    assert found.result.images == 6
    ((question, arrays),) = read_results(store, run.run_id, "trust")
    assert (question["other"], question["other_epoch"]) == (other.run_id, 1)
    # More is better where a result is used; the store keeps similarities, as it always did.
    np.testing.assert_allclose(arrays["labels/number/gradient"] + found.numbers, 1)
    again = read_table(store, run.run_id, 1)["labels"]["gradient"]
    assert astuple(again.result)[1:] == pytest.approx(astuple(found.result)[1:])
    assert again.result.low <= again.result.value <= again.result.high
    np.testing.assert_allclose(again.numbers, found.numbers)


@pytest.mark.parametrize(
    ("epoch", "images", "methods", "words"),
    [
        (9, 8, METHODS, "keeps no checkpoint of epoch 9"),
        (2, 1, METHODS, "must be from 2 to 16"),
        (2, 17, METHODS, "must be from 2 to 16"),
        (2, 8, ("gradcan",), "Method 'gradcan' is unknown"),
    ],
)
def test_a_mistake_is_a_sentence(
    store: Store, seeded_run: RunInfo, epoch: int, images: int, methods: tuple[str, ...], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        audit(store, seeded_run, epoch, images, methods)


def test_the_command_prints_the_table(
    store: Store,
    seeded_run: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    command = ["check", seeded_run.run_id, "--images", "6", "--methods", "gradcam,cam"]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "Input variance: Does the map stay" in said
    assert "CAM                      pass  1.00  [1.00, 1.00]  6 images" in said
    told = re.search(r"changed by at most (\S+) \(by rounding, up to (\S+)\): the network", said)
    assert told is not None
    assert 0 < float(told[1]) <= float(told[2])
    assert main([*command[:-1], "nonsense"]) == 2
    assert "Method 'nonsense' is unknown" in capsys.readouterr().err
    assert main([*command, "--check", "labels"]) == 0
    said = capsys.readouterr().out
    assert [row.label for row in CHECKS.values() if f"{row.label}: " in said] == [
        "Label randomization"
    ]
    assert "pass: at least 0.7; fail: below 0.4" in said
    (arrays,) = (
        arrays
        for question, arrays in read_results(store, seeded_run.run_id, "trust")
        if question["checks"] == ["labels"]
    )
    assert {name.partition("/")[0] for name in arrays} == {"images", "results", "labels"}
    joined = read_table(store, seeded_run.run_id, 2)
    assert joined["variance"]["cam"].result.images == 6, "the full audit still counts"


ONE = ["check", "RUN", "--methods", "gradcam,gradxinput", "--image", "3"]


def ask_about_third(store: Store, run: RunInfo) -> tuple[ImageIndex, MapQuery]:
    """Return what ``ONE`` asks, and the index of the run's images."""
    index = read_index(store, run.images_id)
    image = decode_image(read_image(store, run.images_id, index, 3), "3")
    target = int(index.labels[3])
    return index, MapQuery(store, run, 2, image, 3, target, ("gradcam", "gradxinput"))


def test_the_command_shows_one_image_under_a_signal(
    store: Store,
    seeded_run: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same numbers that the page shows."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    command = [seeded_run.run_id if word == "RUN" else word for word in ONE]
    signal = ["--signal", "checkerboard", "--strength", "2"]
    assert main([*command, *signal]) == 0
    said = capsys.readouterr().out
    index, query = ask_about_third(store, seeded_run)
    shown = show_maps(query, "variance", signal="checkerboard", strength=2.0)
    assert f"image 3 ({index.names[3]}), class {index.classes[index.labels[3]]}" in said
    told = f"{shown.logit_change[0]:.2g} (by rounding, up to {shown.tolerance:.2g}): the network"
    assert told in said
    for method, label in zip(query.methods, ("Grad-CAM", "Gradient x input"), strict=True):
        (line,) = (line for line in said.splitlines() if line.strip().startswith(label + "  "))
        numbers = [float(word) for word in line.split()[-3:]]
        expected = [shown.similarity[k][method][0] for k in ("ssim", "spearman", "top")]
        assert numbers == pytest.approx(expected, abs=0.006)
    assert main([*command, "--mode", "bias", "--strength", "3"]) == 0
    assert "images beyond it are not judged" in capsys.readouterr().out


def silent(_share: float, _words: str) -> None:
    pass


def show_maps(query: MapQuery, check: str, **options: object) -> MapComparison:
    found = show_check(query, check, silent, options)
    assert isinstance(found, MapComparison)
    return found


def show_curves(query: MapQuery) -> CurveComparison:
    found = show_check(query, "faithfulness", silent)
    assert isinstance(found, CurveComparison)
    return found


def moves_beside(found: MapComparison, method: str) -> list[float]:
    """Each similarity, and how far the map moved for each unit that the score moved."""
    similarity = found.similarity["spearman"][method]
    pairs = zip(similarity, moved_per_score(similarity, found.logit_change), strict=True)
    return [number for pair in pairs for number in pair]


SHOWN: dict[str, tuple[list[str], Callable[[MapQuery, str], list[float]]]] = {
    "blocks one by one": (
        ["--check", "randomization", "--blocks", "independent"],
        lambda query, m: [
            *(1 - show_maps(query, "randomization", blocks="independent").similarity["spearman"][m])
        ],
    ),
    "more and more blocks": (
        ["--check", "randomization"],
        lambda query, m: [*(1 - show_maps(query, "randomization").similarity["spearman"][m])],
    ),
    "stability": (
        ["--check", "stability"],
        lambda query, m: moves_beside(show_maps(query, "stability"), m),
    ),
    "faithfulness": (
        ["--check", "faithfulness"],
        lambda query, m: [
            *(show_curves(query).own[kind][m].mean() for kind in KINDS),
            show_curves(query).beaten[m],
        ],
    ),
}


@pytest.mark.parametrize("what", SHOWN)
def test_the_command_shows_one_image_by_any_check(
    store: Store,
    seeded_run: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    what: str,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    options, find = SHOWN[what]
    command = [seeded_run.run_id if word == "RUN" else word for word in ONE]
    assert main([*command, *options]) == 0
    said = capsys.readouterr().out
    _, query = ask_about_third(store, seeded_run)
    for method, label in zip(query.methods, ("Grad-CAM", "Gradient x input"), strict=True):
        expected = find(query, method)
        (line,) = (line for line in said.splitlines() if line.strip().startswith(label + "  "))
        words = line.strip().removeprefix(label).split()
        assert [float(word) for word in words] == pytest.approx(expected, abs=0.006)


def test_how_far_maps_move_with_the_score_is_kept(store: Store, seeded_run: RunInfo) -> None:
    found = audit(store, seeded_run, 2, 8, METHODS, checks=("stability",))["stability"]
    (arrays,) = (arrays for _, arrays in read_results(store, seeded_run.run_id, "trust"))
    for method in METHODS:
        kept = arrays[f"stability/per score/{method}"]
        assert found[method].per_score == pytest.approx(np.nanmedian(kept))
        assert np.nanmin(kept) > 0
        assert f"map moves {found[method].per_score:.2g} x the score" in found[method].in_words()
    table = audit(store, seeded_run, 2, 5, METHODS, checks=("variance",))
    assert table["variance"]["gradient"].per_score is None
    assert "x the score" not in table["variance"]["gradient"].in_words()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--epoch", "0"], "--epoch is 0; it must be a whole number from 1"),
        (["--image", "3", "--epoch", "0"], "--epoch is 0; it must be a whole number from 1"),
        (["--methods", ""], "Method '' is unknown"),
        (["--image", "3", "--signal", "hum"], "choose from constant, noise, checkerboard"),
        (["--image", "3", "--mode", "both"], "choose from exact, bias"),
        (["--image", "3", "--strength", "nan"], "must be a number from"),
        (["--image", "3", "--signal", "noise", "--mode", "bias"], "choose the signal constant"),
        (["--image", "99"], "Image 99 is unknown; choose from 0 to 15."),
        (["--image", "-1"], "--image is -1; it must be a whole number from 0"),
        (
            ["--image", "3", "--check", "labels", "--signal", "noise"],
            "--signal belongs to the check variance, not to labels.",
        ),
        (
            ["--image", "3", "--blocks", "independent"],
            "--blocks belongs to the check randomization, not to variance.",
        ),
        (
            ["--image", "3", "--check", "randomization", "--blocks", "odd"],
            "'odd' is unknown; choose from cascading, independent.",
        ),
        (["--image", "3", "--check", "labels"], "--shuffle-labels true"),
        (["--blocks", "independent"], "--blocks is about one image; add --image N."),
        (["--image", "3", "--methods", "gradcan"], "Method 'gradcan' is unknown"),
        (["--signal", "noise"], "--signal is about one image; add --image N."),
        (["--check", "smell"], "'smell' is unknown; choose from variance, randomization"),
    ],
)
def test_a_mistake_in_the_command_is_a_sentence(
    store: Store,
    seeded_run: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    words: str,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    assert main(["check", seeded_run.run_id, "--images", "6", *options]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("saliencnn: ")
    assert words in said
