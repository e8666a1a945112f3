"""Verdicts: their rules, and methods that explain nothing."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from saliencnn.checks import statistics
from saliencnn.checks import subject as subjects
from saliencnn.checks.faithfulness import trace
from saliencnn.checks.label_randomization import compare_networks
from saliencnn.checks.parameter_randomization import randomize
from saliencnn.checks.stability import disturb
from saliencnn.checks.statistics import LOGIT_CHANGE, ROAD_EVERY, TOLERANCE
from saliencnn.checks.subject import BATCH, Explanation, Subject, explain_subject, maps_of
from saliencnn.checks.variance import make_signal, vary_input
from saliencnn.checks.verdicts import (
    CHECKS,
    LEAST,
    NUMBER,
    Quantities,
    bootstrap,
    judge,
    run_checks,
)
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import Method
from saliencnn.saliency.task import Task
from tests.saliencnn.checks.networks import (
    assert_as_it_came,
    bright_subject,
    quiet,
    small_subject,
    smallgap,
    state_of,
)


@pytest.mark.parametrize("name", CHECKS)
def test_every_row_says_what_it_asks_and_why(name: str) -> None:
    row = CHECKS[name]
    assert all((row.label, row.question, row.reason, row.statistic, row.source))
    assert (row.holds > row.fails) == row.high_is_good
    assert judge(name, np.full(LEAST, row.holds)).verdict == "holds"
    assert judge(name, np.full(LEAST, (row.holds + row.fails) / 2)).verdict == "moves"
    assert judge(name, np.full(LEAST, 2 * row.fails - row.holds)).verdict == "fails"


def test_the_mean_and_its_interval() -> None:
    values = np.random.default_rng(3).normal(0.5, 0.2, 60)
    found = judge("stability", np.concatenate([values, [np.nan, np.inf]]))
    assert found.images == 60
    assert found.value == pytest.approx(values.mean())
    expected = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=20000)
    interval = expected.confidence_interval
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=0.005)
    assert bootstrap(values) == (found.low, found.high), "always the same"


def test_the_burden_of_proof_is_the_methods() -> None:
    uncertain = np.array([1.0] * 7 + [0.2])
    assert uncertain.mean() > CHECKS["faithfulness"].holds
    assert judge("faithfulness", uncertain).verdict == "moves"
    assert judge("faithfulness", np.tile(uncertain, 20)).verdict == "holds"
    assert judge("faithfulness", np.array([1.0, 0.5, 0.3, 0.4, 0.6])).verdict == "fails"
    assert judge("randomisation", np.array([0.0, 0.0, 0.0, 0.1, 0.9])).verdict == "moves"


def test_too_few_images_are_not_judged() -> None:
    found = judge("variance", np.array([1.0] * (LEAST - 1) + [np.nan] * 9))
    assert (found.verdict, found.value, found.images) == ("not judged", 1.0, LEAST - 1)
    assert np.isnan([found.low, found.high]).all()
    nothing = judge("variance", np.full(20, np.nan))
    assert (nothing.verdict, nothing.images) == ("not judged", 0)
    assert np.isnan(nothing.value)


def test_checks_that_are_unknown_are_refused() -> None:
    sentence = "'smell' is unknown; choose from variance, randomisation"
    with pytest.raises(UserError, match=sentence):
        judge("smell", np.ones(9))
    with pytest.raises(UserError, match=sentence):
        run_checks(small_subject("cam"), ["variance", "smell"], quiet)


# The numbers that are judged


def test_numbers_are_those_of_the_checks() -> None:
    """Alone each check explains the images itself; together they share one explanation."""
    subject, other = small_subject("cam", "gradient", "smoothgrad"), smallgap(seed=4)
    found = run_checks(subject, tuple(CHECKS), quiet, other)
    signal = make_signal("constant", (3, 48, 48), 1.0, 0)
    variance = vary_input(subject, signal, "exact", quiet)
    varied = variance.similarity
    randomised = randomize(subject, True, quiet, blocks=1).similarity
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
        np.testing.assert_array_equal(found["variance"][TOLERANCE][name], variance.tolerance)
        np.testing.assert_array_equal(found["randomisation"][NUMBER][name], randomised[name][-1])
        np.testing.assert_array_equal(found["labels"][NUMBER][name], labelled[name])
        np.testing.assert_array_equal(found["faithfulness"][NUMBER][name], traced.beaten[name])
        for kind in ("deletion", "insertion"):
            own = traced.curves[name][kind].curves
            np.testing.assert_array_equal(found["faithfulness"][kind][name], own)
            lots = [draw[kind].curves for draw in traced.random[name]]
            random_baseline = found["faithfulness"][f"{kind} by lot"][name]
            np.testing.assert_allclose(random_baseline, sum(lots) / len(lots))
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
    # As they are; varied; under a random network; under the other; noisy; shifted.
    assert len(seen) == 2 * 6
    as_they_are = [images for images in seen if torch.equal(images, subject.images[:3])]
    assert len(as_they_are) == 3, "by the network itself, the random one and the other one"


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
        monkeypatch.setattr(statistics, "STEADY", steady)
        return run_checks(moving, ["stability"], quiet)["stability"][NUMBER]["cam"]

    changes = {kind: float(change.max()) for kind, change in found.logit_change.items()}
    assert changes["noise"] < changes["shift"]
    np.testing.assert_allclose(number(changes["shift"]), shift)
    np.testing.assert_allclose(number(changes["noise"]), noise)
    assert np.isnan(number(changes["noise"] / 2)).all()


def test_without_the_other_network_labels_are_not_judged() -> None:
    found = run_checks(small_subject("cam", count=6), ["labels"], quiet)["labels"][NUMBER]["cam"]
    assert found.shape == (6,)
    assert judge("labels", found).verdict == "not judged"


def test_many_images_are_checked_a_batch_at_a_time() -> None:
    subject = small_subject("cam", "gradient", count=BATCH + 4)
    seen: list[int] = []
    subject.model.register_forward_pre_hook(lambda _module, inputs: seen.append(len(inputs[0])))
    checks = ["variance", "randomisation", "stability"]
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


def test_quantities_of_any_shape_keep_the_order_of_the_images(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def compute(
        subject: Subject, _own: Explanation, _other: object, _report: Progress
    ) -> Quantities:
        first = subject.images[:, 0, 0, :4].numpy()
        return {NUMBER: {"cam": first[:, 0]}, "rows": {"cam": first}}

    monkeypatch.setitem(CHECKS, "variance", replace(CHECKS["variance"], compute=compute))
    subject = small_subject("cam", count=7)
    found = run_checks(subject, ["variance"], quiet, batch_size=3)["variance"]
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
    found = run_checks(subject, ["randomisation", "labels"], quiet, smallgap(seed=4))
    for check in ("randomisation", "labels"):
        assert judge(check, found[check][NUMBER]["edges"]).verdict == "fails"
        assert judge(check, found[check][NUMBER]["gradient"]).verdict in ("holds", "moves")


def test_noise_fails_where_maps_must_stay_or_point_at_something(broken: tuple[str, ...]) -> None:
    subject = bright_subject("lots", "cam", count=40)
    found = run_checks(subject, ["faithfulness", "stability"], quiet)
    for check in ("faithfulness", "stability"):
        assert judge(check, found[check][NUMBER]["lots"]).verdict == "fails"
    assert judge("faithfulness", found["faithfulness"][NUMBER]["cam"]).verdict == "holds"


def test_gradient_times_input_fails_input_variance_and_cam_holds() -> None:
    subject = small_subject("cam", "gradxinput", count=8)
    found = run_checks(subject, ["variance"], quiet)["variance"][NUMBER]
    assert judge("variance", found["cam"]).verdict == "holds"
    assert judge("variance", found["gradxinput"]).verdict == "fails"


# Every check says how far it is, and can be stopped

RUNS: dict[str, Callable[[Subject, Progress], object]] = {
    "variance": lambda s, r: vary_input(s, make_signal("constant", (3, 48, 48), 1, 0), "exact", r),
    "randomisation": lambda s, r: randomize(s, False, r),
    "labels": lambda s, r: compare_networks(s, smallgap(1), r),
    "stability": disturb,
    "faithfulness": trace,
    "all": lambda s, r: run_checks(s, tuple(CHECKS), r),
    "variance of known maps": lambda s, r: vary_input(
        s, make_signal("constant", (3, 48, 48), 1, 0), "exact", r, explain_subject(s, quiet)
    ),
    "randomisation of known maps": lambda s, r: randomize(s, False, r, own=maps_of(s, quiet)),
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
    for stop_at in range(1, len(told), max(1, len(told) // 8)):
        left = iter(range(stop_at))

        def stop(_share: float, _words: str, left: object = left) -> None:
            if next(left, None) is None:  # type: ignore[call-overload]
                raise Interrupted

        with pytest.raises(Interrupted):
            RUNS[name](subject, stop)
        assert_as_it_came(subject.model, before)
