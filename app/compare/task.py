"""A comparison task: which models, on what, explained how; as a value and as a URL's query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from saliencnn.measures.similarity import MEASURES
from saliencnn.saliency import METHODS

KINDS = {
    "image": "Many models on one image",
    "classes": "One model on many classes",
    "images": "One model on the images of a class",
}
MOST_MODELS = 20
MOST_CLASSES = 50
"""A task explains each of them, so a rectangle around all classes must not become one."""


@dataclass(frozen=True)
class Task:
    """What a person wants to compare.

    Attributes:
        models: ids of evaluations of the same class set and images; at most ``MOST_MODELS``.
        kind: a key of ``KINDS``; all but ``image`` speak of one model.
        classes: indices in the class set; at most ``MOST_CLASSES``.
        image: position in the images' index, valid for all evaluations of the same images.
        methods: keys of ``METHODS``.
        rule: how maps are compared, a key of ``MEASURES``.
        threshold: share of a map's maximum above which its region lies, 0 to 1.
    """

    models: tuple[str, ...] = ()
    kind: str = "image"
    classes: tuple[int, ...] = ()
    image: int | None = None
    methods: tuple[str, ...] = ("gradcam",)
    rule: str = "ssim"
    threshold: float = 0.5

    @property
    def missing(self) -> str:
        """What is still to be chosen, in a sentence; empty once the task is complete."""
        if not self.models:
            return "Choose the models." if self.kind == "image" else "Choose a model."
        if self.kind == "image" and self.image is None:
            return "Choose a class and one of its images."
        if self.kind != "image" and not self.classes:
            return "Choose a class." if self.kind == "images" else "Choose classes."
        return "" if self.methods else "Choose a method."

    def among(self, offered: "Offered") -> "Task":
        """Return the task without what is not offered and beyond what its kind speaks of."""
        models = tuple(m for m in self.models if m in offered.models)
        classes = tuple(i for i in self.classes if i < len(offered.classes))
        image = self.image if self.image is not None and self.image < offered.images else None
        return replace(
            self,
            models=models[: MOST_MODELS if self.kind == "image" else 1],
            classes=classes[: 1 if self.kind == "images" else MOST_CLASSES],
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
        offered: what the store has; whatever is not among it is dropped.

    Returns:
        A task of which every part exists; what the URL does not say is as in ``Task()``.
    """
    plain = Task()
    kind = _known(query.get("kind", ()), KINDS)
    names = {name: index for index, name in enumerate(offered.classes)}
    image = _number(query.get("image", ()))
    threshold = _number(query.get("threshold", ()))
    return Task(
        models=_known(query.get("model", ()), offered.models)[:MOST_MODELS],
        kind=kind[0] if kind else plain.kind,
        classes=tuple(names[n] for n in _known(query.get("class", ()), names))[:MOST_CLASSES],
        image=int(image) if image is not None and image in range(offered.images) else None,
        methods=_known(query.get("method", ()), METHODS) or plain.methods,
        rule=(_known(query.get("rule", ()), MEASURES) or (plain.rule,))[0],
        threshold=threshold if threshold is not None and 0 <= threshold <= 1 else plain.threshold,
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
