"""Parameter randomization: does a map change when the network forgets what it has learned?

Layer by layer the weights are replaced by random ones (Adebayo 2018, "Sanity checks for saliency
maps"). A map that stays the same shows the image and not what the network makes of it.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from saliencnn.checks.evidence import MapComparison, Resources
from saliencnn.checks.quantities import NUMBER, Quantities
from saliencnn.checks.subject import Explanation, Maps, Subject, compare_maps, maps_of
from saliencnn.common.progress import Progress, part_of
from saliencnn.models.spec import CONTRAST
from saliencnn.saliency.passes import explaining

BLOCK_COUNT = 6
"""The most blocks that become random one by one where an image is shown."""


@dataclass(frozen=True)
class Randomization:
    """Maps of a network of which more and more, or one block after another, is random.

    Attributes:
        names: of the B blocks, from the head downwards: the modules at both ends.
        maps: method -> (B + 1, N, h, w); first the network's own, then with each block random.
        similarity: method -> float64 (B, N), Spearman's correlation of the maps' absolute values
            with those of the network's own; NaN where one of the two is constant.
    """

    names: tuple[str, ...]
    maps: dict[str, Tensor]
    similarity: dict[str, np.ndarray]


def randomize(
    subject: Subject,
    cascading: bool,
    report: Progress,
    blocks: int = BLOCK_COUNT,
    own: Maps | None = None,
) -> Randomization:
    """Replace weights by random ones from the head downwards and compare the maps.

    New values of a tensor are normally distributed with its own mean and standard deviation, so
    that a random network computes on the scale of the trained one: its maps then change because
    of what the weights knew, and not because activations vanished or exploded. The running
    statistics of normalisation layers stay, since they are measured on images and not learned.
    The values depend on the seed and a layer's place below the head, so both variants and any
    number of blocks draw the same ones.

    Memory grows with images times blocks; give it a few images at a time.

    Args:
        subject: what is checked; its network is copied.
        cascading: each block is added to those before it, else each is random alone.
        report: called with the progress; what it raises cancels the check.
        blocks: the most blocks, at least 1. Where there are two or more, the last layer is one of
            its own, and the others are divided evenly in the order in which they run.
        own: maps of the network as it is, where they are known.

    Raises:
        ValueError: the number of blocks is below 1.
    """
    if blocks < 1:
        raise ValueError(f"The number of blocks must be at least 1, not {blocks}.")
    with torch.inference_mode(False):  # weights made in inference mode would bar gradients
        network = deepcopy(subject.model)
    if subject.architecture.score == CONTRAST:
        _centre_head(network, subject.architecture.head)
    changed = replace(subject, model=network)
    names = {module: name or "network" for name, module in network.named_modules()}
    groups = group_blocks(find_layers(network, subject.images[:1]), blocks)
    generator = torch.Generator().manual_seed(subject.seed)

    first = 0.0 if own else 1 / (len(groups) + 1)
    stages = [own or maps_of(subject, part_of(report, 0.0, first))]
    telling = part_of(report, first, 1.0)
    for number, group in enumerate(groups):
        learned = [parameter.detach().clone() for parameter in _parameters(group)]
        draw_weights(group, generator)
        share = part_of(telling, number / len(groups), (number + 1) / len(groups))
        stages.append(maps_of(changed, share))
        if not cascading:
            _fill(group, learned)
    report(1.0, "Compared")
    maps = {name: torch.stack([stage[name] for stage in stages]) for name in subject.methods}
    similarity = {
        name: np.stack([compare_maps(all_[0].abs(), stage.abs(), "spearman") for stage in all_[1:]])
        for name, all_ in maps.items()
    }
    ends = tuple(tuple(dict.fromkeys((names[g[0]], names[g[-1]]))) for g in groups)
    return Randomization(tuple(" to ".join(pair) for pair in ends), maps, similarity)


def measure(
    subject: Subject, own: Explanation, _control: nn.Module | None, report: Progress
) -> Quantities:
    """Return how far maps change when all of the network's weights are random."""
    found = randomize(subject, True, report, blocks=1, own=own.maps)
    return {NUMBER: {name: 1 - found.similarity[name][-1] for name in subject.methods}}


def show(
    subject: Subject, options: Mapping[str, Any], _resources: Resources, report: Progress
) -> MapComparison:
    """Return an image's maps with more and more blocks random, or one after another."""
    found = randomize(subject, options["blocks"] == "cascading", report)
    return MapComparison(
        ("trained", *found.names),
        {m: found.maps[m][:, 0].numpy() for m in subject.methods},
        {"spearman": {m: found.similarity[m][:, 0] for m in subject.methods}},
        np.full(len(found.names), np.nan),
    )


def find_layers(model: nn.Module, image: Tensor) -> list[nn.Module]:
    """Return the modules with parameters of their own, in the order in which they first run.

    Args:
        model: the network; what a pass in evaluation does not run is left out.
        image: (1, C, H, W).
    """
    ran: dict[nn.Module, None] = {}
    with ExitStack() as hooks, explaining(model), torch.no_grad():
        for module in model.modules():
            if next(module.parameters(recurse=False), None) is not None:
                record = module.register_forward_pre_hook(lambda m, _: ran.setdefault(m))
                hooks.callback(record.remove)
        model(image.clone())
    return list(ran)


def group_blocks(layers: Sequence[nn.Module], blocks: int) -> list[list[nn.Module]]:
    """Divide layers in the order of running into contiguous groups, from the last one downwards.

    A layer without a matrix of weights (a normalisation) belongs to the one before it: alone it
    could hardly become random.
    """
    units: list[list[nn.Module]] = []
    for layer in layers:
        if not units or any(p.ndim > 1 for p in layer.parameters(recurse=False)):
            units.append([])
        units[-1].insert(0, layer)
    units.reverse()
    head = 1 if min(blocks, len(units)) > 1 else 0
    count = min(blocks - head, len(units) - head)
    edges = [head + round((len(units) - head) * edge / count) for edge in range(count + 1)]
    groups = [units[:head], *(units[a:b] for a, b in pairwise(edges))]
    return [[layer for unit in group for layer in unit] for group in groups if group]


def _centre_head(network: nn.Module, name: str) -> None:
    """Take from a linear head what all of its rows have in common.

    It changes no probability and no map of a contrast, so it may not decide either how large the
    random head's weights are.
    """
    head = network.get_submodule(name) if name else None
    if isinstance(head, nn.Linear):
        with torch.no_grad():
            for parameter in head.parameters():
                parameter.sub_(parameter.mean(0))


def draw_weights(layers: Sequence[nn.Module], generator: torch.Generator) -> None:
    """Replace the layers' own parameters by normal ones of the same mean and deviation."""
    values = []
    for parameter in _parameters(layers):
        noise = torch.randn(parameter.shape, generator=generator).to(parameter)
        values.append(parameter.mean() + parameter.std(correction=0) * noise)
    _fill(layers, values)


def _fill(layers: Sequence[nn.Module], values: Sequence[Tensor]) -> None:
    with torch.no_grad():
        for parameter, value in zip(_parameters(layers), values, strict=True):
            parameter.copy_(value)


def _parameters(layers: Sequence[nn.Module]) -> list[nn.Parameter]:
    return [p for layer in layers for p in layer.parameters(recurse=False)]
