"""Sanity checks of a run in the store: chosen, computed, kept, read."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.cli.main import main
from pipelines.training.request import Request
from pipelines.training.run import train
from pipelines.trust.answers import MapQuery
from pipelines.trust.audit import audit, choose_evenly
from pipelines.trust.results import (
    AuditResult,
    Table,
    find_logit_change,
    newest_audit,
    read_audit,
    read_curves,
)
from pipelines.trust.single_image import (
    show_faithfulness,
    show_randomization,
    show_stability,
    show_variance,
)
from pipelines.trust.subjects import find_control_run
from saliencnn.checks.faithfulness import KINDS, STEPS
from saliencnn.checks.verdicts import CHECKS
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.decode import decode_image
from saliencnn.data.image_index import ImageIndex
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
    """The run is shared by many tests; what it was asked before is forgotten."""
    delete_folder(store, location_of(store, seeded_run.run_id), "checks")


def as_lists(table: Table) -> dict[str, dict[str, list[object]]]:
    """Plain values; as text, NaN equals NaN."""
    return {
        check: {
            m: [a.numbers.tolist(), a.images.tolist(), a.verdict, a.moved] for m, a in found.items()
        }
        for check, found in table.items()
    }


def test_an_audit_is_kept_and_read(store: Store, seeded_run: RunInfo) -> None:
    run_id = seeded_run.run_id
    assert read_audit(store, run_id, 2) == {}
    assert read_curves(store, run_id, 2) == {}
    assert newest_audit(store, run_id) is None
    shares: list[float] = []
    found = audit(store, seeded_run, 2, 8, METHODS, lambda share, _words: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert tuple(found) == tuple(CHECKS)
    assert repr(as_lists(read_audit(store, run_id, 2))) == repr(as_lists(found))
    assert read_audit(store, run_id, 1) == {}
    assert newest_audit(store, run_id) == 2
    assert found["variance"]["gradcam"].verdict.verdict == "holds"
    assert found["variance"]["gradient"].verdict.images == 8
    assert found["labels"]["gradcam"].verdict.verdict == "not judged"
    assert found["stability"]["gradcam"].moved is None
    moved = find_logit_change(found["variance"])
    assert moved == found["variance"]["gradcam"].moved, "it is the network's, whatever the method"
    assert moved is not None
    assert 0 < moved.logit <= moved.tolerance
    # Fewer images do not replace more; other methods join in.
    audit(store, seeded_run, 2, 5, ("gradient", "cam"))
    joined = read_audit(store, run_id, 2)
    np.testing.assert_array_equal(
        joined["variance"]["gradient"].numbers, found["variance"]["gradient"].numbers
    )
    assert len(joined["variance"]["gradient"].images) == 8
    assert len(joined["variance"]["cam"].images) == joined["variance"]["cam"].verdict.images == 5
    assert set(read_curves(store, run_id, 2)) == {"gradcam", "gradient", "cam"}


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
    audit(store, seeded_run, 2, 5, METHODS)
    audit(store, seeded_run, 2, 7, METHODS)
    curves = read_curves(store, seeded_run.run_id, 2)
    (arrays,) = (
        arrays
        for asked, arrays in read_results(store, seeded_run.run_id, "trust")
        if asked["images"] == 7
    )
    for method in METHODS:
        for kind in ("deletion", "insertion"):
            found = curves[method][kind]
            own, random_baseline = found.own, found.random_baseline
            assert found.shares.tolist() == pytest.approx(np.linspace(0, 1, STEPS + 1))
            for mean, name in ((own, kind), (random_baseline, f"{kind} by lot")):
                kept = arrays[f"faithfulness/{name}/{method}"]
                assert kept.dtype == np.float32
                assert kept.shape == (7, STEPS + 1)
                np.testing.assert_allclose(mean, np.nanmean(kept, axis=0), rtol=1e-5)
                assert found.images == np.isfinite(kept).all(axis=1).sum()
            # All or nothing taken is the same image in whatever order.
            np.testing.assert_allclose(own[[0, -1]], random_baseline[[0, -1]], rtol=1e-4)
        filled = curves[method]["road"]
        assert filled.images <= 2, "the first and the fifth of seven"
        assert filled.shares[-1] == pytest.approx(0.9)
        np.testing.assert_allclose(filled.own[0], filled.random_baseline[0], rtol=1e-4)


def test_flat_maps_are_left_out_of_the_mean_curves(store: Store, seeded_run: RunInfo) -> None:
    curves = np.array([[0.2, 0.4], [np.nan, np.nan], [0.4, 0.8]], np.float32)
    arrays = {"images": np.arange(3), "faithfulness/number/gradient": np.array([1, np.nan, 0.5])}
    for kind in ("deletion", "insertion"):
        arrays[f"faithfulness/{kind}/gradient"] = curves
        arrays[f"faithfulness/{kind} by lot/gradient"] = curves / 2
    asked = {"check": "trust", "epoch": 1, "images": 3}
    write_result(store, seeded_run.run_id, asked, arrays)
    curves_found = read_curves(store, seeded_run.run_id, 1)["gradient"]
    assert list(curves_found) == ["deletion", "insertion"], "ROAD was not traced"
    np.testing.assert_allclose(curves_found["insertion"].own, [0.3, 0.6], rtol=1e-6)
    np.testing.assert_allclose(curves_found["insertion"].random_baseline, [0.15, 0.3], rtol=1e-6)
    found = read_audit(store, seeded_run.run_id, 1)
    assert found["faithfulness"]["gradient"].verdict.images == 2
    assert found["variance"] == {}
    assert find_logit_change(found["variance"]) is None


def test_what_a_killed_writer_left_reads_as_none(store: Store, seeded_run: RunInfo) -> None:
    audit(store, seeded_run, 2, 5, METHODS)
    location = location_of(store, seeded_run.run_id)
    (name,) = list_files(store, location, "checks/trust")
    whole = read_bytes(store, location, f"checks/trust/{name}")
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        write_files(store, location, {name: whole[:length]}, "checks/trust")
        assert read_audit(store, seeded_run.run_id, 2) == {}
        assert read_curves(store, seeded_run.run_id, 2) == {}
        assert newest_audit(store, seeded_run.run_id) is None


def test_a_run_with_dealt_labels_is_found_and_compared(store: Store) -> None:
    data = "planted:train=48,validation=16,counter=0,size=48,seed=7"
    ids = []
    for dealt in (False, True):
        hp = Hyperparameters(epochs=1, batch_size=16, shuffle_labels=dealt)
        ids.append(train(store, Request(data, image_size=48, hyperparameters=hp)))
    run = read_run(store, ids[0])
    other = find_control_run(store, run, list_runs(store))
    assert other is not None
    assert other.run_id == ids[1]
    assert find_control_run(store, other, list_runs(store)) is None, "it would be like itself"
    found: AuditResult = audit(store, run, 1, 6, METHODS)["labels"]["gradient"]
    assert found.verdict.images == 6
    ((asked, _),) = read_results(store, run.run_id, "trust")
    assert (asked["other"], asked["other_epoch"]) == (other.run_id, 1)


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
    assert "CAM                      holds  1.00  [1.00, 1.00]  6 images" in said
    told = re.search(r"largest change of any logit (\S+) \(tolerance (\S+)\): the network", said)
    assert told is not None
    assert 0 < float(told[1]) <= float(told[2])
    assert main([*command[:-1], "nonsense"]) == 2
    assert "Method 'nonsense' is unknown" in capsys.readouterr().err
    assert main([*command, "--check", "labels"]) == 0
    said = capsys.readouterr().out
    assert [row.label for row in CHECKS.values() if f"{row.label}: " in said] == [
        "Label randomisation"
    ]
    assert "holds: at most 0.3; fails: above 0.6" in said
    (asked, arrays), *_ = (
        kept for kept in read_results(store, seeded_run.run_id, "trust") if "checks" in kept[0]
    )
    assert asked["checks"] == ["labels"]
    assert {name.partition("/")[0] for name in arrays} == {"images", "labels"}
    joined = read_audit(store, seeded_run.run_id, 2)
    assert joined["variance"]["cam"].verdict.images == 6, "the full audit still counts"


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
    index, asked = ask_about_third(store, seeded_run)
    shown = show_variance(asked, "checkerboard", 2.0, "exact", None, lambda _share, _words: None)
    assert f"image 3 ({index.names[3]}), class {index.classes[index.labels[3]]}" in said
    assert f"{shown.logit_change[0]:.2g} (tolerance {shown.tolerance:.2g}): the network" in said
    for method, label in zip(asked.methods, ("Grad-CAM", "Gradient x input"), strict=True):
        (line,) = (line for line in said.splitlines() if line.strip().startswith(label + "  "))
        numbers = [float(word) for word in line.split()[-3:]]
        expected = [shown.similarity[k][method][0] for k in ("ssim", "spearman", "top")]
        assert numbers == pytest.approx(expected, abs=0.006)
    assert main([*command, "--mode", "bias", "--strength", "3"]) == 0
    assert "an image beyond it is not judged" in capsys.readouterr().out


def silent(_share: float, _words: str) -> None:
    pass


SHOWN: dict[str, tuple[list[str], Callable[[MapQuery, str], list[float]]]] = {
    "blocks one by one": (
        ["--check", "randomisation", "--blocks", "independent"],
        lambda asked, m: [*show_randomization(asked, False, silent).similarity["spearman"][m]],
    ),
    "more and more blocks": (
        ["--check", "randomisation"],
        lambda asked, m: [*show_randomization(asked, True, silent).similarity["spearman"][m]],
    ),
    "stability": (
        ["--check", "stability"],
        lambda asked, m: [
            number
            for similarity, moved in zip(
                show_stability(asked, silent).similarity["spearman"][m],
                show_stability(asked, silent).logit_change,
                strict=True,
            )
            for number in (similarity, (1 - similarity) / moved)
        ],
    ),
    "faithfulness": (
        ["--check", "faithfulness"],
        lambda asked, m: [
            *(show_faithfulness(asked, silent).own[kind][m].mean() for kind in KINDS),
            show_faithfulness(asked, silent).beaten[m],
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
    _, asked = ask_about_third(store, seeded_run)
    for method, label in zip(asked.methods, ("Grad-CAM", "Gradient x input"), strict=True):
        expected = find(asked, method)
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
        (["--image", "3", "--signal", "hum"], "choose from constant, noise, checkerboard"),
        (["--image", "3", "--mode", "both"], "choose from exact, bias"),
        (["--image", "3", "--strength", "nan"], "must be a finite number"),
        (["--image", "3", "--signal", "noise", "--mode", "bias"], "choose the signal constant"),
        (["--image", "99"], "Image 99 is unknown; choose from 0 to 15."),
        (["--image", "-1"], "Image -1 is unknown; choose from 0 to 15."),
        (
            ["--image", "3", "--check", "labels", "--signal", "noise"],
            "--signal belongs to the check variance, not to labels.",
        ),
        (
            ["--image", "3", "--blocks", "independent"],
            "--blocks belongs to the check randomisation, not to variance.",
        ),
        (
            ["--image", "3", "--check", "randomisation", "--blocks", "odd"],
            "Blocks 'odd' are unknown; choose from cascading, independent.",
        ),
        (["--image", "3", "--check", "labels"], "--shuffle-labels true"),
        (["--blocks", "independent"], "--blocks is about one image; add --image N."),
        (["--image", "3", "--methods", "gradcan"], "Method 'gradcan' is unknown"),
        (["--signal", "noise"], "--signal is about one image; add --image N."),
        (["--check", "smell"], "'smell' is unknown; choose from variance, randomisation"),
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
