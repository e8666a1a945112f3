"""A trained network ready to classify images, built from two plain files.

MLflow's ``pyfunc`` loader calls ``_load_pyfunc`` here: the weights are a safetensors file and what
else is to know is JSON, so loading a network unpickles nothing. Every registered model holds this
module's dotted name, so it must never be renamed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from saliencnn.common.errors import UserError
from saliencnn.common.formats import NETWORK
from saliencnn.data.decode import decode_image
from saliencnn.data.preparation import Preparation, prepare_at
from saliencnn.data.size import Size
from saliencnn.data.value_range import window_of_one
from saliencnn.data.window import AUTO, FULL, parse_choice
from saliencnn.models.architecture import CannotBuild
from saliencnn.models.architectures import find_architecture
from saliencnn.models.own_networks import explain_missing
from saliencnn.models.spec import ModelSpec

if TYPE_CHECKING:
    from torch import Tensor, nn

WEIGHTS = "weights.safetensors"
FACTS = "network.json"
_BATCH = 64
"""Images that pass through the network at once."""


@dataclass(frozen=True)
class NetworkFacts:
    """What is to know of a network beside its weights.

    Attributes:
        arch: architecture's name.
        classes: class names, in the order of the scores.
        preparation: what happens to images before the network sees them.
        window: what it was trained to see of images deeper than 8 bits, as ``--window`` takes it.
        spec: where its maps are taken; None for the table's.
        network: where its class is, as ``module:Class``, if a loop of its own trained it.
    """

    arch: str
    classes: tuple[str, ...]
    preparation: Preparation
    window: str = AUTO
    spec: ModelSpec | None = None
    network: str = ""

    def encode(self) -> bytes:
        """Return the file's content."""
        facts = {
            "arch": self.arch,
            "classes": self.classes,
            "image_size": self.preparation.geometry.size,
            "window": self.window,
            "preparation": self.preparation.encode(),
            "network": self.network,
        }
        if self.spec:
            facts["spec"] = self.spec.encode()
        return json.dumps(NETWORK.stamp | facts).encode()

    @classmethod
    def decode(cls, content: bytes) -> NetworkFacts:
        """Read what ``encode`` gave.

        Raises:
            NewerFormat: a later version of this program wrote it.
        """
        value = json.loads(content)
        NETWORK.check(value)
        return cls(
            str(value["arch"]),
            tuple(map(str, value["classes"])),
            # Earlier versions prepared all images alike.
            Preparation.decode(value["preparation"])
            if "preparation" in value
            else prepare_at(int(value["image_size"])),
            _read_window(value),
            ModelSpec.decode(value["spec"]) if "spec" in value else None,
            str(value.get("network", "")),
        )


@dataclass(frozen=True)
class Classifier:
    """A trained network with all that using it needs.

    Attributes:
        network: in evaluation; takes normalised float32 (N, 3, height, width).
        architecture: the layer to explain and the head.
        classes: class names, in the order of the scores.
        preparation: what happens to images before the network sees them.
        window: as in ``NetworkFacts``.
    """

    network: nn.Module
    architecture: ModelSpec
    classes: tuple[str, ...]
    preparation: Preparation
    window: str = AUTO

    @property
    def image_size(self) -> Size:
        """Size of its input in pixels."""
        return self.preparation.geometry.input_size

    def read_image(self, path: str | Path) -> np.ndarray:
        """Read an image's file as training read its files, giving uint8 (H, W, 3).

        Raises:
            UnreadableImage: it cannot be read.
        """
        return decode_image(Path(path), str(path), partial(window_of_one, self.window))

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Score images as validation scored them.

        Args:
            images: uint8 (N, H, W, 3), RGB, N at least 1 and any H and W: they are scaled and
                cropped to the network's input. Of a network of two or of four channels, that many
                in place of three.

        Returns:
            float32 (N, classes): scores before softmax.

        Raises:
            UserError: another shape or type.
        """
        import torch

        from saliencnn.models.outputs import read_logits

        planes = self.preparation.planes
        if not isinstance(images, np.ndarray):
            raise UserError(
                f"Images must be one uint8 array (N, H, W, {planes}); this is a "
                f"{type(images).__name__}. read_image reads a file, np.stack joins several."
            )
        shaped = images.ndim == 4 and images.shape[3] == planes and images.size > 0
        if not shaped or images.dtype != np.uint8:
            raise UserError(
                f"Images must be uint8 (N, H, W, {planes}); these are {images.dtype} "
                f"{images.shape}."
            )
        pixels = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2)
        fit, normalise = self.preparation.geometry.fit, self.preparation.normalise
        with torch.no_grad():
            outputs = [self.network(normalise(fit(some))) for some in pixels.split(_BATCH)]
        place = self.architecture.logits
        return torch.cat([read_logits(one, place) for one in outputs]).numpy()


def make_classifier(facts: NetworkFacts, state: Mapping[str, Tensor]) -> Classifier:
    """Build a network and give it its weights.

    Raises:
        UserError: a network that cannot be built here, or weights that do not fit it.
    """
    from saliencnn.models.stored_weights import load_state
    from saliencnn.models.weights import build_network

    try:
        network = build_network(facts.arch, len(facts.classes), spec=facts.spec).model
    except CannotBuild as error:
        if not facts.network:
            raise
        raise CannotBuild(explain_missing(facts.arch, facts.network)) from error
    try:
        load_state(network, state)
    except RuntimeError as error:
        raise UserError(
            f"The stored weights do not fit {facts.arch} with {len(facts.classes)} classes: "
            "their file or what is noted beside it was changed."
        ) from error
    spec = facts.spec or find_architecture(facts.arch)
    return Classifier(network.eval(), spec, facts.classes, facts.preparation, facts.window)


def _read_window(value: Mapping[str, Any]) -> str:
    window = str(value.get("window", FULL))  # which earlier versions showed
    parse_choice(window)
    return window


def _load_pyfunc(folder: str) -> Classifier:
    """Load what a model version's folder holds; the name is MLflow's."""
    import safetensors.torch

    facts = NetworkFacts.decode((Path(folder) / FACTS).read_bytes())
    return make_classifier(facts, safetensors.torch.load_file(Path(folder) / WEIGHTS))
