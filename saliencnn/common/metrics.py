"""What a run's metrics mean: the one table that pages, cards and commands read."""

from collections.abc import Iterable, Mapping

from saliencnn.common.terms import ON_OBJECT
from saliencnn.measures.map_measures import MAP_MEASURES
from saliencnn.measures.metric import Metric

AFTER = {
    f"after_{name.replace('-', '_')}": name
    for name in ("hue", "grey", "border", "background-swapped", "object-inpaint")
}
"""Metric -> intervention after which training measures accuracy, where it is asked to."""
METRICS: dict[str, Metric] = {
    "val_accuracy": Metric(
        "validation accuracy",
        ".1%",
        "higher",
        "Fraction of the validation images that the network classifies correctly.",
    ),
    "best_val_accuracy": Metric(
        "best accuracy", ".1%", "higher", "Highest validation accuracy of all epochs so far."
    ),
    "val_balanced_accuracy": Metric(
        "balanced accuracy",
        ".1%",
        "higher",
        "Accuracy where each class counts the same, however few validation images it has: the mean "
        "over the classes of the fraction that is classified correctly.",
    ),
    "val_top5": Metric(
        "top-5 accuracy",
        ".1%",
        "higher",
        "Fraction of the validation images whose true class is among the five that the network "
        "finds likeliest.",
    ),
    "val_macro_f1": Metric(
        "macro F1",
        ".3f",
        "higher",
        "How well the classes are told apart when each counts the same, however few images it "
        "has: the F1 score (harmonic mean of precision and recall) averaged over the classes; 0 "
        "to 1.",
    ),
    "val_loss": Metric(
        "validation loss",
        ".3g",
        "lower",
        "How far the network is from certain and right on the validation images (cross entropy). "
        "It may be lowest for a network that reads a shortcut: these images have it, too.",
    ),
    "train_accuracy": Metric(
        "training accuracy",
        ".1%",
        "higher",
        "Fraction of the augmented training images that the network classified correctly while it "
        "was trained.",
    ),
    "train_loss": Metric(
        "training loss",
        ".3g",
        "lower",
        "How far the network is from certain and right on the training images (cross entropy).",
    ),
    "guidance_loss": Metric(
        "guidance loss",
        ".3g",
        "lower",
        "How far training is from what guidance asks for: evidence inside the object, none beside.",
    ),
    "counterfactual_accuracy": Metric(
        "accuracy without the shortcut",
        ".1%",
        "higher",
        "Accuracy on counterfactual images, in which the shortcut points to a wrong class.",
    ),
    **{
        name: Metric(
            f"accuracy, {what}",
            ".1%",
            "higher",
            f"Accuracy on a fixed sample of the validation images, {what}.",
        )
        for name, what in (
            ("after_hue", "all hues turned by half"),
            ("after_grey", "without colour"),
            ("after_border", "the border hidden"),
            ("after_background_swapped", "on another class's background"),
        )
    },
    "after_object_inpaint": Metric(
        "accuracy, the object hidden",
        ".1%",
        "lower",
        "Accuracy on a fixed sample of the validation images, the object replaced by its "
        "surroundings: what is left of it above guessing comes from elsewhere.",
    ),
    "test_accuracy": Metric(
        "test accuracy",
        ".1%",
        "higher",
        "Fraction of the test images that the network of the last epoch classifies correctly. "
        "Measured once, at the end; nothing was chosen by it.",
    ),
    "test_balanced_accuracy": Metric(
        "balanced test accuracy",
        ".1%",
        "higher",
        "Test accuracy where each class counts the same, however few test images it has.",
    ),
    "test_loss": Metric(
        "test loss",
        ".3g",
        "lower",
        "How far the network of the last epoch is from certain and right on the test images (cross "
        "entropy).",
    ),
    "focus": Metric(
        "focus",
        ".2f",
        "higher",
        f"How much of the Grad-CAM maps lies {ON_OBJECT}: 0 is nothing, 1 is all of it; an empty "
        "map counts as 0. The mean over the validation images (all classes). A map shows what "
        "speaks for its class rather than for the others.",
    ),
    "focus_gradcampp": Metric(
        "focus by Grad-CAM++",
        ".2f",
        "higher",
        "The same by Grad-CAM++. Where it is far from the focus by Grad-CAM, trust neither.",
    ),
    "focus_inside": Metric(
        "maps on the object",
        ".1%",
        "higher",
        f"Fraction of the Grad-CAM maps of which at least half lies {ON_OBJECT}.",
    ),
    "pointing": Metric(
        "brightest spot on the object",
        ".1%",
        "higher",
        f"Fraction of the Grad-CAM maps whose brightest spot lies {ON_OBJECT} (pointing game, "
        "Zhang et al. 2018). A map may be wide, so that most of it lies around the object, and "
        "point at it all the same.",
    ),
    "empty_maps": Metric(
        "empty maps",
        ".1%",
        "lower",
        "Fraction of the Grad-CAM maps without any positive value: nothing that the layer sees "
        "there speaks for the class.",
    ),
    "negative_energy": Metric(
        "negative energy",
        ".1%",
        "lower",
        "Some places in an image speak against its true class. This is their fraction of all that "
        "the CAM maps hold: 0% where every place speaks for the class, 50% where as much speaks "
        "against it.",
    ),
    "head_focus": Metric(
        "head focus",
        ".2f",
        "higher",
        "How much of the Grad-CAM maps lies on the object's head, or inside the head's box where "
        "only that is known: 0 is nothing, 1 is all of it.",
    ),
    **{name: measure.metric for name, measure in MAP_MEASURES.items()},
}
"""Each metric by the name under which the store keeps it, in the order in which lists show it."""

OF_MAPS = frozenset(
    {
        *("focus", "focus_gradcampp", "focus_inside", "pointing", "head_focus"),
        *("empty_maps", "negative_energy", *MAP_MEASURES),
    }
)
"""Those that are means over the logged maps."""


def write_metrics(values: Mapping[str, float], names: Iterable[str]) -> str:
    """Return metrics as part of a sentence, e.g. ``focus 0.62, training loss 0.104``.

    Args:
        values: metric -> value; those that are missing are left out.
        names: of ``METRICS``, in their order.
    """
    known = ((METRICS[name], values[name]) for name in names if name in values)
    return ", ".join(f"{metric.label} {metric.write(value)}" for metric, value in known)
