"""The field's terms that a page uses, each in a plain sentence: what its help texts say."""

TERMS = {
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
    "and artifact (made by people). Such a kind is a root class.",
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
