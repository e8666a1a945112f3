"""Input variance: the function stays, so the maps at the target layer must."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from saliencnn.checks.signals import SQUARE, make_signal
from saliencnn.checks.subject import Subject
from saliencnn.checks.table import MODES, SIGNALS
from saliencnn.checks.variance import MEASURES, Variance, vary_input
from saliencnn.common.errors import UserError
from saliencnn.models.architectures import ARCHITECTURES
from saliencnn.saliency import NotApplicable
from saliencnn.saliency.methods import applicable
from saliencnn.saliency.passes import explaining, input_gradients
from tests.helpers.kinds import KINDS
from tests.saliencnn.checks.networks import (
    CAM_FAMILY,
    assert_as_it_came,
    bright_subject,
    calibrated,
    noise,
    quiet,
    small_subject,
    state_of,
    stemmed,
)


def signal_for(subject: Subject, kind: str = "noise", strength: float = 1.0) -> Tensor:
    channels, height, width = subject.images.shape[1:]
    return make_signal(kind, (channels, height, width), strength, 3, subject.images[-1])


def assert_unchanged(found: Variance) -> None:
    assert found.judged.all()
    assert (found.logit_change < found.tolerance).all()
    for name, before in found.before.items():
        torch.testing.assert_close(
            found.after[name], before, rtol=1e-3, atol=1e-3 * float(before.abs().max())
        )
        known = found.similarity[name]["spearman"]
        assert (known[~np.isnan(known)] > 0.99).all(), name


# The function stays


@pytest.mark.parametrize("arch", KINDS)
def test_every_kind_of_network_keeps_its_logits_and_maps(arch: str) -> None:
    torch.manual_seed(0)
    row = ARCHITECTURES[arch]
    model = calibrated(row.build(num_classes=6))
    images = noise(2, 3, 64, 64, seed=1)
    methods = applicable([*CAM_FAMILY, "ablationcam"], row)
    subject = Subject(model, row, images, torch.tensor([0, 4]), tuple(methods), seed=2)
    signal = signal_for(subject)
    with torch.no_grad():
        uncompensated = (model(images + signal) - model(images)).abs().max()
    found = vary_input(subject, signal, "exact", quiet)
    assert uncompensated > 10 * found.logit_change.max()
    assert_unchanged(found)


@pytest.mark.parametrize("kind", SIGNALS)
@pytest.mark.parametrize("strength", [1e-3, -1.0, 100.0])
def test_every_signal_at_any_strength(kind: str, strength: float) -> None:
    subject = small_subject(*CAM_FAMILY)
    assert_unchanged(vary_input(subject, signal_for(subject, kind, strength), "exact", quiet))


def test_a_signal_of_no_strength_changes_nothing() -> None:
    subject = small_subject(*CAM_FAMILY, "gradient", "gradxinput", "integrated_gradients")
    for mode in MODES:
        found = vary_input(subject, signal_for(subject, "constant", 0.0), mode, quiet)
        assert found.judged.all()
        for name in subject.methods:
            for measure in MEASURES:
                np.testing.assert_allclose(found.similarity[name][measure], 1, atol=1e-4)


@pytest.mark.parametrize(
    "stem",
    [
        [nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)],
        [nn.Conv2d(3, 8, 5, stride=3, padding=4, dilation=2)],
        [nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 8, 3), nn.ReLU()],
        [nn.Conv2d(3, 8, 3, padding=1, padding_mode="reflect")],
        [nn.Conv2d(3, 8, 4, padding=2, padding_mode="circular")],
        [nn.Conv2d(3, 8, 3, padding="same", padding_mode="replicate")],
        [nn.Conv2d(3, 9, 3, padding=1, groups=3), nn.Conv2d(9, 8, 1)],
        [nn.ZeroPad2d(3), nn.Conv2d(3, 8, 3)],
        [nn.ReflectionPad2d(2), nn.Conv2d(3, 8, 3)],
        [nn.BatchNorm2d(3), nn.Conv2d(3, 8, 3)],
        [nn.AvgPool2d(2), nn.Conv2d(3, 8, 3, padding=1)],
        [nn.Identity(), nn.Sequential(nn.Conv2d(3, 8, 7, stride=2))],
    ],
    ids=lambda stem: "-".join(type(layer).__name__ for layer in stem),
)
@pytest.mark.parametrize("kind", ["constant", "noise"])
def test_stems_of_every_kind(stem: list[nn.Module], kind: str) -> None:
    subject = stemmed(*stem)
    for norm in subject.model.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.running_mean.normal_(generator=torch.Generator().manual_seed(0))
            norm.running_var.uniform_(0.5, 2, generator=torch.Generator().manual_seed(0))
    assert_unchanged(vary_input(subject, signal_for(subject, kind), "exact", quiet))


def test_images_of_one_channel() -> None:
    subject = stemmed(nn.Conv2d(1, 8, 3, padding=1), channels=1)
    assert_unchanged(vary_input(subject, signal_for(subject), "exact", quiet))


def test_a_convolution_used_again_further_on_is_left_alone() -> None:
    again = nn.Conv2d(3, 3, 3, padding=1)
    subject = stemmed(again, again, nn.ReLU(), again, nn.Conv2d(3, 8, 1))
    assert_unchanged(vary_input(subject, signal_for(subject), "exact", quiet))


# What bias compensation leaves behind


@pytest.mark.parametrize(
    "stem",
    [
        nn.Conv2d(3, 8, 5, stride=2),
        nn.Conv2d(3, 8, 3, padding=1, padding_mode="reflect", bias=False),
        nn.Conv2d(3, 8, 3, padding=1, padding_mode="circular"),
    ],
)
def test_biases_make_up_for_a_constant_where_no_zeros_are_padded(stem: nn.Conv2d) -> None:
    subject = stemmed(stem)
    assert_unchanged(vary_input(subject, signal_for(subject, "constant"), "bias", quiet))


def test_biases_make_up_for_it_behind_a_change_of_colours() -> None:
    norm = nn.BatchNorm2d(3)
    norm.running_var.copy_(torch.tensor([0.5, 1.0, 2.0]))
    subject = stemmed(norm, nn.Conv2d(3, 8, 3))
    assert_unchanged(vary_input(subject, signal_for(subject, "constant", 10), "bias", quiet))


def test_padded_zeros_break_it_and_then_nothing_is_judged() -> None:
    subject = small_subject(*CAM_FAMILY)
    found = vary_input(subject, signal_for(subject, "constant"), "bias", quiet)
    assert not found.judged.any()
    assert (found.logit_change > found.tolerance).all()
    for name in CAM_FAMILY:
        assert found.after[name].shape == found.before[name].shape
        assert not torch.allclose(found.after[name], found.before[name], rtol=1e-3)
        for measure in MEASURES:
            assert np.isnan(found.similarity[name][measure]).all()


def test_the_change_of_logits_by_hand() -> None:
    subject = stemmed(nn.Conv2d(3, 8, 3, padding=1))
    found = vary_input(subject, signal_for(subject, "constant", 2.0), "bias", quiet)
    first = subject.model.stem[0]
    with torch.no_grad():
        plain = subject.model(subject.images)
        first.bias -= 2 * first.weight.sum((1, 2, 3))
        shifted = subject.model(subject.images + 2)
    expected = (shifted - plain).abs().amax(dim=1)
    np.testing.assert_allclose(found.logit_change, expected, rtol=1e-4)
    np.testing.assert_allclose(found.tolerance, 1e-3 * plain.std(dim=1, correction=0), rtol=1e-4)


# Methods that look at the input


def test_input_dependent_methods_change() -> None:
    methods = ("gradxinput", "integrated_gradients", "scorecam")
    subject = small_subject("gradcam", *methods)
    found = vary_input(subject, signal_for(subject, "checkerboard", 10), "exact", quiet)
    assert found.judged.all()
    for name in methods:
        assert found.similarity[name]["spearman"].max() < 0.99, name
    assert found.similarity["gradcam"]["spearman"].min() > 0.999


def test_bbmp_changes_where_the_signal_does_not_blur_away_alike() -> None:
    """A blurred constant is the same constant, so that a deletion still costs what it did."""
    subject = bright_subject("bbmp", count=3)
    found = vary_input(subject, signal_for(subject, "checkerboard", 10), "exact", quiet)
    assert found.judged.all()
    assert found.similarity["bbmp"]["spearman"].max() < 0.9
    shifted = vary_input(subject, signal_for(subject, "constant", 10), "exact", quiet)
    assert shifted.similarity["bbmp"]["spearman"].min() > 0.999


def test_gradient_times_input_by_hand() -> None:
    subject = small_subject("gradxinput", "gradient")
    signal = signal_for(subject)
    found = vary_input(subject, signal, "exact", quiet)
    with explaining(subject.model):
        gradients = input_gradients(subject.model, subject.images, subject.targets)
    expected = (gradients * (subject.images + signal)).sum(dim=1)
    torch.testing.assert_close(found.after["gradxinput"], expected, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(
        found.after["gradient"], gradients.abs().amax(dim=1), rtol=1e-3, atol=1e-5
    )


def test_noisy_methods_draw_the_same_numbers_before_and_after() -> None:
    subject = small_subject("smoothgrad", "smoothgradcampp", head_kind="deep")
    found = vary_input(subject, signal_for(subject, "constant"), "exact", quiet)
    assert min(found.similarity[name]["spearman"].min() for name in subject.methods) > 0.99


def test_several_batches_are_one() -> None:
    subject = small_subject("gradcam", "gradient", count=20)
    whole = vary_input(subject, signal_for(subject), "exact", quiet)
    last = replace(subject, images=subject.images[18:], targets=subject.targets[18:])
    alone = vary_input(last, signal_for(subject), "exact", quiet)
    for name in subject.methods:
        assert len(whole.before[name]) == len(whole.similarity[name]["top"]) == 20
        torch.testing.assert_close(whole.after[name][18:], alone.after[name])


# Refusals are sentences


class Branches(nn.Module):
    """Uses the image twice."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Conv2d(3, 8, 3), nn.Conv2d(3, 8, 3)

    def forward(self, images: Tensor) -> Tensor:
        return self.one(images) + self.other(images)


def test_an_image_used_twice_is_caught_by_the_logits() -> None:
    subject = stemmed(Branches())
    found = vary_input(subject, signal_for(subject), "exact", quiet)
    assert not found.judged.any()


@pytest.mark.parametrize(
    ("stem", "sentence"),
    [
        (nn.Sequential(nn.ReLU(), nn.Conv2d(3, 8, 3)), "not affine"),
        (nn.Sequential(nn.Hardtanh(-0.5, 0.5), nn.Conv2d(3, 8, 3)), "not affine"),
        (nn.Sequential(nn.InstanceNorm2d(3), nn.Conv2d(3, 8, 3)), "not affine"),
    ],
)
def test_what_lies_before_must_be_affine(stem: nn.Module, sentence: str) -> None:
    subject = stemmed(stem)
    with pytest.raises(NotApplicable, match=rf"^Input variance .*{sentence}.*\.$"):
        vary_input(subject, signal_for(subject), "exact", quiet)


def test_a_network_without_a_convolution_is_refused() -> None:
    subject = small_subject("gradcam")
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * 48 * 48, 5))
    with pytest.raises(NotApplicable, match=r"first layer .* convolution.* Linear\.$"):
        vary_input(replace(subject, model=flat), signal_for(subject), "exact", quiet)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_images_must_be_numbers(value: float) -> None:
    subject = small_subject("gradcam")
    images = subject.images.clone()
    images[1, 2, 3, 4] = value
    with pytest.raises(UserError, match="not finite"):
        replace(subject, images=images)


def test_what_is_no_subject_is_refused() -> None:
    subject = small_subject("gradcam")
    with pytest.raises(UserError, match="at least one"):
        replace(subject, images=subject.images[:0], targets=subject.targets[:0])
    with pytest.raises(UserError, match="one class each"):
        replace(subject, targets=subject.targets[:2])


def test_signals_and_modes_that_do_not_fit_are_refused() -> None:
    subject = small_subject("gradcam")
    with pytest.raises(UserError, match="'half' is unknown; choose from exact, bias"):
        vary_input(subject, signal_for(subject), "half", quiet)
    with pytest.raises(UserError, match="constant in every channel"):
        vary_input(subject, signal_for(subject), "bias", quiet)
    with pytest.raises(UserError, match="images' shape"):
        vary_input(subject, noise(3, 4, 4), "exact", quiet)
    with pytest.raises(UserError, match="finite"):
        vary_input(subject, torch.full((3, 48, 48), torch.inf), "exact", quiet)


def test_images_of_too_few_channels_are_refused() -> None:
    subject = stemmed(nn.Conv2d(3, 8, 3), channels=1)
    with pytest.raises(UserError, match="1 channels; this network takes 3"):
        vary_input(subject, signal_for(subject), "exact", quiet)


# The model leaves as it came


class Interrupted(BaseException):
    """Stands for Ctrl-C: not an Exception."""


def test_the_model_leaves_as_it_came_whatever_happens() -> None:
    subject = small_subject(*CAM_FAMILY)
    subject.model.train()
    subject.model.fc.bias.requires_grad_(False)
    calls: list[int] = []
    ending = 0

    def interrupt(*_: object) -> None:
        calls.append(1)
        if len(calls) == ending:
            raise Interrupted

    subject.model.features[0].register_forward_pre_hook(interrupt)
    before = state_of(subject.model)
    vary_input(subject, signal_for(subject), "exact", quiet)
    assert_as_it_came(subject.model, before)
    passes = len(calls)
    assert passes >= 4, "to find the stem, and to explain before and after"
    for ending in range(1, passes + 1):  # noqa: B007
        calls.clear()
        with pytest.raises(Interrupted):
            vary_input(subject, signal_for(subject), "exact", quiet)
        assert_as_it_came(subject.model, before)


def test_hooks_of_the_owner_see_what_they_always_see() -> None:
    subject = small_subject("gradcam")
    seen: list[Tensor] = []
    first = subject.model.features[0]
    first.register_forward_hook(lambda _module, _inputs, output: seen.append(output.detach()))
    vary_input(subject, signal_for(subject), "exact", quiet)
    torch.testing.assert_close(seen[-1], seen[-2], rtol=1e-4, atol=1e-4)
    first.register_forward_hook(lambda _module, _inputs, output: 2 * output)
    assert vary_input(subject, signal_for(subject), "exact", quiet).judged.all()


def test_in_inference_mode() -> None:
    subject = small_subject("gradcam", "gradient")
    expected = vary_input(subject, signal_for(subject), "exact", quiet)
    with torch.inference_mode():
        inside = replace(subject, images=subject.images.clone())
        found = vary_input(inside, signal_for(subject), "exact", quiet)
    for name in subject.methods:
        assert torch.equal(found.after[name], expected.after[name])


# Signals


def test_signals_by_hand() -> None:
    shape = (3, 40, 50)
    assert (make_signal("constant", shape, -2.5, 0) == -2.5).all()
    board = make_signal("checkerboard", shape, 3, 0)
    assert board.shape == shape
    assert set(board.unique().tolist()) == {-3, 3}
    for row, column in [(0, 0), (15, 15), (16, 16), (39, 49)]:
        light = (row // SQUARE + column // SQUARE) % 2 == 0
        assert (board[:, row, column] == (3 if light else -3)).all()
    grain = make_signal("noise", (3, 100, 100), 5, 1)
    assert float(grain.std()) == pytest.approx(5, rel=0.02)
    assert torch.equal(grain, make_signal("noise", (3, 100, 100), 5, 1))
    assert not torch.equal(grain, make_signal("noise", (3, 100, 100), 5, 2))
    image = noise(*shape) * 7
    shown = make_signal("image", shape, 4, 0, image)
    assert float(shown.square().mean().sqrt()) == pytest.approx(4, rel=1e-5)
    torch.testing.assert_close(shown / shown[0, 0, 0], image / image[0, 0, 0])


@pytest.mark.parametrize(
    ("kind", "strength", "image", "sentence"),
    [
        ("stripes", 1.0, None, "'stripes' is unknown; choose from constant, noise"),
        ("constant", float("nan"), None, "finite number, not nan"),
        ("constant", float("inf"), None, "finite number, not inf"),
        ("image", 1.0, None, "needs an image of the shape"),
        ("image", 1.0, torch.ones(3, 4, 5), "needs an image of the shape"),
        ("image", 1.0, torch.zeros(3, 8, 8), "not zero everywhere"),
        ("image", 1.0, torch.full((3, 8, 8), torch.nan), "not zero everywhere"),
    ],
)
def test_impossible_signals_are_refused(
    kind: str, strength: float, image: Tensor | None, sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        make_signal(kind, (3, 8, 8), strength, 0, image)
