"""Answers to questions about one image's maps, kept with the run.

Each method's answer is kept under the question that it answers, so that the next person sees it at
once; images from outside the image set leave nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from saliencnn.checks.evidence import Arrays
from saliencnn.data.planes import decode_planes
from saliencnn.saliency.methods import applicable
from saliencnn.store.check_results import read_result, write_result
from saliencnn.store.connection import Store
from saliencnn.store.images import read_image, read_index
from saliencnn.store.runs import RunInfo
from saliencnn.store.writing import NotWritable

if TYPE_CHECKING:
    import torch

    from saliencnn.checks.subject import Subject

Options = Mapping[str, str | float | int | bool | None]
"""What a question says beyond image, class and method."""


@dataclass(frozen=True)
class MapQuery:
    """Maps of one image.

    Attributes:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        pixels: uint8 (size, size, 3), as the network sees it.
        image: its number among the validation images; None for one from outside.
        target: the class to explain.
        methods: names; those that are not defined for the network are left out.
    """

    store: Store
    run: RunInfo
    epoch: int
    pixels: np.ndarray
    image: int | None
    target: int
    methods: tuple[str, ...]


def answer(
    query: MapQuery,
    check: str,
    options: Options,
    compute: Callable[[Subject], Mapping[str, Arrays]],
) -> dict[str, Arrays]:
    """Read each method's answer, and compute together those that nobody has asked for before.

    Args:
        query: the image, the network and the methods.
        check: names what is done to the image.
        options: how.
        compute: from the subject, whose methods are those without an answer, to their answers.

    Raises:
        UserError: no such checkpoint.
    """
    names = applicable(query.methods, query.run.spec)
    found = kept_answers(query, check, options)
    missing = tuple(m for m in names if m not in found)
    if missing:
        from pipelines.trust.subjects import make_subject

        pixels = _read_planes(query)
        targets = np.array([query.target])
        subject = make_subject(query.store, query.run, query.epoch, pixels, targets, missing)
        for method, arrays in compute(subject).items():
            found[method] = arrays
            if query.image is not None:
                question = _question(query, check, options, method)
                with suppress(NotWritable):  # it is only kept to save time
                    write_result(query.store, query.run.run_id, question, arrays)
    return {m: found[m] for m in names}


def _read_planes(query: MapQuery) -> torch.Tensor:
    """Return the image with all of its channels, uint8 (1, planes, height, width)."""
    import torch

    if query.image is None or query.run.preparation.shape[0] <= 3:
        return torch.from_numpy(query.pixels).permute(2, 0, 1)[None]
    index = read_index(query.store, query.run.images_id)
    return decode_planes([read_image(query.store, query.run.images_id, index, query.image)])


def kept_answers(query: MapQuery, check: str, options: Options) -> dict[str, Arrays]:
    """Return the answers that are kept, by method."""
    if query.image is None:
        return {}
    kept = {
        method: read_result(query.store, query.run.run_id, _question(query, check, options, method))
        for method in query.methods
    }
    return {method: arrays for method, arrays in kept.items() if arrays is not None}


def _question(
    query: MapQuery, check: str, options: Options, method: str
) -> dict[str, str | float | int | bool | None]:
    return {
        "check": check, "epoch": query.epoch, "image": query.image, "target": query.target,
        **options, "method": method,
    }  # fmt: skip
