"""What every row of the methods' table promises, whatever it computes."""

import gc
import resource
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.models.architectures import ARCHITECTURES
from saliencnn.models.smallgap import SmallGap
from saliencnn.models.spec import DEEP, ModelSpec
from saliencnn.saliency import (
    METHODS,
    NotApplicable,
    bbmp_descent,
    classify_and_explain,
    explain,
    explain_validation,
    input_space,
)
from saliencnn.saliency.bbmp_objective import grid_of
from tests.saliencnn.saliency.networks import noise

ARCHITECTURE = ARCHITECTURES["smallgap"]
CLASSES = torch.tensor([0, 4, 1])
NATIVE = [name for name, row in METHODS.items() if row.family in ("layer", "channels")]
LAYERWISE = [name for name in NATIVE if not METHODS[name].needs_average]
NOISY = {"smoothgradcampp", "smoothgrad", "bbmp", "scorecam_fast"}

every_method = pytest.mark.parametrize("method", METHODS)
every_layerwise_method = pytest.mark.parametrize("method", LAYERWISE)


def with_statistics(model: nn.Module, seed: int = 0) -> nn.Module:
    """Give normalisation layers statistics that matter, so that a pass in training would show."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.copy_(torch.randn(module.num_features, generator=generator) / 5)
            module.running_var.copy_(torch.rand(module.num_features, generator=generator) + 0.5)
    return model


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is promised here holds after any number of steps; all are taken in other files."""
    monkeypatch.setattr(bbmp_descent, "STEPS", 2 * bbmp_descent.CHECK)
    monkeypatch.setattr(input_space, "PATH_STEPS", 8)


@pytest.fixture
def model(device: torch.device) -> nn.Module:
    torch.manual_seed(0)
    return with_statistics(SmallGap(8, dropout=0.5)).to(device)


@pytest.fixture(scope="module")
def images(device: torch.device) -> Tensor:
    return noise(3, 3, 64, 64, seed=1).to(device)


def maps_of(
    model: nn.Module, images: Tensor, classes: Any, method: str, layer: str = "", **options: Any
) -> Tensor:
    """The maps by what is known of the network, so that nothing of it is found out first."""
    spec = ModelSpec(layer, "fc", DEEP) if layer else ARCHITECTURE
    return explain(model, images, classes, [method], spec=spec, **options)[method]


def shape_of(method: str, height: int, width: int) -> tuple[int, int]:
    if METHODS[method].family == "mask":
        return grid_of(height, width)
    return (-(-height // 8), -(-width // 8)) if method in NATIVE else (height, width)


def agree(first: Tensor, second: Tensor, method: str = "") -> None:
    """A mask is 1 less what is kept: it can be no finer than float32 is near 1."""
    masked = bool(method) and METHODS[method].family == "mask"
    finest = 2 * torch.finfo(torch.float32).eps if masked else 0.0
    atol = max(1e-4 * float(second.abs().max()), finest)
    torch.testing.assert_close(first, second, rtol=1e-3, atol=atol)


# What comes out


@every_method
@pytest.mark.parametrize(("height", "width"), [(96, 96), (64, 80), (97, 33)])
def test_maps_are_raw_and_at_native_resolution(
    model: nn.Module, device: torch.device, method: str, height: int, width: int
) -> None:
    images = noise(3, 3, height, width, seed=2).to(device)
    maps = maps_of(model, images, CLASSES, method)
    assert maps.shape[1:] == shape_of(method, height, width)
    assert maps.dtype == torch.float32
    assert maps.device.type == "cpu"
    assert not maps.requires_grad
    assert maps.isfinite().all()
    lit = maps.flatten(1).max(dim=1).values > 0
    # Every channel may speak against a class: then nothing is left of Ablation-CAM. And for a
    # class not believed in there is nothing to delete.
    if METHODS[method].family != "mask":
        assert lit.any() if method == "ablationcam" else lit.all()
    assert METHODS[method].signed == bool((maps < 0).any())


@every_method
def test_an_image_has_the_same_map_in_any_batch(
    model: nn.Module, images: Tensor, method: str
) -> None:
    for layer in ("",) if method == "cam" else ("", "features.8"):
        together = maps_of(model, images, CLASSES, method, layer=layer)
        for i, target in enumerate(CLASSES.tolist()):
            alone = maps_of(model, images[i : i + 1], target, method, layer=layer)
            agree(alone, together[i : i + 1], method)


@every_method
def test_one_class_for_all_is_that_class_for_each(
    model: nn.Module, images: Tensor, method: str
) -> None:
    each = maps_of(model, images, torch.tensor([5, 5, 5]), method)
    assert torch.equal(maps_of(model, images, 5, method), each)
    assert torch.equal(maps_of(model, images, torch.tensor(5), method), each)


@every_method
def test_the_seed_decides_and_matters_to_noisy_methods_alone(
    model: nn.Module, device: torch.device, method: str
) -> None:
    images = noise(3, 3, 96, 96, seed=1).to(device)  # of smaller ones every mask is the same
    # Not at the last layer, where this network's gradients are the same for every image.
    layer = "" if method == "cam" else "features.8"
    first = maps_of(model, images, CLASSES, method, layer=layer, seed=3)
    torch.manual_seed(99)
    assert torch.equal(first, maps_of(model, images, CLASSES, method, layer=layer, seed=3))
    other = maps_of(model, images, CLASSES, method, layer=layer, seed=4)
    assert torch.equal(first, other) == (method not in NOISY)


# A mask's class is tested where there is something to delete, in test_bbmp.py: this network is
# not trained, and whatever is blurred, it says the same.
@pytest.mark.parametrize("method", [m for m, row in METHODS.items() if row.family != "mask"])
def test_the_target_class_matters(model: nn.Module, images: Tensor, method: str) -> None:
    one, other = (maps_of(model, images, target, method) for target in (1, 2))
    for first, second in zip(one, other, strict=True):
        assert torch.equal(first, second) == (not METHODS[method].of_class)


@every_method
def test_training_and_evaluation_give_the_same_map(
    model: nn.Module, images: Tensor, method: str
) -> None:
    trained = maps_of(model.train(), images, CLASSES, method)
    assert torch.equal(trained, maps_of(model.eval(), images, CLASSES, method))


def test_a_call_with_many_methods_gives_what_single_calls_give(
    model: nn.Module, images: Tensor
) -> None:
    names = (name for name in METHODS)
    together = explain(model, images, CLASSES, names, spec=ARCHITECTURE)
    assert list(together) == list(METHODS)
    for method, maps in together.items():
        assert torch.equal(maps, maps_of(model, images, CLASSES, method))
    assert explain(model, images, CLASSES, [], spec=ARCHITECTURE) == {}


def test_the_order_of_methods_does_not_matter(model: nn.Module, images: Tensor) -> None:
    expected = explain(model, images, CLASSES, METHODS, spec=ARCHITECTURE)
    for first in METHODS:
        found = explain(model, images, CLASSES, [first, "gradcam"], spec=ARCHITECTURE)
        assert torch.equal(found[first], expected[first])
        assert torch.equal(found["gradcam"], expected["gradcam"])


def test_no_images_give_no_maps(model: nn.Module, images: Tensor) -> None:
    found = explain(model, images[:0], 0, METHODS, spec=ARCHITECTURE)
    for name, maps in found.items():
        assert maps.shape == (0, *shape_of(name, 64, 64))


@every_layerwise_method
def test_the_table_says_how_many_passes_a_method_costs(
    model: nn.Module, images: Tensor, method: str
) -> None:
    """Images that go through the network, forward and back, for each that is explained."""
    passes: list[int] = []

    def count(_module: nn.Module, inputs: tuple[Tensor], _output: Tensor) -> None:
        passes.append(len(inputs[0]) * (1 + inputs[0].requires_grad))

    model.register_forward_hook(count)
    maps_of(model, images, CLASSES, method, layer="features.8")
    row, shared = METHODS[method], 3 if method in NATIVE else 0
    promised = row.passes * (128 if row.per_channel else 1)
    if row.family == "channels":  # dead channels share a pass, and ablation needs the head alone
        assert shared < sum(passes) <= shared + 3 * promised
    else:
        assert sum(passes) == shared + 3 * promised


def test_methods_of_one_call_share_a_pass(model: nn.Module, images: Tensor) -> None:
    calls: list[int] = []
    model.register_forward_hook(lambda *_: calls.append(1))
    free = [name for name, row in METHODS.items() if not row.passes]
    # Behind a global average noisy copies change nothing and are left out.
    for names in (free, [*free, "smoothgradcampp"], ["smoothgradcampp"]):
        calls.clear()
        explain(model, images, CLASSES, names, spec=ARCHITECTURE)
        assert len(calls) == 1


def test_logits_come_out_of_the_pass_that_methods_share(model: nn.Module, images: Tensor) -> None:
    passes: list[int] = []
    handle = model.register_forward_pre_hook(lambda *_: passes.append(1))
    logits, maps = classify_and_explain(
        model, images, CLASSES, ["gradcam", "cam"], spec=ARCHITECTURE
    )
    handle.remove()
    assert len(passes) == 1
    expected = model.eval()(images).detach().cpu()
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-5)
    assert torch.equal(maps["gradcam"], maps_of(model, images, CLASSES, "gradcam"))


@every_layerwise_method
@pytest.mark.parametrize(
    ("layer", "side"), [("features.8", 8), ("features.5", 16), ("features.9", 8), ("pool", 1)]
)
def test_another_layer_by_its_dotted_name(
    model: nn.Module, images: Tensor, method: str, layer: str, side: int
) -> None:
    maps = maps_of(model, images, CLASSES, method, layer=layer)
    assert maps.shape == (3, side, side)
    assert maps.isfinite().all()
    assert maps.min() >= 0
    if side > 1:
        assert maps.max() > 0


def test_gradcam_at_another_layer_is_its_formula_there(model: nn.Module, images: Tensor) -> None:
    maps = maps_of(model, images, CLASSES, "gradcam", layer="features.5")
    model.eval()
    activations = model.features[:6](images).detach().requires_grad_()
    # features.6 onwards: what follows the sixth layer of the chain
    logits = model.fc(model.pool(model.features[6:](activations.clone())).flatten(1))
    score = logits[torch.arange(3), CLASSES].sum()
    weights = torch.autograd.grad(score, activations)[0].mean((2, 3), keepdim=True)
    agree(maps, (weights * activations.detach()).sum(1).clamp(min=0).cpu())


# In any surroundings


def test_in_inference_mode(model: nn.Module, images: Tensor) -> None:
    expected = explain(model, images, CLASSES, METHODS, spec=ARCHITECTURE)
    with torch.inference_mode():
        inside, classes = images.clone(), CLASSES.clone()
        assert inside.is_inference()
        assert classes.is_inference()
        for inputs, targets in [(images, CLASSES), (inside, CLASSES), (inside, classes)]:
            found = explain(model, inputs, targets, METHODS, spec=ARCHITECTURE)
            assert all(torch.equal(found[name], expected[name]) for name in METHODS)
    assert not found["cam"].is_inference()


def test_validation_in_inference_mode(model: nn.Module, images: Tensor) -> None:
    expected = explain_validation(model, images, CLASSES, METHODS, spec=ARCHITECTURE)
    assert len(expected.wrong)
    with torch.inference_mode():
        inside, labels = images.clone(), CLASSES.clone()
        found = explain_validation(model, inside, labels, METHODS, spec=ARCHITECTURE)
    assert torch.equal(found.logits, expected.logits)
    for name in METHODS:
        assert torch.equal(found.of_true[name], expected.of_true[name])
        assert torch.equal(found.of_predicted[name], expected.of_predicted[name])


def test_without_grad(model: nn.Module, images: Tensor) -> None:
    expected = explain(model, images, CLASSES, METHODS, spec=ARCHITECTURE)
    with torch.no_grad():
        found = explain(model, images, CLASSES, METHODS, spec=ARCHITECTURE)
        assert not torch.is_grad_enabled()
    assert all(torch.equal(found[name], expected[name]) for name in METHODS)


@pytest.mark.parametrize(("half", "side"), [(torch.bfloat16, 64), (torch.float16, 48)])
def test_under_autocast(
    model: nn.Module, images: Tensor, device: torch.device, half: torch.dtype, side: int
) -> None:
    # A CPU takes its time over halves, those of float16 most.
    images, classes = images[:2, :, :side, :side], CLASSES[:2]
    expected = explain(model, images, classes, METHODS, spec=ARCHITECTURE)
    with torch.autocast(device.type, half):
        found = explain(model, images, classes, METHODS, spec=ARCHITECTURE)
        validated = explain_validation(model, images, classes, METHODS, spec=ARCHITECTURE)
    assert validated.logits.dtype == torch.float32
    for name in METHODS:
        for maps in (found[name], validated.of_true[name]):
            assert maps.dtype == torch.float32
            if name in NATIVE:
                worst = (maps - expected[name]).abs().max() / expected[name].abs().max()
                assert worst < 0.03, name
            elif METHODS[name].family == "mask":
                assert (maps - expected[name]).abs().max() < 0.02
            else:  # single pixels' gradients keep bfloat16's three digits less well
                for pair in zip(maps.flatten(1), expected[name].flatten(1), strict=True):
                    assert torch.corrcoef(torch.stack(pair))[0, 1] > 0.99


def test_channels_last(model: nn.Module, images: Tensor) -> None:
    expected = explain(model, images, CLASSES, METHODS, spec=ARCHITECTURE)
    model.to(memory_format=torch.channels_last)
    inputs = images.to(memory_format=torch.channels_last)
    found = explain(model, inputs, CLASSES, METHODS, spec=ARCHITECTURE)
    for name in METHODS:
        agree(found[name], expected[name], name)


def random_states() -> list[Tensor]:
    return [torch.get_rng_state(), *torch.cuda.get_rng_state_all()]


@every_method
def test_nothing_given_is_changed(model: nn.Module, images: Tensor, method: str) -> None:
    inputs, classes = images.clone().requires_grad_(), CLASSES.clone()
    states = random_states()
    maps_of(model, inputs, classes, method)
    for before, after in zip(states, random_states(), strict=True):
        assert torch.equal(after, before), "the random numbers of training must not move"
    assert torch.equal(inputs, images)
    assert inputs.requires_grad
    assert inputs.grad is None
    assert torch.equal(classes, CLASSES)


# The model leaves as it came

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def snapshot(model: nn.Module) -> dict[str, Any]:
    return {
        "state": {name: value.clone() for name, value in model.state_dict().items()},
        "training": {name: module.training for name, module in model.named_modules()},
        "trainable": {name: value.requires_grad for name, value in model.named_parameters()},
        "identity": [id(value) for value in model.parameters()],
        "gradients": {
            name: None if value.grad is None else value.grad.clone()
            for name, value in model.named_parameters()
        },
        "hooks": {
            name: [list(getattr(module, kind)) for kind in HOOKS]
            for name, module in model.named_modules()
        },
    }


def assert_as_it_came(model: nn.Module, before: dict[str, Any]) -> None:
    after = snapshot(model)
    for part in ("training", "trainable", "identity", "hooks"):
        assert after[part] == before[part], part
    for part in ("state", "gradients"):
        assert after[part].keys() == before[part].keys()
        for name, value in before[part].items():
            other = after[part][name]
            assert (other is value is None) or torch.equal(other, value), (part, name)


@pytest.fixture
def mixed(model: nn.Module, images: Tensor) -> nn.Module:
    """A network amid fine-tuning: flags mixed, gradients left over, a hook of its owner's."""
    model.train()
    model(images).sum().backward()
    for index in (0, 4, 10):
        model.features[index].eval()
        for parameter in model.features[index].parameters():
            parameter.requires_grad_(False)
    model.fc.bias.requires_grad_(False)
    model.features.register_forward_hook(lambda *_: None)
    model.fc.register_forward_pre_hook(lambda *_: None)
    return model


@every_method
def test_the_model_leaves_as_it_came(mixed: nn.Module, images: Tensor, method: str) -> None:
    before = snapshot(mixed)
    maps_of(mixed, images, CLASSES, method)
    assert_as_it_came(mixed, before)
    explain_validation(mixed, images, CLASSES, [method], spec=ARCHITECTURE)
    assert_as_it_came(mixed, before)


def test_a_model_in_evaluation_stays_there(model: nn.Module, images: Tensor) -> None:
    before = snapshot(model.eval())
    explain(model, images, CLASSES, METHODS, spec=ARCHITECTURE)
    assert_as_it_came(model, before)


@every_method
@pytest.mark.parametrize("target", [8, -1])
def test_also_after_a_class_out_of_range(
    mixed: nn.Module, images: Tensor, method: str, target: int
) -> None:
    before = snapshot(mixed)
    with pytest.raises(UserError):
        maps_of(mixed, images, target, method)
    assert_as_it_came(mixed, before)
    labels = torch.tensor([0, 1, 8])
    with pytest.raises(UserError):
        explain_validation(mixed, images, labels, LAYERWISE[:1], spec=ARCHITECTURE)
    assert_as_it_came(mixed, before)


class Interrupted(BaseException):
    """Stands for Ctrl-C: not an Exception."""


def raising_at(call: int) -> Callable[..., None]:
    calls: list[int] = []

    def hook(*_: object) -> None:
        calls.append(1)
        if len(calls) == call:
            raise Interrupted

    return hook


@pytest.mark.parametrize("where", ["features.3", "features", "fc"])
@pytest.mark.parametrize(
    ("method", "call"),
    [
        *((method, 1) for method in METHODS),
        *((method, 2) for method in METHODS if METHODS[method].passes > 2),
    ],
)
def test_also_after_a_layer_raised_in_mid_pass(
    mixed: nn.Module, images: Tensor, where: str, method: str, call: int
) -> None:
    layer = "" if method == "cam" else "features.8"
    mixed.get_submodule(where).register_forward_pre_hook(raising_at(call))
    before = snapshot(mixed)
    with pytest.raises(Interrupted):
        maps_of(mixed, images, CLASSES, method, layer=layer)
    assert_as_it_came(mixed, before)
    maps_of(mixed, images, CLASSES, "gradcam")


# It says how far it is, and can be stopped


@pytest.mark.parametrize("method", [name for name, row in METHODS.items() if row.passes])
def test_progress_is_told_and_whatever_it_raises_cancels(
    mixed: nn.Module, images: Tensor, method: str
) -> None:
    reported: list[tuple[float, str]] = []
    call = {"layer": "features.8", "report": lambda *step: reported.append(step)}
    maps_of(mixed, images, CLASSES, method, **call)
    fractions = [fraction for fraction, _ in reported]
    assert all(METHODS[method].label in words for _, words in reported)
    assert fractions == sorted(fractions)
    assert fractions[0] >= 0
    assert fractions[-1] <= 1

    def stop(_fraction: float, _words: str) -> None:
        raise Interrupted

    before = snapshot(mixed)
    with pytest.raises(Interrupted):
        maps_of(mixed, images, CLASSES, method, layer="features.8", report=stop)
    assert_as_it_came(mixed, before)


# Nothing is left behind


QUICK = [m for m, row in METHODS.items() if row.passes * (128 if row.per_channel else 1) < 3]


@pytest.mark.parametrize(
    "methods",
    [[m for m in QUICK if m != "cam"], *([m] for m in METHODS if m == "cam" or m not in QUICK)],
    ids=lambda methods: methods[0] if len(methods) == 1 else "quick",
)
def test_memory_does_not_grow(model: nn.Module, device: torch.device, methods: list[str]) -> None:
    """Neither tensors nor bytes: 160 calls, or 20 where a call is many passes."""
    images = noise(1, 3, 32, 32, seed=3).to(device)
    layer = "" if methods == ["cam"] else "features.8"
    spec = ModelSpec(layer, "fc", DEEP) if layer else ARCHITECTURE
    calls = 160 if methods[0] in QUICK else 20

    def explain_often(times: int) -> tuple[int, int]:
        for _ in range(times):
            explain(model, images, 1, methods, spec=spec)
        gc.collect()
        tensors = sum(isinstance(thing, Tensor) for thing in gc.get_objects())
        if device.type == "cuda":
            return tensors, torch.cuda.memory_allocated()
        unit = 1 if sys.platform == "darwin" else 1024
        return tensors, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

    explain_often(5)
    tensors, size = explain_often(calls // 4)
    more_tensors, more_size = explain_often(calls)
    assert more_tensors == tensors
    assert more_size - size < 8e6, "eight megabytes: 50 KB a call, or an image's masks"


def test_a_refused_call_runs_nothing(model: nn.Module, images: Tensor) -> None:
    model.register_forward_pre_hook(raising_at(1))
    before = snapshot(model)
    with pytest.raises(UserError):
        explain(model, images, CLASSES, ["gradcam", "nonsense"], spec=ARCHITECTURE)
    with pytest.raises(UserError):
        explain(model, images, CLASSES, layer="features.99")
    assert_as_it_came(model, before)


# Refusals are sentences


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"methods": ["gradcan"]},
            r"^Method 'gradcan' is unknown; choose from cam, gradcam, .*\.$",
        ),
        ({"layer": "features.99"}, r"^Layer 'features.99' is not part of this network\.$"),
        ({"layer": "fc"}, r"^Layer 'fc' has no maps: .*\.$"),
        ({"target": 8}, r"^Class 8 is not among the network's 8 classes\.$"),
        ({"target": -1}, r"^Class -1 is not among the network's 8 classes\.$"),
        (
            {"target": torch.tensor([1, 12, 3])},
            r"^Class 12 is not among the network's 8 classes\.$",
        ),
    ],
)
def test_what_cannot_be_explained_is_refused_in_one_sentence(
    model: nn.Module, images: Tensor, options: dict[str, Any], sentence: str
) -> None:
    call = {"target": 1, "methods": ["gradcam"], "spec": ARCHITECTURE, **options}
    with pytest.raises(UserError, match=sentence):
        explain(model, images, **call)


def test_cam_is_not_applicable_without_a_pooled_head(model: nn.Module, images: Tensor) -> None:
    sentence = r"^CAM is not defined here: .* global average of features.8, .*SqueezeNet\.$"
    with pytest.raises(NotApplicable, match=sentence):
        maps_of(model, images, 1, "cam", layer="features.8")
    other = ModelSpec("features", "fc", head_kind=DEEP)
    with pytest.raises(NotApplicable):
        explain(model, images, 1, ["gradcam", "cam"], spec=other)
    with pytest.raises(NotApplicable):
        explain_validation(model, images, CLASSES, ["cam"], spec=other)
    named = explain(model, images, 1, "cam", layer="features")["cam"]
    assert torch.equal(named, maps_of(model, images, 1, "cam"))


def test_cam_needs_no_bias(model: nn.Module, images: Tensor) -> None:
    """A map is the features' weighted sum; what is added to a class's score is none of it."""
    expected = maps_of(model, images, CLASSES, "cam")
    model.fc.bias = None
    assert torch.equal(maps_of(model, images, CLASSES, "cam"), expected)


# The variant of the validation pass


def test_validation_gives_what_explain_gives(model: nn.Module, images: Tensor) -> None:
    model.eval()
    with torch.no_grad():
        logits = model(images).cpu()
    predicted = logits.argmax(dim=1)
    labels = predicted.clone()
    labels[1] = (predicted[1] + 1) % 8
    found = explain_validation(model, images, labels, METHODS, spec=ARCHITECTURE, seed=5)
    torch.testing.assert_close(found.logits, logits)
    assert found.wrong.tolist() == [1]
    assert set(found.of_true) == set(found.of_predicted) == set(METHODS)
    for name in METHODS:
        agree(found.of_true[name], maps_of(model, images, labels, name, seed=5), name)
        again = maps_of(model, images, predicted, name, seed=5)
        agree(found.of_predicted[name], again[1:2], name)


def test_validation_without_a_mistake(model: nn.Module, images: Tensor) -> None:
    labels = model.eval()(images).argmax(dim=1)
    found = explain_validation(model, images, labels, METHODS, spec=ARCHITECTURE)
    assert found.wrong.tolist() == []
    assert found.of_predicted == {}
    assert len(found.of_true["cam"]) == 3
