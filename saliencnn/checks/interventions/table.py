"""The table of interventions: one row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from saliencnn.common.lazy import LazyModule

if TYPE_CHECKING:
    from torch import Tensor

    from saliencnn.checks.interventions.scene import Scene

borrowing = LazyModule("saliencnn.checks.interventions.borrowing")
changes = LazyModule("saliencnn.checks.interventions.changes")
PATCHES = 4
"""Rows and columns of patches that are shuffled, and of cells that are hidden one by one."""


Change = Callable[["Scene"], "Tensor"]
"""From a scene to the changed images."""
Place = Callable[[tuple[int, int]], "Tensor"]
"""From height and width to the pixels of a place, bool (H, W)."""
Needs = Literal["", "object", "attended", "other"]


@dataclass(frozen=True)
class Intervention:
    """One row.

    Attributes:
        name: unique, as it is stored.
        label: what is done to an image, as people read it.
        kind: what it is about: ``object``, ``attended``, ``place``, ``other``, ``colour``,
            ``light``, ``quality`` or ``layout``.
        change: does it.
        needs: what must be there: the object's region, that which the maps attend to, or an image
            of another class, from which something is taken.
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
    import torch

    assert scene.region is not None
    hole = ~scene.region if rest else scene.region
    return torch.where(hole, FILLS[fill][1](scene, hole), scene.images)


def _hide_elsewhere(scene: Scene, fill: str, rest: bool = False) -> Tensor:
    return _hide(scene.elsewhere(), fill, rest)


def _swap(scene: Scene, own: bool) -> Tensor:
    import torch

    background = scene.own_backgrounds if own else scene.backgrounds
    assert scene.region is not None
    assert background is not None
    # As bright as the image's own, or the cut's edge would show on another class's alone where
    # classes differ in brightness.
    background = borrowing.as_bright(background, scene.images)
    return torch.where(scene.region, scene.images, background)


def _turn_hue(scene: Scene, rest: bool) -> Tensor:
    import torch

    assert scene.region is not None
    inside = ~scene.region if rest else scene.region
    return torch.where(inside, changes.turned_hue(scene.images), scene.images)


def _hide_place(scene: Scene, place: Place) -> Tensor:
    return borrowing.with_place_of(scene.images, scene.mean, place)


Give = Callable[["Tensor", "Tensor"], "Tensor"]
"""From images and others to images with something of the others."""


def _take(scene: Scene, give: Give, own: bool) -> Tensor:
    others = scene.own_others if own else scene.others
    assert others is not None
    return give(scene.images, others)


def _borrowed(name: str, what: str, give: Give) -> Intervention:
    """Return the row of what is taken from an image of another class, beside one of its own."""
    return Intervention(
        name,
        f"{what} taken from another class's image",
        "other",
        partial(_take, give=give, own=False),
        "other",
        partial(_take, give=give, own=True),
        "from an image of its own class",
    )


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
        f"only {what}, on the mean colour",
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
    *(
        _borrowed(
            f"other-{where.replace(' ', '-')}",
            f"the {where} corner",
            partial(
                borrowing.with_place_of, place=partial(changes.corner, lower=lower, right=right)
            ),
        )
        for where, (lower, right) in CORNERS.items()
    ),
    _borrowed("other-border", "the border", partial(borrowing.with_place_of, place=changes.border)),
    _borrowed("other-brightness", "brightness", borrowing.as_bright),
    _borrowed("other-tint", "mean and spread of the colours", borrowing.as_tinted),
    _borrowed("other-detail", "the finest detail", borrowing.with_detail_of),
    _whole("hue", "hues turned by half", "colour", changes.turned_hue),
    _whole("grey", "without colour", "colour", changes.grey),
    _whole("brightness", "brightness made equal", "light", changes.equalised),
    _whole("darker", "darker by a third", "light", lambda images: images * 2 / 3),
    _whole("brighter", "brighter by a third", "light", lambda images: (images * 4 / 3).clamp(0, 1)),
    _whole("contrast", "half the contrast", "light", partial(changes.contrasted, factor=0.5)),
    _whole("jpeg-50", "JPEG of quality 50", "quality", partial(changes.compressed, quality=50)),
    _whole("jpeg-15", "JPEG of quality 15", "quality", partial(changes.compressed, quality=15)),
    Intervention("noise", "with noise of 5%", "quality", partial(changes.noisy, deviation=0.05)),
    _whole("blur", "blurred a little", "quality", partial(changes.blurred, fraction=1 / 64)),
    _whole("low-pass", "without the finest detail", "quality", partial(changes.smoothed, factor=4)),
    Intervention("shuffle", "patches shuffled", "layout", changes.shuffled),
    _whole("mirrored", "mirrored", "layout", lambda images: images.flip(3)),
    _whole("upside-down", "upside down", "layout", lambda images: images.flip(2)),
)
INTERVENTIONS: dict[str, Intervention] = {row.name: row for row in _ROWS}
"""Name -> row, in the order in which they are shown."""
