"""The table of explanation methods: one function and one row each."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from saliencnn.saliency import ablation, at_layer, bbmp_method, input_space, scorecam
from saliencnn.saliency.task import Task

PASS_METHODS = ("cam", "gradcam", "gradcampp")
"""Those that a validation pass gives almost for nothing."""
FIRST_METHODS = ("cam", "gradcam", "smoothgradcampp")
"""Those that a page shows at first: SalienCNN's three."""


@dataclass(frozen=True)
class Method:
    """One row of the table.

    Attributes:
        label: name on the screen; an approximation says so.
        compute: from a task to raw maps (N, h, w).
        family: ``layer`` (activations of the target layer, weighed), ``channels`` (channels
            tried out), ``input`` (gradients at the input), or ``mask`` (a learned mask).
        paper: where it was published.
        novice: one sentence for somebody new to it.
        signed: whether values below zero carry meaning.
        needs_average: whether it is defined only where the class score is an average over the
            target layer's cells (``POOLED`` and ``CONVOLUTIONAL`` heads).
        exact: whether it computes what its paper defines; else it approximates it, and the
            sentence says how well (``tests/benchmarks/scorecam.py``).
        passes: forward passes that it costs at most, beside the one that all share; a backward
            pass through the whole network counts as one more.
        per_channel: whether ``passes`` is a number for each channel of the target layer.
    """

    label: str
    compute: Callable[[Task], Tensor]
    family: str
    paper: str
    novice: str
    signed: bool = False
    needs_average: bool = False
    exact: bool = True
    passes: int = 0
    per_channel: bool = False

    @property
    def cost(self) -> str:
        """What it costs beside the shared forward pass, in words."""
        if not self.passes:
            return "nothing beside the forward pass"
        unit = "pass" if self.passes == 1 else "passes"
        each = " for each channel" if self.per_channel else ""
        return f"at most {self.passes} {unit}{each}"


METHODS: dict[str, Method] = {
    "cam": Method(
        "CAM",
        at_layer.cam,
        "layer",
        "Zhou et al. 2016",
        "Weighs the last features by the classifier's own weights for the class.",
        signed=True,
        needs_average=True,
    ),
    "gradcam": Method(
        "Grad-CAM",
        at_layer.gradcam,
        "layer",
        "Selvaraju et al. 2017",
        "Weighs the last features by how strongly each raises the class score.",
    ),
    "gradcampp": Method(
        "Grad-CAM++",
        at_layer.gradcampp,
        "layer",
        "Chattopadhay et al. 2018",
        "Grad-CAM that counts only what raises the score, so that several parts can light up.",
    ),
    "smoothgradcampp": Method(
        "SmoothGrad-CAM++",
        at_layer.smoothgradcampp,
        "layer",
        "Omeiza et al. 2019",
        "Grad-CAM++ averaged over noisy copies of the image, so that chance details fade. Where "
        "the score is linear in the last features' average, noise changes nothing: it equals "
        "Grad-CAM++.",
        passes=at_layer.SMOOTHING_COPIES,
    ),
    "scorecam": Method(
        "Score-CAM",
        scorecam.scorecam,
        "channels",
        "Wang et al. 2020",
        "Shows the network the image through each feature and weighs the feature by the score "
        "that the class still gets.",
        passes=1,
        per_channel=True,
    ),
    "scorecam_fast": Method(
        "Score-CAM (approximate)",
        scorecam.approximate_scorecam,
        "channels",
        "after Wang et al. 2020",
        "Score-CAM that tries a few features and guesses the scores of the others from those. Not "
        "the exact maps: its rank correlation with them was 0.996 (the lowest median of 52 "
        "images on 3 networks).",
        exact=False,
        passes=scorecam.MOST_CHANNELS + 1,
    ),
    "hirescam": Method(
        "HiResCAM",
        at_layer.hirescam,
        "layer",
        "Draelos and Carin 2020",
        "Multiplies features and gradients point by point before it sums them.",
    ),
    "layercam": Method(
        "LayerCAM",
        at_layer.layercam,
        "layer",
        "Jiang et al. 2021",
        "Like HiResCAM, but counts only the gradients that raise the score.",
    ),
    "xgradcam": Method(
        "XGrad-CAM",
        at_layer.xgradcam,
        "layer",
        "Fu et al. 2020",
        "Grad-CAM with weights that share the class score out among the features.",
    ),
    "eigencam": Method(
        "Eigen-CAM",
        at_layer.eigencam,
        "layer",
        "Muhammad and Yeasin 2020",
        "Shows the strongest pattern among the last features, whatever the class.",
    ),
    "ablationcam": Method(
        "Ablation-CAM",
        ablation.ablationcam,
        "channels",
        "Desai and Ramaswamy 2020",
        "Switches each feature off and weighs it by how much the class score then falls.",
        passes=1,
        per_channel=True,
    ),
    "bbmp": Method(
        "BBMP",
        bbmp_method.bbmp,
        "mask",
        "Fong and Vedaldi 2017",
        "Learns the smallest blurred patch that makes the network lose the class. Several patches "
        "may do so equally well: another start may end at another one.",
        passes=bbmp_method.PASSES,
    ),
    "gradient": Method(
        "Gradient",
        input_space.gradient,
        "input",
        "Simonyan et al. 2013",
        "Shows the pixels whose smallest change moves the class score most.",
        passes=2,
    ),
    "gradxinput": Method(
        "Gradient x input",
        input_space.gradxinput,
        "input",
        "Shrikumar et al. 2016",
        "The gradient times the pixel's own value: a first guess of what each pixel contributes.",
        signed=True,
        passes=2,
    ),
    "integrated_gradients": Method(
        "Integrated gradients",
        input_space.integrated_gradients,
        "input",
        "Sundararajan et al. 2017",
        "Adds up gradients while the image fades in from plain grey; the pixels' shares sum up "
        "to the class score's rise.",
        signed=True,
        passes=2 * input_space.PATH_STEPS,
    ),
    "smoothgrad": Method(
        "SmoothGrad",
        input_space.smoothgrad,
        "input",
        "Smilkov et al. 2017",
        "The gradient averaged over noisy copies of the image, so that chance details fade.",
        passes=2 * input_space.NOISY_COPIES,
    ),
}
