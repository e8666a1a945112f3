"""What is asked about one image's maps, and the answers that are kept.

Each method's answer is kept with the run under the question that it answers, so that the next
person sees it at once; images from outside the image set leave nothing behind.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from pipelines.trust.subjects import make_subject
from saliencnn.checks.subject import Subject
from saliencnn.models.architectures import find_architecture
from saliencnn.saliency.explain import applicable
from saliencnn.store.check_results import read_result, write_result
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

Arrays = dict[str, np.ndarray]
"""One method's answer by name."""
Options = Mapping[str, str | float | int | bool | None]
"""What was asked beyond image, class and method."""


@dataclass(frozen=True)
class MapQuery:
    """Whose maps, of which image.

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
    asked: MapQuery,
    check: str,
    options: Options,
    compute: Callable[[Subject], dict[str, Arrays]],
) -> dict[str, Arrays]:
    """Read each method's answer, and compute together those that nobody has asked for before.

    Args:
        asked: what is shown.
        check: names what is done to the image.
        options: how.
        compute: from the subject, whose methods are those without an answer, to their answers.

    Raises:
        UserError: no such checkpoint.
    """
    names = applicable(asked.methods, find_architecture(asked.run.arch))
    found = kept_answer(asked, check, options)
    missing = tuple(m for m in names if m not in found)
    if missing:
        pixels = torch.from_numpy(asked.pixels).permute(2, 0, 1)[None]
        targets = np.array([asked.target])
        subject = make_subject(asked.store, asked.run, asked.epoch, pixels, targets, missing)
        for method, arrays in compute(subject).items():
            found[method] = arrays
            if asked.image is not None:
                about = _question(asked, check, options, method)
                write_result(asked.store, asked.run.run_id, about, arrays)
    return {m: found[m] for m in names}


def kept_answer(asked: MapQuery, check: str, options: Options) -> dict[str, Arrays]:
    """Return the answers that are kept, by method."""
    if asked.image is None:
        return {}
    kept = {
        method: read_result(asked.store, asked.run.run_id, _question(asked, check, options, method))
        for method in asked.methods
    }
    return {method: arrays for method, arrays in kept.items() if arrays is not None}


def _question(
    asked: MapQuery, check: str, options: Options, method: str
) -> dict[str, str | float | int | bool | None]:
    return {
        "check": check, "epoch": asked.epoch, "image": asked.image, "target": asked.target,
        **options, "method": method,
    }  # fmt: skip
