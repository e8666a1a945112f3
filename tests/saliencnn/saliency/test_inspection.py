"""Networks of people's own: whatever they return, wrap, or are made of."""

from collections import OrderedDict, namedtuple
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from saliencnn import UserError, explain, inspect_model
from saliencnn.models.smallgap import SmallGap
from saliencnn.models.spec import CHANNELS_FIRST, CHANNELS_LAST, CONVOLUTIONAL, DEEP, POOLED, TOKENS
from saliencnn.saliency import METHODS, NotApplicable
from tests.saliencnn.saliency.networks import noise

IMAGES = noise(2, 3, 48, 64, seed=1)
EVERY_BUT_CAM = [name for name, row in METHODS.items() if not row.needs_average]


def seeded(build: type[nn.Module] | Any, *arguments: Any) -> nn.Module:
    torch.manual_seed(0)
    return build(*arguments).eval()


def convolutions(channels: int = 3, width: int = 6) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, 4, 3, 2, 1), nn.ReLU(), nn.Conv2d(4, width, 3, 2, 1), nn.ReLU()
    )


def grad_cam(features: Tensor, score: Tensor) -> Tensor:
    gradients = torch.autograd.grad(score.sum(), features)[0]
    return (gradients.mean((2, 3), keepdim=True) * features).sum(1).relu().detach()


# What a network returns


class Returning(nn.Module):
    """A small network that returns its scores in any packing, beside its features."""

    def __init__(self, pack: Any) -> None:
        super().__init__()
        self.features, self.fc, self.pack = convolutions(), nn.Linear(6, 5), pack

    def forward(self, images: Tensor) -> Any:
        pooled = self.features(images).mean((2, 3))
        return self.pack(self.fc(pooled), pooled)


Named = namedtuple("Named", ["scores", "embedding"])


class ModelOutput(OrderedDict):
    """As Hugging Face's: a dict that is an object, too."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(fields)
        vars(self).update(fields)


@dataclass
class Plain:
    logits: Tensor
    loss: Tensor | None = None


class Slotted:
    __slots__ = ("logits",)

    def __init__(self, logits: Tensor) -> None:
        self.logits = logits


PACKINGS = {
    "dict": (lambda scores, pooled: {"embedding": pooled, "out": scores}, "out"),
    "dict of logits": (lambda scores, pooled: {"x": pooled[:, :5], "logits": scores}, "logits"),
    "tuple": (lambda scores, pooled: (scores, pooled), 0),
    "list with a loss": (lambda scores, pooled: [scores.mean(), scores], 1),
    "named tuple": (Named, "scores"),
    "ModelOutput": (lambda scores, pooled: ModelOutput(logits=scores, hidden=pooled), "logits"),
    "object": (lambda scores, pooled: Plain(scores), "logits"),
    "object with slots": (lambda scores, pooled: Slotted(scores), "logits"),
    "one pixel each": (lambda scores, pooled: scores[..., None, None], ""),
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_whatever_a_network_returns(packing: str) -> None:
    pack, place = PACKINGS[packing]
    model = seeded(Returning, pack)
    plain = seeded(Returning, lambda scores, _pooled: scores)
    spec = inspect_model(model, IMAGES)
    assert (spec.target_layer, spec.head, spec.head_kind) == ("features", "fc", POOLED)
    assert (spec.logits, spec.classes) == (place, 5)
    assert inspect_model(plain, IMAGES).logits is None
    found = explain(model, IMAGES, 2, METHODS, spec=spec)
    expected = explain(plain, IMAGES, 2, METHODS)
    for name, maps in found.items():
        assert torch.equal(maps, expected[name]), name
    assert not isinstance(model(IMAGES), Tensor) or model(IMAGES).ndim == 4, "it is as it was"


class TwoHeads(nn.Module):
    """Species and colour from the same features."""

    def __init__(self, pack: Any = tuple) -> None:
        super().__init__()
        self.features, self.pack = convolutions(), pack
        self.species, self.colour = nn.Linear(6, 5), nn.Linear(6, 3)

    def forward(self, images: Tensor) -> Any:
        pooled = self.features(images).mean((2, 3))
        return self.pack((self.species(pooled), self.colour(pooled)))


def test_of_several_heads_one_must_be_chosen() -> None:
    model = seeded(TwoHeads)
    with pytest.raises(UserError, match=r"head=.*'species', 'colour'"):
        explain(model, IMAGES)
    for head, classes in (("species", 5), ("colour", 3)):
        spec = inspect_model(model, IMAGES, head=head)
        assert (spec.head, spec.classes, spec.head_kind) == (head, classes, POOLED)
        features = model.features(IMAGES).detach().requires_grad_()
        score = getattr(model, head)(features.mean((2, 3)))[:, 1]
        maps = explain(model, IMAGES, 1, head=head)["gradcam"]
        torch.testing.assert_close(maps, grad_cam(features, score))
    with pytest.raises(UserError, match="Class 3"):
        explain(model, IMAGES, 3, head="colour")


def test_a_named_score_is_preferred_to_another_head() -> None:
    model = seeded(TwoHeads, lambda pair: {"logits": pair[0], "colours": pair[1]})
    assert inspect_model(model, IMAGES).head == "species"
    assert inspect_model(model, IMAGES, head="colour").logits == "colours"


# What scores are made of


class Net(nn.Module):
    """A network of given parts and a given way through them."""

    def __init__(self, forward: Any, **parts: nn.Module) -> None:
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self.way = forward

    def forward(self, images: Tensor) -> Tensor:
        return self.way(self, images)


def flat(side: int) -> nn.Linear:
    return nn.Linear(6 * side, 5)


OWN = {
    "mean": (
        lambda: Net(lambda n, x: n.fc(n.body(x).mean((2, 3))), body=convolutions(), fc=flat(1)),
        ("body", "fc", POOLED),
    ),
    "adaptive_avg_pool2d": (
        lambda: Net(
            lambda n, x: n.fc(functional.adaptive_avg_pool2d(n.body(x), 1).flatten(1)),
            body=convolutions(),
            fc=flat(1),
        ),
        ("body", "fc", POOLED),
    ),
    "flatten": (
        lambda: Net(lambda n, x: n.fc(n.body(x).flatten(1)), body=convolutions(), fc=flat(192)),
        ("body", "fc", DEEP),
    ),
    "max pooling": (
        lambda: Net(lambda n, x: n.fc(n.body(x).amax((2, 3))), body=convolutions(), fc=flat(1)),
        ("body", "fc", DEEP),
    ),
    "a ReLU after the layer": (
        lambda: Net(
            lambda n, x: n.fc(functional.relu(n.body(x), inplace=True).mean((2, 3))),
            body=convolutions()[:3],
            fc=flat(1),
        ),
        ("body", "fc", POOLED),
    ),
    "Sequential": (
        lambda: nn.Sequential(
            convolutions(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), flat(1)
        ),
        ("0", "4", POOLED),
    ),
    "a ReLU used twice": (
        lambda: Net(
            lambda n, x: n.fc(n.relu(n.two(n.relu(n.one(x)))).mean((2, 3))),
            one=nn.Conv2d(3, 4, 3, 2),
            two=nn.Conv2d(4, 6, 3, 2),
            relu=nn.ReLU(inplace=True),
            fc=flat(1),
        ),
        ("relu", "fc", POOLED),
    ),
    "a pooled pyramid": (
        lambda: nn.Sequential(
            convolutions(), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(2), nn.Flatten(), flat(4)
        ),
        ("0", "4", DEEP),
    ),
    "a convolution as head": (
        lambda: nn.Sequential(
            convolutions(), nn.Conv2d(6, 5, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()
        ),
        ("0", "1", POOLED),
    ),
    "a convolution and a ReLU as head": (
        lambda: nn.Sequential(
            convolutions(), nn.Conv2d(6, 5, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
        ),
        ("0", "1", CONVOLUTIONAL),
    ),
    "a convolution of pooled features as head": (
        lambda: nn.Sequential(
            convolutions(), nn.AdaptiveAvgPool2d(1), nn.Conv2d(6, 5, 1), nn.Flatten()
        ),
        ("0", "2", POOLED),
    ),
    "a head without bias": (
        lambda: Net(
            lambda n, x: n.fc(n.body(x).mean((2, 3))),
            body=convolutions(),
            fc=nn.Linear(6, 5, bias=False),
        ),
        ("body", "fc", POOLED),
    ),
    "a head that nobody has trained": (
        lambda: Net(
            lambda n, x: n.fc(n.body(x).mean((2, 3))), body=convolutions(), fc=zeroed(flat(1))
        ),
        ("body", "fc", POOLED),
    ),
    "probabilities": (
        lambda: Net(
            lambda n, x: n.fc(n.body(x).mean((2, 3))).softmax(1), body=convolutions(), fc=flat(1)
        ),
        ("body", "fc", DEEP),
    ),
    "a branch that scores nothing": (
        lambda: Net(
            lambda n, x: beside(n.fc, n.boxes, n.body(x)),
            body=convolutions(),
            boxes=nn.Conv2d(6, 4, 3),
            fc=flat(1),
        ),
        ("body", "fc", POOLED),
    ),
    "squeeze and excitation": (
        lambda: Net(
            lambda n, x: n.fc((n.body(x) * n.gate(n.body(x)).sigmoid()).mean((2, 3))),
            body=convolutions(),
            gate=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(6, 6, 1)),
            fc=flat(1),
        ),
        ("body", "fc", DEEP),
    ),
}


def beside(fc: nn.Module, boxes: nn.Module, features: Tensor) -> Tensor:
    boxes(features)  # the last maps before the head, of which the scores know nothing
    return fc(features.mean((2, 3)))


def zeroed(layer: nn.Linear) -> nn.Linear:
    nn.init.zeros_(layer.weight)
    return layer


@pytest.mark.parametrize("name", OWN)
def test_layer_head_and_whether_cam_is_defined(name: str) -> None:
    build, expected = OWN[name]
    model = seeded(build)
    spec = inspect_model(model, IMAGES)
    assert (spec.target_layer, spec.head, spec.head_kind) == expected
    if spec.head_kind == DEEP:
        with pytest.raises(NotApplicable, match=r"^CAM is not defined here: .*\.$"):
            explain(model, IMAGES, 1, "cam")
        return
    maps = explain(model, IMAGES, 1, "cam")["cam"]
    head = model.get_submodule(spec.head)
    bias = 0 if head.bias is None or spec.head_kind == CONVOLUTIONAL else head.bias[1].detach()
    scores = model(IMAGES).detach()[:, 1]
    torch.testing.assert_close(maps.mean((1, 2)) + bias, scores, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("pack", [lambda scores: scores, lambda scores: scores[:, 0]])
def test_a_network_with_one_score(pack: Any) -> None:
    model = Net(
        lambda n, x: pack(n.fc(n.body(x).mean((2, 3)))), body=convolutions(), fc=nn.Linear(6, 1)
    )
    assert inspect_model(model, IMAGES).classes == 1
    maps = explain(model, IMAGES, methods=METHODS)
    for name, found in explain(model, IMAGES, 0, METHODS).items():
        assert torch.equal(found, maps[name])
    torch.testing.assert_close(
        maps["cam"].mean((1, 2)) + model.fc.bias.detach(), model(IMAGES).detach().view(-1)
    )
    with pytest.raises(UserError, match="Class 1 is not among the network's 1 class"):
        explain(model, IMAGES, 1)


# Layouts


class Tokens(nn.Module):
    """A tiny vision transformer, with a class token or with the tokens' average."""

    def __init__(self, classify: str, extra: int = 1) -> None:
        super().__init__()
        self.patches, self.classify = nn.Conv2d(3, 8, 8, 8), classify
        self.extra = nn.Parameter(torch.randn(1, extra, 8))
        layer = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm, self.head = nn.LayerNorm(8), nn.Linear(8, 5)

    def forward(self, images: Tensor) -> Tensor:
        tokens = self.patches(images).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.extra.expand(len(images), -1, -1), tokens], dim=1)
        tokens = self.norm(self.blocks(tokens))
        cells = tokens[:, self.extra.shape[1] :]
        return self.head(tokens[:, 0] if self.classify == "token" else cells.mean(1))


@pytest.mark.parametrize("extra", [1, 5])
def test_tokens_become_maps_of_their_grid(extra: int) -> None:
    model = seeded(Tokens, "token", extra)
    spec = inspect_model(model, IMAGES)
    assert (spec.layout, spec.extra_tokens) == (TOKENS, extra)
    assert spec.target_layer.startswith("blocks.layers.1"), "the last whose tokens matter"
    found = explain(model, IMAGES, 2, EVERY_BUT_CAM, spec=spec)
    for name, maps in found.items():
        if METHODS[name].family in ("layer", "channels"):
            assert maps.shape == (2, 6, 8)
    assert found["gradcam"].any()
    with pytest.raises(UserError, match="last attention"):
        explain(model, IMAGES, 2, layer="norm")


class WrittenOut(nn.Module):
    """Attention as timm writes it: with layers for its matrix, queries and keys."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.drop, self.keys = nn.Linear(8, 24), nn.Dropout(), nn.LayerNorm(4)
        self.proj = nn.Linear(8, 8)

    def forward(self, tokens: Tensor) -> Tensor:
        many, count, width = tokens.shape
        queries, keys, values = (
            self.qkv(tokens).reshape(many, count, 3, 2, width // 2).permute(2, 0, 3, 1, 4)
        )
        matrix = self.drop((queries @ self.keys(keys).mT / 2).softmax(-1))
        return self.proj((matrix @ values).transpose(1, 2).flatten(2))


def test_attention_matrices_are_no_maps() -> None:
    """A matrix of 65 x 65 tokens covers a square image as evenly as a map does."""
    model = seeded(Tokens, "token")
    model.blocks = nn.Sequential(WrittenOut(), WrittenOut())
    images = noise(2, 3, 64, 64)
    spec = inspect_model(model, images)
    assert (spec.target_layer, spec.layout) == ("blocks.0", TOKENS)
    with pytest.raises(UserError, match=r"blocks\.1\.drop.* has no maps"):
        explain(model, images, layer="blocks.1.drop")


def test_averaged_tokens_have_class_activation_maps() -> None:
    model = seeded(Tokens, "average")
    spec = inspect_model(model, IMAGES)
    assert (spec.target_layer, spec.head_kind) == ("norm", POOLED)
    maps = explain(model, IMAGES, 2, "cam")["cam"]
    scores = model(IMAGES).detach()[:, 2] - model.head.bias.detach()[2]
    torch.testing.assert_close(maps.mean((1, 2)), scores, rtol=1e-4, atol=1e-5)


class ChannelsLast(nn.Module):
    """Normalises maps with channels last, as Swin does."""

    def __init__(self, width: int = 6) -> None:
        super().__init__()
        self.body, self.norm, self.fc = (
            convolutions(3, width),
            nn.LayerNorm(width),
            nn.Linear(width, 5),
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.norm(self.body(images).permute(0, 2, 3, 1)).mean((1, 2)))


@pytest.mark.parametrize("width", [6, 12, 16])
def test_channels_last_are_told_from_channels_first(width: int) -> None:
    """Also where there are as many channels as rows (12) or columns (16)."""
    model = seeded(ChannelsLast, width)
    spec = inspect_model(model, IMAGES)
    assert (spec.target_layer, spec.layout, spec.head_kind) == ("norm", CHANNELS_LAST, POOLED)
    assert inspect_model(model, IMAGES, layer="body").layout == CHANNELS_FIRST
    features = model.norm(model.body(IMAGES).permute(0, 2, 3, 1)).permute(0, 3, 1, 2).detach()
    features.requires_grad_()
    score = model.fc(features.mean((2, 3)))[:, 1]
    found = explain(model, IMAGES, 1, EVERY_BUT_CAM, spec=spec)
    torch.testing.assert_close(found["gradcam"], grad_cam(features, score))
    assert found["ablationcam"].shape == (2, 12, 16)


def test_a_wrong_layout_is_refused_instead_of_explained() -> None:
    model = seeded(ChannelsLast, 200)
    wrong = replace(inspect_model(model, IMAGES), layout=CHANNELS_FIRST, head_kind=DEEP)
    with pytest.raises(UserError, match="do not cover an image of 48 x 64 pixels"):
        explain(model, IMAGES, 1, spec=wrong)


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        ("nothing", "not part of this network"),
        ("fc", "no height and width"),
        ("unused", "takes no part"),
        ("pair", "its output is a tuple"),
    ],
)
def test_layers_without_maps_are_refused_in_a_sentence(layer: str, sentence: str) -> None:
    model = Net(
        lambda n, x: n.fc(n.pair(n.body(x))[0].mean((2, 3))),
        body=convolutions(),
        pair=Net(lambda _n, x: (x, x)),
        unused=nn.Conv2d(3, 3, 1),
        fc=flat(1),
    )
    with pytest.raises(UserError, match=sentence):
        explain(model, IMAGES, 1, layer=layer)


# In whatever state and wrapping


class Wrapper(nn.Module):
    """As wrappers for training on several machines: nothing but a module."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.module(*inputs)


@pytest.mark.parametrize(
    ("wrap", "prefix"),
    [
        (nn.DataParallel, ""),
        (Wrapper, "module."),
        (lambda model: torch.compile(model, backend="eager"), ""),
        (lambda model: nn.DataParallel(torch.compile(model, backend="eager")), ""),
    ],
)
def test_wrapped_networks(wrap: Any, prefix: str) -> None:
    model = seeded(SmallGap, 5)
    wrapped = wrap(model)
    spec = inspect_model(wrapped, IMAGES)
    assert (spec.target_layer, spec.head) == (f"{prefix}features", f"{prefix}fc")
    for name, maps in explain(wrapped, IMAGES, 2, METHODS, spec=spec).items():
        assert torch.equal(maps, explain(model, IMAGES, 2, name)[name])


@pytest.mark.parametrize("used", [False, True])
def test_compiled_parts_run_as_they_are_written(used: bool) -> None:
    """Compiled code would call no hooks, or those alone that were there when it was compiled."""
    plain, model = seeded(SmallGap, 5), seeded(SmallGap, 5)
    model.features.compile(backend="eager")
    if used:
        model(IMAGES)
    spec = inspect_model(model, IMAGES)
    assert spec.target_layer == "features"
    for layer in ("features", "features.5"):
        found = explain(model, IMAGES, 2, ["gradcam", "ablationcam"], layer=layer)
        for name, maps in explain(plain, IMAGES, 2, found, layer=layer).items():
            assert torch.equal(found[name], maps)


def test_a_network_in_training_stays_there() -> None:
    model = seeded(SmallGap, 5).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    states = torch.get_rng_state()
    spec = inspect_model(model)
    assert (spec.target_layer, spec.head, spec.head_kind) == ("features", "fc", POOLED)
    maps = explain(model, IMAGES)["gradcam"]
    assert torch.equal(maps, explain(model.eval(), IMAGES)["gradcam"])
    assert torch.equal(states, torch.get_rng_state())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    model.train()
    inspect_model(model)
    assert all(module.training for module in model.modules())
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert not any(module._forward_hooks for module in model.modules())


def test_a_network_in_bfloat16() -> None:
    model = seeded(SmallGap, 5)
    expected = explain(model, IMAGES, 2, METHODS)
    spec = inspect_model(model.bfloat16(), IMAGES)
    assert (spec.target_layer, spec.head, spec.head_kind) == ("features", "fc", POOLED)
    for name, maps in explain(model, IMAGES, 2, METHODS).items():
        assert maps.dtype == torch.float32
        if METHODS[name].family in ("layer", "channels"):
            for one, other in zip(maps.flatten(1), expected[name].flatten(1), strict=True):
                assert torch.corrcoef(torch.stack([one, other]))[0, 1] > 0.98, name


def test_a_network_of_one_channel() -> None:
    model = Net(lambda n, x: n.fc(n.body(x).mean((2, 3))), body=convolutions(1), fc=flat(1))
    assert inspect_model(model).target_layer == "body"
    assert explain(model, noise(2, 1, 32, 32))["gradcam"].shape == (2, 8, 8)
    with pytest.raises(UserError, match=r"\(2, 3, 224, 224\)"):
        explain(model, Image.new("RGB", (64, 64)))
    grey = explain(model, Image.new("L", (32, 32)), preprocess=lambda i: as_grey(i))
    assert grey["gradcam"].shape == (1, 8, 8)


def as_grey(image: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(image.convert("L")))[None] / 255


def test_a_network_for_images_of_one_size_is_found_it() -> None:
    model = Net(lambda n, x: n.fc(n.body(x).flatten(1)), body=convolutions(1), fc=flat(49))
    assert inspect_model(model).output_shape == (6, 7, 7)  # of 28 pixels


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (Net(lambda n, x: n.fc(x), fc=nn.Linear(7, 5)), "does not run"),
        (Net(lambda n, x: n.body(x), body=convolutions()), r"no scores \(N, classes\)"),
        (Net(lambda n, x: n.fc(x.mean((2, 3))), fc=nn.Linear(3, 5)), "No layer"),
        (
            Net(
                lambda n, x: torch.no_grad()(lambda: n.fc(n.body(x).mean((2, 3))))(),
                body=convolutions(),
                fc=flat(1),
            ),
            "without gradients",
        ),
        (torch.jit.trace(seeded(SmallGap, 5), IMAGES), "TorchScript"),
        (lambda images: images, "torch.nn.Module"),
    ],
)
def test_what_cannot_be_explained_is_refused_with_the_reason(model: Any, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        explain(model, IMAGES)


def test_what_was_chosen_can_be_read_and_chosen_otherwise() -> None:
    text = repr(inspect_model(seeded(SmallGap, 5)))
    for part in ("'features'", "128 x 28 x 28", "'fc'", "5 classes", "CAM is defined", 'layer="'):
        assert part in text
    with pytest.raises(UserError, match=r"'features\.0' is no linear layer or convolution that"):
        inspect_model(seeded(SmallGap, 5), head="features.0")
