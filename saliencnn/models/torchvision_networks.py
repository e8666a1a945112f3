"""Torchvision's classification networks by their names, and their published weights."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from saliencnn.common.errors import UserError
from saliencnn.common.translation import find_reason
from saliencnn.data.geometry import Geometry
from saliencnn.data.preparation import Preparation, prepare_at
from saliencnn.models.architecture import Architecture

if TYPE_CHECKING:
    from torch import Tensor, nn

PINNED = "IMAGENET1K_V1"
"""Torchvision's weights of these names, whatever its default becomes."""
_REGISTERED = re.compile(r"^@register_model\(\)\n(?:@.*\n)*def (\w+)\(", re.MULTILINE)
_DIGEST = re.compile(r"-([0-9a-f]{8,})\.")
_OPTIONS: dict[str, dict[str, object]] = {
    # Their published weights were trained on another normalisation, to which they convert.
    name: {"aux_logits": False, "init_weights": True, "transform_input": True}
    for name in ("googlenet", "inception_v3")
}

# Torchvision takes as long to load as torch itself, so each function imports it.


def build_torchvision(name: str, num_classes: int = 1000) -> nn.Module:
    """Build one of torchvision's networks with random weights."""
    import torchvision

    options = _OPTIONS.get(name, {})
    model: nn.Module = torchvision.models.get_model(
        name, weights=None, num_classes=num_classes, **options
    )
    return model


@cache
def list_torchvision() -> tuple[str, ...]:
    """Return the names of torchvision's classification networks, read without loading it."""
    package = find_spec("torchvision")
    if package is None or package.origin is None:
        return ()
    sources = sorted(Path(package.origin).with_name("models").glob("*.py"))
    return tuple(name for path in sources for name in _REGISTERED.findall(path.read_text()))


def find_torchvision(name: str) -> Architecture | None:
    """Return one of torchvision's classification networks, not inspected yet; None if unknown."""
    if name not in list_torchvision():
        return None
    import torchvision

    size = prepare_published(name, "", prepare_at(224)).geometry.size
    package = f"torchvision {torchvision.__version__.partition('+')[0]}"
    build = partial(build_torchvision, name)
    return Architecture("", "", build=build, preparation=prepare_at(size), package=package)


def prepare_published(name: str, weights: str, otherwise: Preparation) -> Preparation:
    """Return how images are prepared for published weights.

    Args:
        name: of the network.
        weights: torchvision's enum member, whose own transforms count if there is one; any other
            is taken for weights trained as ``PINNED`` ones were.
        otherwise: for a network without published weights.
    """
    members = {member.name: member for member in _members(name)}
    member = members.get(weights) or members.get(PINNED) or next(iter(members.values()), None)
    if member is None:
        return otherwise
    transform = member.transforms()
    geometry = Geometry(
        transform.crop_size[0], transform.resize_size[0], transform.interpolation.value
    )
    return Preparation(geometry, tuple(transform.mean), tuple(transform.std))


def read_torchvision(name: str, weights: str) -> Mapping[str, Tensor]:
    """Return torchvision's published weights, downloaded unless they are there already.

    Raises:
        UserError: there are none of that name, or they cannot be downloaded.
    """
    import torch

    from saliencnn.models.weights_file import SUFFIXES

    members = {member.name: member for member in _members(name)}
    if not members:
        raise UserError(
            f"Architecture {name} has no published weights {weights!r}; use none or a file."
        )
    if weights not in ("default", "DEFAULT", *members):
        raise UserError(
            f"Weights {weights!r} are unknown for {name}; use none, default, "
            f"{', '.join(members)}, or a file ending in {' or '.join(SUFFIXES[:2])}."
        )
    member = members.get(weights) or type(next(iter(members.values()))).DEFAULT
    kept = Path(torch.hub.get_dir(), "checkpoints", PurePosixPath(urlparse(member.url).path).name)
    if kept.is_file():
        check_published(kept)
    try:
        return dict(member.get_state_dict(check_hash=True))
    except Exception as error:
        raise UserError(
            f"Weights {weights} of {name} could not be downloaded ({find_reason(error)}); try "
            "again, or give a file instead."
        ) from error


def check_published(path: Path) -> None:
    """Check that a downloaded file is what was published: its name ends in its digest.

    Raises:
        UserError: it is cut off or changed.
    """
    named = _DIGEST.search(path.name)
    if not named:
        return
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(named[1]):
        raise UserError(
            f"The downloaded file {path} is cut off or changed (its SHA-256 begins with "
            f"{digest[:8]}, not {named[1]}): delete it, and it is downloaded again."
        )


def _members(name: str) -> list[Any]:
    import torchvision

    try:
        return list(torchvision.models.get_model_weights(name))
    except ValueError:
        return []
