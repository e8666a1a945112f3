"""The table of explanation methods: one function and one row each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saliencnn.common.lazy import LazyModule
from saliencnn.common.sentences import join_words
from saliencnn.models.spec import DEEP, POOLED, ModelSpec
from saliencnn.saliency import effort

if TYPE_CHECKING:
    from torch import Tensor

    from saliencnn.saliency.task import Task

ablation, at_layer, bbmp_method, input_space, scorecam = (
    LazyModule(f"saliencnn.saliency.{name}")
    for name in ("ablation", "at_layer", "bbmp_method", "input_space", "scorecam")
)

PASS_METHODS = ("cam", "gradcam", "gradcampp")
"""Those that cost a validation pass next to nothing."""
FIRST_METHODS = ("cam", "gradcam", "smoothgradcampp")
"""Those that a page shows at first: SalienCNN's three."""


@dataclass(frozen=True)
class Method:
    """One row of the table.

    Attributes:
        label: name on the screen; an approximation says so.
        compute: from a task to raw maps (N, h, w).
        family: ``layer`` (activations of the target layer, weighted), ``channels`` (channels
            tried one by one), ``input`` (gradients at the input), or ``mask`` (a learned mask).
        paper: where it was published.
        summary: what it does, in plain words for whoever is new to it.
        signed: whether values below zero carry meaning.
        needs_average: whether it is defined only where the class score is an average over the
            target layer's cells (``POOLED`` and ``CONVOLUTIONAL`` heads).
        exact: whether it computes what its paper defines; else it approximates it, and the
            sentence says how well (``tests/benchmarks/scorecam.py``).
        of_class: whether its map depends on the class that is asked about.
        passes: forward passes that it costs at most, beside the one that all share; a backward
            pass through the whole network counts as one more.
        per_channel: whether ``passes`` is a number for each channel of the target layer.
    """

    label: str
    compute: Callable[[Task], Tensor]
    family: str
    paper: str
    summary: str
    signed: bool = False
    needs_average: bool = False
    exact: bool = True
    of_class: bool = True
    passes: int = 0
    per_channel: bool = False

    @property
    def effort(self) -> int:
        """About how long it takes beside other methods, in passes; the shared one is one."""
        return 1 + self.passes

    @property
    def cost(self) -> str:
        """What it costs beside the shared forward pass, in words."""
        if not self.passes:
            return "nothing beside the forward pass"
        unit = "pass" if self.passes == 1 else "passes"
        each = " for each channel" if self.per_channel else ""
        return f"at most {self.passes} {unit}{each}"


ONE_MAP = (("gradcam", "hirescam", "xgradcam"), ("gradcampp", "smoothgradcampp"))
"""Methods that give one map, but for its scale, where the class score is linear in the average of
the layer's cells: all gradients are the class's weights over the number of cells. Grad-CAM's is
there the positive part of CAM's."""
NEARLY_ONE_MAP = (ONE_MAP[0], (*ONE_MAP[1], "layercam"))
"""Those that hardly differ there: Grad-CAM++ divides LayerCAM's weights by 2 plus what the channel
adds to the score, which is little where many channels do."""


METHODS: dict[str, Method] = {
    "cam": Method(
        "CAM",
        at_layer.cam,
        "layer",
        "Zhou et al. 2016",
        "Adds up the last feature maps, weighted by the classifier's own weights for the class.",
        signed=True,
        needs_average=True,
    ),
    "gradcam": Method(
        "Grad-CAM",
        at_layer.gradcam,
        "layer",
        "Selvaraju et al. 2017",
        "Adds up the last feature maps, weighted by how strongly each one raises the class score.",
    ),
    "gradcampp": Method(
        "Grad-CAM++",
        at_layer.gradcampp,
        "layer",
        "Chattopadhay et al. 2018",
        "Like Grad-CAM, but counts only gradients that raise the score, so that several parts of "
        "an object can show.",
    ),
    "smoothgradcampp": Method(
        "SmoothGrad-CAM++",
        at_layer.smoothgradcampp,
        "layer",
        "Omeiza et al. 2019",
        "Grad-CAM++ averaged over noisy copies of the image, which removes random detail. It "
        "equals Grad-CAM++ where the score is linear in the average of the last feature maps.",
        passes=effort.SMOOTHING_COPIES,
    ),
    "scorecam": Method(
        "Score-CAM",
        scorecam.scorecam,
        "channels",
        "Wang et al. 2020",
        "Masks the image with each feature map and weights the map by the class score that the "
        "masked image gets.",
        passes=1,
        per_channel=True,
    ),
    "scorecam_fast": Method(
        "Score-CAM (approximate)",
        scorecam.approximate_scorecam,
        "channels",
        "after Wang et al. 2020",
        "Score-CAM that tries a few feature maps and estimates the scores of the others. Not "
        "the exact maps: its rank correlation with them was 0.996 (the lowest median of 52 "
        "images on 3 networks).",
        exact=False,
        passes=effort.MAX_CHANNELS + 1,
    ),
    "hirescam": Method(
        "HiResCAM",
        at_layer.hirescam,
        "layer",
        "Draelos and Carin 2020",
        "Multiplies feature maps and gradients cell by cell before it adds them up.",
    ),
    "layercam": Method(
        "LayerCAM",
        at_layer.layercam,
        "layer",
        "Jiang et al. 2021",
        "Like HiResCAM, but counts only gradients that raise the score.",
    ),
    "xgradcam": Method(
        "XGrad-CAM",
        at_layer.xgradcam,
        "layer",
        "Fu et al. 2020",
        "Grad-CAM with weights that divide the class score among the feature maps.",
    ),
    "eigencam": Method(
        "Eigen-CAM",
        at_layer.eigencam,
        "layer",
        "Muhammad and Yeasin 2020",
        "Shows the first principal component of the last feature maps, whatever the class.",
        of_class=False,
    ),
    "ablationcam": Method(
        "Ablation-CAM",
        ablation.ablationcam,
        "channels",
        "Desai and Ramaswamy 2020",
        "Sets each feature map to zero and weights it by how much the class score falls.",
        passes=1,
        per_channel=True,
    ),
    "bbmp": Method(
        "BBMP",
        bbmp_method.bbmp,
        "mask",
        "Fong and Vedaldi 2017",
        "Learns the smallest region that, once blurred, makes the network lose the class. Several "
        "regions may do so equally well, so another start may end at another one.",
        passes=effort.PASSES,
    ),
    "gradient": Method(
        "Gradient",
        input_space.gradient,
        "input",
        "Simonyan et al. 2013",
        "Shows the pixels in which a small change changes the class score most.",
        passes=2,
    ),
    "gradxinput": Method(
        "Gradient x input",
        input_space.gradxinput,
        "input",
        "Shrikumar et al. 2016",
        "The gradient times the pixel's value: a first estimate of what each pixel contributes.",
        signed=True,
        passes=2,
    ),
    "integrated_gradients": Method(
        "Integrated gradients",
        input_space.integrated_gradients,
        "input",
        "Sundararajan et al. 2017",
        "Adds up gradients while the image fades in from the mean color; what the pixels "
        "contribute sums to the rise of the class score.",
        signed=True,
        passes=2 * effort.PATH_STEPS,
    ),
    "smoothgrad": Method(
        "SmoothGrad",
        input_space.smoothgrad,
        "input",
        "Smilkov et al. 2017",
        "The gradient averaged over noisy copies of the image, which removes random detail.",
        passes=2 * effort.NOISY_COPIES,
    ),
}


def applicable(names: Iterable[str], spec: ModelSpec) -> list[str]:
    """Return those methods that are defined for a network."""
    deep = spec.head_kind == DEEP
    return [name for name in names if not (deep and METHODS[name].needs_average)]


def explaining_passes(names: Iterable[str], spec: ModelSpec) -> int:
    """Return about how many forward passes it takes to explain an image by methods together.

    Args:
        names: those that are defined for the network.
        spec: of the network.
    """
    free = {name for group in ONE_MAP for name in group} if spec.head_kind == POOLED else set()
    return 1 + sum(METHODS[name].passes for name in names if name not in free)


def group_alike(
    names: Iterable[str],
    head_kinds: Iterable[str],
    one_map: Iterable[tuple[str, ...]] = ONE_MAP,
) -> list[tuple[str, ...]]:
    """Return methods in groups, each of which looks the same wherever it is drawn.

    Drawn maps show no negative values, so that with a pooled head CAM looks like Grad-CAM.

    Args:
        names: the methods.
        head_kinds: of all networks whose maps are drawn together, see ``ModelSpec``.
        one_map: which of them look the same with a pooled head.

    Returns:
        The groups in the order in which they are first named; in each the methods stand in the
        order of ``METHODS``, so first the one that training most likely logs.
    """
    alike = {}
    if {*head_kinds} == {POOLED}:
        alike = {name: group[0] for group in one_map for name in group} | {"cam": ONE_MAP[0][0]}
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(alike.get(name, name), []).append(name)
    return [tuple(name for name in METHODS if name in group) for group in groups.values()]


SAME_MAP = "(the same map here)"
"""Stands behind the names of methods that draw one map."""


def name_group(names: Sequence[str]) -> str:
    """Return methods that look the same as part of a sentence, at least one, in the plural."""
    labels = [METHODS[name].label for name in names]
    return f"{join_words(labels)} {SAME_MAP}" if len(labels) > 1 else labels[0]


def label_group(names: Iterable[str]) -> str:
    """Return how people call methods that look the same, e.g. ``CAM = Grad-CAM``."""
    return " = ".join(METHODS[name].label for name in names)
