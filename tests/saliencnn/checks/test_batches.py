"""Many images by all checks: their numbers, and methods that explain nothing."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from saliencnn.checks import class_sensitivity, stability
from saliencnn.checks import subject as subjects
from saliencnn.checks.batches import run_checks
from saliencnn.checks.evidence import Resources
from saliencnn.checks.faithfulness import ROAD_EVERY
from saliencnn.checks.faithfulness_curves import trace
from saliencnn.checks.grading import grade
from saliencnn.checks.label_randomization import compare_networks
from saliencnn.checks.parameter_randomization import randomize
from saliencnn.checks.quantities import LOGIT_CHANGE, NUMBER, TOLERANCE_USED
from saliencnn.checks.signals import make_signal
from saliencnn.checks.stability import disturb
from saliencnn.checks.subject import BATCH, Subject, explain_subject, maps_of
from saliencnn.checks.table import CHECKS
from saliencnn.checks.variance import vary_input
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import Method
from saliencnn.saliency.task import Task
from tests.saliencnn.checks import first_pixels
from tests.saliencnn.checks.networks import (
    assert_as_it_came,
    bright_subject,
    quiet,
    small_subject,
    smallgap,
    state_of,
)


def test_checks_that_are_unknown_are_refused() -> None:
    with pytest.raises(UserError, match="'smell' is unknown; choose from variance, randomization"):
        run_checks(small_subject("cam"), ["variance", "smell"], quiet)


# The numbers that are graded


def test_numbers_are_those_of_the_checks() -> None:
    """Alone each check explains the images itself; together they share one explanation."""
    subject, other = small_subject("cam", "gradient", "smoothgrad"), smallgap(seed=4)
    found = run_checks(subject, tuple(CHECKS), quiet, other)
    signal = make_signal("constant", (3, 48, 48), 1.0, 0)
    variance = vary_input(subject, signal, "exact", quiet)
    varied = variance.similarity
    randomized = randomize(subject, True, quiet, blocks=1).similarity
    labelled = compare_networks(subject, other, quiet).similarity
    stable = disturb(subject, quiet)
    traced = trace(subject, quiet, ("deletion", "insertion"))
    some = slice(None, None, ROAD_EVERY)
    few = replace(subject, images=subject.images[some], targets=subject.targets[some])
    roads = trace(few, quiet, ("road",))
    assert roads.beaten == {}
    for name in subject.methods:
        np.testing.assert_array_equal(found["variance"][NUMBER][name], varied[name]["spearman"])
        for measure in ("ssim", "top"):
            np.testing.assert_array_equal(found["variance"][measure][name], varied[name][measure])
        np.testing.assert_array_equal(found["variance"][LOGIT_CHANGE][name], variance.logit_change)
        np.testing.assert_array_equal(found["variance"][TOLERANCE_USED][name], variance.tolerance)
        np.testing.assert_array_equal(
            found["randomization"][NUMBER][name], 1 - randomized[name][-1]
        )
        np.testing.assert_array_equal(found["labels"][NUMBER][name], 1 - labelled[name])
        np.testing.assert_array_equal(found["faithfulness"][NUMBER][name], traced.beaten[name])
        for kind in ("deletion", "insertion"):
            own = traced.curves[name][kind].curves
            np.testing.assert_array_equal(found["faithfulness"][kind][name], own)
            draws = [draw[kind].curves for draw in traced.random_baseline[name]]
            random_baseline = found["faithfulness"][f"{kind} random baseline"][name]
            np.testing.assert_allclose(random_baseline, sum(draws) / len(draws))
        filled = found["faithfulness"]["road"][name]
        np.testing.assert_allclose(filled[some], roads.curves[name]["road"].curves)
        assert np.isnan(np.delete(filled, some, axis=0)).all()
        for kind in ("noise", "shift"):
            number = stable.similarity[kind][name]
            np.testing.assert_array_equal(found["stability"][kind][name], number)
        for image, number in enumerate(found["stability"][NUMBER][name]):
            kept = [
                stable.similarity[kind][name][image]
                for kind in ("noise", "shift")
                if stable.logit_change[kind][image] <= 0.5
            ]
            assert number == pytest.approx(min(kept, default=np.nan), nan_ok=True)


def test_the_images_as_they_are_are_explained_once_a_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subject = small_subject("shown", count=5)
    seen: list[torch.Tensor] = []

    def show(task: Task) -> torch.Tensor:
        seen.append(task.images)
        return task.images[:, 0]

    monkeypatch.setitem(METHODS, "shown", Method("Shown", show, "input", "none", "A test's."))
    run_checks(subject, tuple(CHECKS), quiet, smallgap(seed=4), batch_size=3)
    # As they are; varied; under a random network; under the other; another class; noisy; shifted.
    assert len(seen) == 2 * 7
    as_they_are = [images for images in seen if torch.equal(images, subject.images[:3])]
    assert len(as_they_are) == 4, "by the network itself, twice, the random one and the other one"


def test_a_flat_map_has_no_curves_and_nothing_to_compare_them_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def first_is_flat(task: Task) -> torch.Tensor:
        return task.images[:, 0] * (torch.arange(len(task.images)) > 0)[:, None, None]

    method = Method("Flat", first_is_flat, "input", "none", "A test's.")
    monkeypatch.setitem(METHODS, "flat", method)
    found = run_checks(small_subject("flat"), ["faithfulness"], quiet)["faithfulness"]
    for quantity, by_method in found.items():
        known = np.isfinite(by_method["flat"]).reshape(3, -1).all(axis=1)
        # ROAD takes every eighth image: here the flat one alone.
        expected = [False] * 3 if quantity.startswith("road") else [False, True, True]
        np.testing.assert_array_equal(known, expected, quantity)


def test_logits_that_move_far_excuse_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image of one bright column: noise hardly moves the score, but a shift does."""
    subject = small_subject("cam")
    images = torch.zeros_like(subject.images)
    images[..., 0] = 9
    moving = replace(subject, images=images, targets=torch.zeros(3, dtype=torch.long))
    found = disturb(moving, quiet)
    noise, shift = (found.similarity[kind]["cam"] for kind in ("noise", "shift"))
    assert (shift < noise).all(), "else nothing is excused"

    def number(steady: float) -> np.ndarray:
        monkeypatch.setattr(stability, "MAX_LOGIT_CHANGE", steady)
        return run_checks(moving, ["stability"], quiet)["stability"][NUMBER]["cam"]

    changes = {kind: float(change.max()) for kind, change in found.logit_change.items()}
    assert changes["noise"] < changes["shift"]
    np.testing.assert_allclose(number(changes["shift"]), shift)
    np.testing.assert_allclose(number(changes["noise"]), noise)
    assert np.isnan(number(changes["noise"] / 2)).all()


def test_without_the_other_network_labels_are_not_judged() -> None:
    found = run_checks(small_subject("cam", count=6), ["labels"], quiet)["labels"][NUMBER]["cam"]
    assert found.shape == (6,)
    assert grade("labels", found).outcome == "not judged"


def test_many_images_are_checked_a_batch_at_a_time() -> None:
    subject = small_subject("cam", "gradient", count=BATCH + 4)
    seen: list[int] = []
    subject.model.register_forward_pre_hook(lambda _module, inputs: seen.append(len(inputs[0])))
    checks = ["variance", "randomization", "stability"]
    found = run_checks(subject, checks, quiet)
    assert max(seen) == BATCH
    for quantities in found.values():
        for by_method in quantities.values():
            assert {values.shape for values in by_method.values()} == {(BATCH + 4,)}


def test_a_caller_in_inference_mode_gets_the_same() -> None:
    subject, other = small_subject("gradcam", "gradient", count=3), smallgap(seed=4)
    expected = run_checks(subject, tuple(CHECKS), quiet, other)
    with torch.inference_mode():
        found = run_checks(subject, tuple(CHECKS), quiet, other)
    for check, quantities in expected.items():
        for name, values in quantities[NUMBER].items():
            np.testing.assert_allclose(found[check][NUMBER][name], values, atol=1e-6)


def test_a_check_is_a_module_and_a_row_whatever_the_shape_of_its_quantities(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(CHECKS, "pixels", first_pixels.ROW)
    subject = small_subject("cam", count=7)
    found = run_checks(subject, ["pixels"], quiet, batch_size=3)["pixels"]
    np.testing.assert_array_equal(found["rows"]["cam"], subject.images[:, 0, 0, :4])
    np.testing.assert_array_equal(found[NUMBER]["cam"], subject.images[:, 0, 0, 0])


def test_faithfulness_scores_a_bounded_number_of_images() -> None:
    subject = bright_subject("cam", count=40)
    seen: list[int] = []
    subject.model.register_forward_pre_hook(lambda _module, inputs: seen.append(len(inputs[0])))
    run_checks(subject, ["faithfulness"], quiet)
    assert max(seen) <= 4 * subjects.BATCH


# Methods that explain nothing fail the checks made for them


def test_an_edge_detector_fails_where_the_network_is_replaced(broken: tuple[str, ...]) -> None:
    subject = small_subject("edges", "gradient", count=8)
    found = run_checks(subject, ["randomization", "labels"], quiet, smallgap(seed=4))
    for check in ("randomization", "labels"):
        assert grade(check, found[check][NUMBER]["edges"]).outcome == "fail"
        assert grade(check, found[check][NUMBER]["gradient"]).outcome in ("pass", "borderline")


def test_noise_fails_where_maps_must_stay_or_point_at_something(broken: tuple[str, ...]) -> None:
    subject = bright_subject("lots", "cam", count=40)
    found = run_checks(subject, ["faithfulness", "stability"], quiet)
    for check in ("faithfulness", "stability"):
        assert grade(check, found[check][NUMBER]["lots"]).outcome == "fail"
    assert grade("faithfulness", found["faithfulness"][NUMBER]["cam"]).outcome == "pass"


def test_gradient_times_input_fails_input_variance_and_cam_holds() -> None:
    subject = small_subject("cam", "gradxinput", count=8)
    found = run_checks(subject, ["variance"], quiet)["variance"][NUMBER]
    assert grade("variance", found["cam"]).outcome == "pass"
    assert grade("variance", found["gradxinput"]).outcome == "fail"


# Every check says how far it is, and can be stopped

RUNS: dict[str, Callable[[Subject, Progress], object]] = {
    "variance": lambda s, r: vary_input(s, make_signal("constant", (3, 48, 48), 1, 0), "exact", r),
    "randomization": lambda s, r: randomize(s, False, r),
    "labels": lambda s, r: compare_networks(s, smallgap(1), r),
    "classes": lambda s, r: class_sensitivity.show(
        s.batch(0, 1), {}, Resources(lambda _: s.images[0]), r
    ),
    "classes of known maps": lambda s, r: class_sensitivity.measure(
        s, explain_subject(s, quiet), None, r
    ),
    "stability": disturb,
    "faithfulness": trace,
    "all": lambda s, r: run_checks(s, tuple(CHECKS), r),
    "variance of known maps": lambda s, r: vary_input(
        s, make_signal("constant", (3, 48, 48), 1, 0), "exact", r, explain_subject(s, quiet)
    ),
    "randomization of known maps": lambda s, r: randomize(s, False, r, own=maps_of(s, quiet)),
    "stability of known maps": lambda s, r: disturb(s, r, explain_subject(s, quiet)),
    "faithfulness of known maps": lambda s, r: trace(s, r, own=maps_of(s, quiet)),
}


class Interrupted(BaseException):
    """Stands for Ctrl-C: not an Exception."""


@pytest.mark.parametrize("name", RUNS)
def test_progress_rises_to_one_and_whatever_it_raises_cancels(name: str) -> None:
    subject = small_subject("cam", "smoothgrad", count=2)
    subject.model.train()
    told: list[tuple[float, str]] = []
    before = state_of(subject.model)
    RUNS[name](subject, lambda share, words: told.append((share, words)))
    assert_as_it_came(subject.model, before)
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[0] >= 0
    assert shares[-1] == pytest.approx(1)
    assert all(words for _, words in told)
    for stop_at in range(1, len(told), max(1, len(told) // 4)):
        left = iter(range(stop_at))

        def stop(_share: float, _words: str, left: object = left) -> None:
            if next(left, None) is None:  # type: ignore[call-overload]
                raise Interrupted

        with pytest.raises(Interrupted):
            RUNS[name](subject, stop)
        assert_as_it_came(subject.model, before)
