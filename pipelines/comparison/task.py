"""A comparison task: which models, on which images, explained how; as a value and as a URL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from saliencnn.measures.similarity import MEASURES
from saliencnn.saliency import METHODS

KINDS = {
    "image": "Many networks on one image",
    "classes": "One network on many classes",
    "images": "One network on the images of a class",
}
MAX_MODELS, MAX_CLASSES = 20, 60
"""A task explains each of them, so a rectangle around all classes must not become one."""


@dataclass(frozen=True)
class Task:
    """What a person wants to compare.

    Attributes:
        models: ids of evaluations of the same class set and images; at most ``max_models``.
        kind: a key of ``KINDS``; all but ``image`` have one model.
        classes: indices in the class set; at most ``max_classes``.
        image: position in the images' index, valid for all evaluations of the same images.
        methods: keys of ``METHODS``.
        rule: the similarity of maps, a key of ``MEASURES``.
        threshold: fraction of a map's maximum from which on a cell is in its region, 0 to 1.
    """

    models: tuple[str, ...] = ()
    kind: str = "image"
    classes: tuple[int, ...] = ()
    image: int | None = None
    methods: tuple[str, ...] = ("gradcam",)
    rule: str = "ssim"
    threshold: float = 0.5

    @property
    def max_models(self) -> int:
        """How many models a task of this kind has at most."""
        return MAX_MODELS if self.kind == "image" else 1

    @property
    def max_classes(self) -> int:
        """How many classes a task of this kind has at most."""
        return 1 if self.kind == "images" else MAX_CLASSES

    @property
    def missing(self) -> str:
        """What is still to be chosen, in a sentence; empty once the task is complete."""
        if not self.models:
            return "Choose the networks." if self.kind == "image" else "Choose a network."
        if self.kind == "image" and self.image is None:
            return "Choose a class that has images." if self.classes else "Choose a class."
        if self.kind != "image" and not self.classes:
            return "Choose a class." if self.kind == "images" else "Choose classes."
        return "" if self.methods else "Choose a method."

    def among(self, offered: "Offered") -> "Task":
        """Return the task without what is not offered and beyond what its kind may have."""
        models = tuple(m for m in self.models if m in offered.models)
        classes = tuple(i for i in self.classes if i < len(offered.classes))
        image = self.image if self.image is not None and self.image < offered.images else None
        return replace(
            self,
            models=models[: self.max_models],
            classes=classes[: self.max_classes],
            image=image,
        )


@dataclass(frozen=True)
class Offered:
    """What the store has for a task.

    Attributes:
        models: ids of the evaluations that may be compared with one another.
        classes: names, in order.
        images: how many images there are.
    """

    models: tuple[str, ...]
    classes: tuple[str, ...]
    images: int


def task_from_query(query: Mapping[str, Sequence[str]], offered: Offered) -> Task:
    """Read a task from a URL.

    Args:
        query: all values of each parameter, as ``task_to_query`` writes them.
        offered: what the store has; anything else is dropped.

    Returns:
        A task of which every part exists; what the URL leaves out is as in ``Task()``.
    """
    default = Task()
    kind = _known(query.get("kind", ()), KINDS)
    names = {name: index for index, name in enumerate(offered.classes)}
    image = _number(query.get("image", ()))
    threshold = _number(query.get("threshold", ()))
    return Task(
        models=_known(query.get("model", ()), offered.models)[:MAX_MODELS],
        kind=kind[0] if kind else default.kind,
        classes=tuple(names[n] for n in _known(query.get("class", ()), names))[:MAX_CLASSES],
        image=int(image) if image is not None and image in range(offered.images) else None,
        methods=_known(query.get("method", ()), METHODS) or default.methods,
        rule=(_known(query.get("rule", ()), MEASURES) or (default.rule,))[0],
        threshold=threshold if threshold is not None and 0 <= threshold <= 1 else default.threshold,
    )


def task_to_query(task: Task, offered: Offered) -> dict[str, list[str]]:
    """Return the URL's parameters from which ``task_from_query`` reads the same task."""
    return {
        "model": list(task.models),
        "kind": [task.kind],
        "class": [offered.classes[index] for index in task.classes],
        "image": [] if task.image is None else [str(task.image)],
        "method": list(task.methods),
        "rule": [task.rule],
        "threshold": [f"{task.threshold:g}"],
    }


def _known(names: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Return the names that are known, each once, in their order."""
    allowed = set(known)
    return tuple(dict.fromkeys(name for name in names if name in allowed))


def _number(texts: Sequence[str]) -> float | None:
    try:
        return float(texts[0])
    except (IndexError, ValueError):
        return None
