"""Asking for a network that ignores groups of maps: what pages need, without torch."""

from collections.abc import Sequence

from pipelines.training.request import Request
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.sentences import count
from saliencnn.models.spec import CHANNELS_FIRST, POOLED
from saliencnn.store.run_info import RunInfo

METHOD = "gradcam"
"""Whose maps are grouped, as Colours does where nobody chooses another."""


def label_group(class_name: str, number: int) -> str:
    """Return how a person names a group of a class's maps: 1 is the largest."""
    return f"{class_name}:{number}"


def why_not_ignored(run: RunInfo) -> str:
    """Return why no network can be made that ignores groups, in a sentence; empty where it can."""
    if not run.data:
        return f"The training images of {run.name} are known to its own loop alone."
    if run.spec.head_kind != POOLED or run.spec.layout != CHANNELS_FIRST:
        return (
            "That takes a network that averages its last feature maps and then decides by one "
            f"linear layer, as ResNets and MobileNets do; {run.arch} decides in another way."
        )
    return ""


def request_ignoring(run: RunInfo, epoch: int, groups: Sequence[str]) -> Request:
    """Return the request for a network that ignores groups of a run's maps.

    Args:
        run: the run.
        epoch: whose checkpoint and maps.
        groups: as ``label_group`` names them.
    """
    return Request(
        run.data,
        run.arch,
        f"run:{run.run_id}:{epoch}",
        Hyperparameters(epochs=1, seed=run.seed),
        run.image_size,
        name=name_ignoring(run, groups),
        window=run.window,
        fit=run.fit,
        layer=run.given_layers.get("layer"),
        head=run.given_layers.get("head"),
        map_images=run.map_images,
        ignored_groups=tuple(groups),
    )


def name_ignoring(run: RunInfo, groups: Sequence[object]) -> str:
    """Return what a network is called that ignores some groups."""
    return f"{run.name} without {count(len(groups), 'group', 'groups')}"
