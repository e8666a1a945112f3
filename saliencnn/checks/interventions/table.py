"""The table of interventions: one row each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import Tensor

from saliencnn.checks.interventions import changes
from saliencnn.checks.interventions.changes import PATCHES
from saliencnn.checks.interventions.scene import Scene

Change = Callable[[Scene], Tensor]
"""From a scene to the changed images."""
Needs = Literal["", "object", "attended"]


@dataclass(frozen=True)
class Intervention:
    """One row.

    Attributes:
        name: unique, as it is stored.
        label: what is done to an image, as people read it.
        kind: what it is about: ``object``, ``attended``, ``place``, ``colour``, ``light``,
            ``quality`` or ``layout``.
        change: does it.
        needs: the region that must be known: the object, or what the maps attend to.
        control: what is done beside it to see what is due to the place alone, e.g. the same area
            elsewhere; None where the images as they are serve.
        control_label: of the control.
    """

    name: str
    label: str
    kind: str
    change: Change
    needs: Needs = ""
    control: Change | None = None
    control_label: str = ""


FILLS: dict[str, tuple[str, Callable[[Scene, Tensor], Tensor]]] = {
    "mean": ("the mean colour", lambda scene, _hole: scene.mean),
    "blur": ("a blur", lambda scene, _hole: changes.blurred(scene.images)),
    "inpaint": ("its surroundings", lambda scene, hole: changes.inpainted(scene.images, hole)),
}
"""What a hidden region is replaced by: its name, in words, and how."""
ELSEWHERE = "the same area elsewhere"


def _hide(scene: Scene, fill: str, rest: bool = False) -> Tensor:
    assert scene.region is not None
    hole = ~scene.region if rest else scene.region
    return torch.where(hole, FILLS[fill][1](scene, hole), scene.images)


def _hide_elsewhere(scene: Scene, fill: str, rest: bool = False) -> Tensor:
    return _hide(scene.elsewhere(), fill, rest)


def _swap(scene: Scene, own: bool) -> Tensor:
    background = scene.own_backgrounds if own else scene.backgrounds
    assert scene.region is not None
    assert background is not None
    return torch.where(scene.region, scene.images, background)


def _turn_hue(scene: Scene, rest: bool) -> Tensor:
    assert scene.region is not None
    inside = ~scene.region if rest else scene.region
    return torch.where(inside, changes.turned_hue(scene.images), scene.images)


def _hide_place(scene: Scene, place: Callable[[tuple[int, int]], Tensor]) -> Tensor:
    height, width = scene.images.shape[-2:]
    hole = place((height, width)).to(scene.images.device)
    return torch.where(hole, scene.mean, scene.images)


def _region_rows(region: Needs, what: str) -> list[Intervention]:
    hidden = [
        Intervention(
            f"{region}-{fill}",
            f"{what} replaced by {words}",
            region,
            partial(_hide, fill=fill),
            region,
            partial(_hide_elsewhere, fill=fill),
            ELSEWHERE,
        )
        for fill, (words, _) in FILLS.items()
    ]
    alone = Intervention(
        f"only-{region}",
        f"everything but {what} replaced by the mean colour",
        region,
        partial(_hide, fill="mean", rest=True),
        region,
        partial(_hide_elsewhere, fill="mean", rest=True),
        ELSEWHERE,
    )
    return [*hidden, alone]


def _whole(name: str, label: str, kind: str, change: Callable[[Tensor], Tensor]) -> Intervention:
    """Return the row of a change that asks for nothing but the images."""
    return Intervention(name, label, kind, lambda scene: change(scene.images))


CORNERS = {
    "upper left": (False, False), "upper right": (False, True),
    "lower left": (True, False), "lower right": (True, True),
}  # fmt: skip
"""Corner -> whether it is a lower one, and a right one."""

_ROWS = (
    *_region_rows("object", "the object"),
    Intervention(
        "background-swapped",
        "the object on another class's background",
        "object",
        partial(_swap, own=False),
        "object",
        partial(_swap, own=True),
        "on another background of its class",
    ),
    Intervention(
        "background-hue",
        "hues beside the object turned by half",
        "object",
        partial(_turn_hue, rest=True),
        "object",
    ),
    Intervention(
        "object-hue",
        "the object's hues turned by half",
        "object",
        partial(_turn_hue, rest=False),
        "object",
    ),
    *_region_rows("attended", "what the maps attend to"),
    Intervention(
        "border",
        "the border hidden",
        "place",
        partial(_hide_place, place=changes.border),
    ),
    *(
        Intervention(
            f"corner-{where.replace(' ', '-')}",
            f"the {where} corner hidden",
            "place",
            partial(_hide_place, place=partial(changes.corner, lower=lower, right=right)),
        )
        for where, (lower, right) in CORNERS.items()
    ),
    *(
        Intervention(
            f"cell-{row}-{column}",
            f"row {row + 1}, column {column + 1} of {PATCHES} x {PATCHES} hidden",
            "place",
            partial(_hide_place, place=partial(changes.cell, row=row, column=column)),
        )
        for row in range(PATCHES)
        for column in range(PATCHES)
    ),
    _whole("hue", "hues turned by half", "colour", changes.turned_hue),
    _whole("grey", "without colour", "colour", changes.grey),
    _whole("brightness", "brightness made equal", "light", changes.equalised),
    _whole("darker", "darker by a third", "light", lambda images: images * 2 / 3),
    _whole("brighter", "brighter by a third", "light", lambda images: (images * 4 / 3).clamp(0, 1)),
    _whole("contrast", "half the contrast", "light", partial(changes.contrasted, factor=0.5)),
    _whole("jpeg-50", "JPEG of quality 50", "quality", partial(changes.compressed, quality=50)),
    _whole("jpeg-15", "JPEG of quality 15", "quality", partial(changes.compressed, quality=15)),
    Intervention("noise", "with noise of 5 %", "quality", partial(changes.noisy, deviation=0.05)),
    _whole("blur", "blurred a little", "quality", partial(changes.blurred, fraction=1 / 64)),
    _whole("low-pass", "without the finest detail", "quality", partial(changes.smoothed, factor=4)),
    Intervention("shuffle", "patches shuffled", "layout", changes.shuffled),
    _whole("mirrored", "mirrored", "layout", lambda images: images.flip(3)),
    _whole("upside-down", "upside down", "layout", lambda images: images.flip(2)),
)
INTERVENTIONS: dict[str, Intervention] = {row.name: row for row in _ROWS}
"""Name -> row, in the order in which they are shown."""
