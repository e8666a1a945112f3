"""The table of checks: what each asks, of which number, and the thresholds fixed beforehand.

A check is a module of this package that computes it, and a row here. The command line and the
Trust page read the row; it is light, so that ``--help`` waits for no network.
"""

from saliencnn.checks.check import Check, Option
from saliencnn.common.errors import UserError

SIGNALS = ("constant", "noise", "checkerboard", "image")
MODES = ("exact", "bias")
BLOCKS = ("cascading", "independent")

_ROWS = (
    Check(
        "variance",
        "saliencnn.checks.variance",
        "Input variance",
        "Variance",
        "Does the map stay the same when the input changes and the network's function does not?",
        "Spearman correlation of the maps before and after a constant signal of one standard "
        "deviation, which is subtracted again after the first convolution",
        0.99,
        0.9,
        "The function is the same, so only rounding may change a map: 0.99 leaves room for cells "
        "that are nearly equal and change places. Below 0.9, a fifth of the variance of the ranks "
        "comes from the signal.",
        "Kindermans et al. 2017, who call it input invariance",
        (
            Option("signal", str, "constant", "what is added to the image", SIGNALS),
            Option("strength", float, 1.0, "in standard deviations of the network's input"),
            Option("mode", str, "exact", "how the first layer compensates", MODES),
            Option("other", int, None, "the image that the signal image adds", is_image=True),
        ),
        weakness="the map changes although what the network computes does not",
        strength="the map stays where the network computes the same",
    ),
    Check(
        "randomization",
        "saliencnn.checks.parameter_randomization",
        "Parameter randomization",
        "Parameters",
        "Does the map change when all of the network's weights are replaced by random ones?",
        "change of the map: 1 minus the Spearman correlation of its absolute values with those of "
        "the random network's map",
        0.7,
        0.4,
        "A random network knows nothing, so a map of what was learned shares nothing with its map "
        "but the image's rough layout: from a change of 0.7 on, that is a tenth of the variance of "
        "the ranks. Below 0.4 it is more than a third: the map mostly shows the image.",
        "Adebayo et al. 2018",
        (Option("blocks", str, "cascading", "how weights become random, block by block", BLOCKS),),
        step="block",
        wants_change=True,
        weakness="the map hardly changes when the network's weights are made random",
        strength="with random weights the map is another",
    ),
    Check(
        "labels",
        "saliencnn.checks.label_randomization",
        "Label randomization",
        "Labels",
        "Does the map differ from that of a control network, trained on randomized labels?",
        "change of the map: 1 minus the Spearman correlation of its absolute values with those of "
        "the control network's map",
        0.7,
        0.4,
        "The control network knows nothing about the classes; the maps may have as much in common "
        "with its maps as with those of random weights.",
        "Adebayo et al. 2018",
        needs_control=True,
        wants_change=True,
        weakness="the map is much like that of a network trained on random labels",
        strength="a network trained on random labels has other maps",
    ),
    Check(
        "classes",
        "saliencnn.checks.class_sensitivity",
        "Class sensitivity",
        "Classes",
        "Is the map about its class, or would any other class get the same?",
        "change of the map: 1 minus its Spearman correlation with the same image's map for the "
        "class that the network holds for least likely",
        0.5,
        0.1,
        "Below 0.1, four fifths of the variance of the ranks are the other class's too: the map "
        "says what the network sees, and not why it names this class. From 0.5 on, at most a "
        "quarter is.",
        "Nie et al. 2018",
        wants_change=True,
        weakness="the map is much the same for another class",
        strength="another class has another map",
    ),
    Check(
        "stability",
        "saliencnn.checks.stability",
        "Stability",
        "Stability",
        "Does the map stay the same when the image changes by less than anybody sees?",
        "Spearman correlation of the maps before and after faint noise or a shift by one pixel, "
        "whichever is lower, where the class's logit moved by at most half of the logits' "
        "standard deviation",
        0.9,
        0.5,
        "At 0.9, four fifths of the variance of the ranks are kept, and the map reads the same. "
        "Below 0.5 it is less than a quarter: most of what it shows depends on what nobody sees.",
        "Alvarez-Melis and Jaakkola 2018",
        weakness="the map changes when the image hardly does",
        strength="the map stays when the image hardly changes",
        effort=2,
    ),
    Check(
        "faithfulness",
        "saliencnn.checks.faithfulness",
        "Faithfulness",
        "Faithfulness",
        "Does the score depend on what the map highlights, more than on random pixels?",
        "fraction of random rankings of the same resolution that have a higher area under the "
        "deletion curve, or a lower one under the insertion curve; 0.5 by chance",
        0.75,
        0.6,
        "A method that knows nothing beats half of the random rankings; 0.75 is as far from "
        "that as from a method that always wins. Up to 0.6, a few dozen images cannot tell it "
        "from chance.",
        "Petsiuk et al. 2018",
        draws_curves=True,
        weakness="the score depends little on what the map highlights",
        strength="what the map highlights decides the score",
        effort=0,
        passes=40,
    ),
)

CHECKS: dict[str, Check] = {row.name: row for row in _ROWS}
"""Name -> row, in the order of the Trust page."""


def find_check(name: str) -> Check:
    """Return the table's row.

    Raises:
        UserError: the table has no such name.
    """
    if name not in CHECKS:
        raise UserError(f"Check {name!r} is unknown; choose from {', '.join(CHECKS)}.")
    return CHECKS[name]
