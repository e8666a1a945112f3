"""The field's terms that a page uses, each in a plain sentence: what its help texts say."""

ON_OBJECT = "on the object, or inside its box where only that is known"
"""Where focus counts a map's energy."""


def say_on_object(boxed: bool) -> str:
    """Say where focus counts it in images of which boxes alone are known, or exact pixels."""
    return "inside the object's box" if boxed else "on the object"


TERMS = {
    "validation image": "A validation image is kept back from training, so that what is measured "
    "on it says something about images that the network has never seen.",
    "epoch": "An epoch is one pass of training over all training images.",
    "saliency map": "A saliency map is laid over an image. Bright is where the class's score comes "
    "from; what stays clear hardly counts.",
    "focus": f"Focus is the fraction of a map's energy that lies {ON_OBJECT}: 0 is nothing, 1 is "
    "all of it. An object that fills half of the image gets 0.5 from a map that says nothing.",
    "shortcut": "A shortcut is something that comes with a class in these images and does not "
    "define it, such as a sticker beside a bird. A network that learned it fails without it.",
    "95% interval": "A number measured on a few hundred images is never exact. The interval holds "
    "the values that fit what was measured; 95 of 100 such intervals hold the true one.",
    "confidence": "Confidence is the probability that a network gives to its own answer. It is not "
    "how often it is right.",
    "sanity check": "A sanity check asks of a method whether its maps follow the network at all: "
    "whether they change when the network is destroyed, and stay when nothing that counts changes.",
    "region size": "Region size is the fraction of a map at or above the threshold: how much of "
    "the image the network looks at.",
    "multiply-adds": "Multiply-adds are the multiplications with an addition that one image takes: "
    "what a network costs.",
    "energy": "A map's energy is the sum of its values. If six tenths of it lie on the object, "
    "the focus is 0.6.",
    "SSIM": "SSIM, structural similarity, compares two maps neighbourhood by neighbourhood: how "
    "bright they are, how strong their contrasts, and what pattern they have. 1 is the same, 0 "
    "has nothing in common.",
    "silhouette": "The silhouette says how much nearer each map is to its own cluster than to the "
    "next one: 1 is clearly apart, 0 is no clusters at all.",
    "spectral clustering": "Spectral clustering links each map to those most like it, and cuts "
    "where few links are.",
    "ROC": "The area under the ROC curve is the chance that of two random images, one of each "
    "kind, the number says rightly which is which.",
    "permutation test": "The images are dealt into two groups at random many times; p is how often "
    "these differ as much as the real ones.",
    "Optuna": "Optuna is a library that tries settings: it learns from how earlier runs came out "
    "which ones are worth trying next.",
    "PED-ANOVA": "PED-ANOVA looks at the best runs: a setting matters if its values among them "
    "differ from its values among all runs.",
    "pinned": "The pinned network is the one whose classes the bars and the distribution show.",
    "root class": "WordNet sorts all classes below a few kinds of things, such as animal, plant "
    "and things made by people. Such a kind is a root class.",
    "model registry": "MLflow's model registry is its list of models that are ready for use, each "
    "with a version and a description.",
    "worker": "A worker is a process that takes requests from the queue, one after the other, and "
    "trains them.",
}


def define(*names: str) -> str:
    """Return what some of ``TERMS`` mean.

    Raises:
        KeyError: one is not among them.
    """
    return " ".join(TERMS[name] for name in names)
