"""The hyperparameters of one training run: one table for the CLI, the forms and the search."""

import math
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from saliencnn.common.errors import UserError
from saliencnn.common.rectangles import check_ignored

OPTIMIZERS = ("adamw", "sgd", "rmsprop")
UNBALANCED, *_ = BALANCES = ("none", "weights", "sampling")
SCHEDULES = ("cosine", "constant", "step")
FINE_TUNING: dict[str, Any] = {
    "learning_rate": 5e-4,
    "head_factor": 10.0,
    "warmup": 0.15,
    "crop": 0.65,
}
"""What a training of pretrained weights begins with in place of the defaults."""
UNGUIDED, INSIDE, EVIDENCE, BOTH = GUIDANCE = ("none", "inside", "evidence", "both")


def _number(default: float, low: float, high: float, help: str, log: bool = False) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "help": help, "log": log})


def _choice(default: str, choices: tuple[str, ...], help: str) -> Any:
    return field(default=default, metadata={"choices": choices, "help": help})


def _text(default: str, check: Callable[[str], object], help: str) -> Any:
    return field(default=default, metadata={"check": check, "help": help})


def _flag(help: str) -> Any:
    return field(default=False, metadata={"help": help})


@dataclass(frozen=True)
class Hyperparameters:
    """What a person may change about a training run.

    Every field carries its help text and its bounds (``low``, ``high``, inclusive) or its
    ``choices`` in the field's metadata; ``log`` says that its scale is logarithmic.

    Raises:
        UserError: a value is out of bounds, not among the choices, or not a number.
    """

    optimizer: str = _choice("adamw", OPTIMIZERS, "Rule that turns gradients into weight updates.")
    learning_rate: float = _number(3e-3, 1e-6, 10.0, "Step size at the start.", log=True)
    head_factor: float = _number(
        1.0, 1.0, 100.0, "How many times faster than the backbone the classifier learns.", log=True
    )
    warmup: float = _number(
        0.0, 0.0, 0.5, "Fraction of all steps over which the learning rate rises from 0."
    )
    schedule: str = _choice(
        "cosine",
        SCHEDULES,
        "How the learning rate falls over the epochs: cosine falls slowly, then fast, then slowly.",
    )
    weight_decay: float = _number(
        1e-4, 0.0, 1.0, "Strength of the pull of the weights towards zero."
    )
    momentum: float = _number(0.9, 0.0, 0.999, "Momentum of sgd and rmsprop; beta 1 of adamw.")
    batch_size: int = _number(32, 1, 4096, "Images per weight update.", log=True)
    accumulate: int = _number(
        1,
        1,
        256,
        "Parts that a batch is computed in, one after the other, to need less memory; their "
        "gradients are added up.",
    )
    balance: str = _choice(
        "none",
        BALANCES,
        "What makes classes of few images count as much as others: weights in the loss, or "
        "sampling, which shows their images more often.",
    )
    epochs: int = _number(6, 1, 1000, "Passes over the training images.")
    patience: int = _number(
        0,
        0,
        1000,
        "Stop after this many epochs without a better validation accuracy; 0 means never.",
    )
    crop: float = _number(
        0.0, 0.0, 0.95, "Random crops leave out up to this fraction of the image's area; 0 is off."
    )
    flip: float = _number(0.5, 0.0, 1.0, "Probability of a horizontal flip.")
    color_jitter: float = _number(
        0.0, 0.0, 1.0, "Strength of random brightness, contrast, saturation and hue; at 1, any hue."
    )
    grayscale: float = _number(0.0, 0.0, 1.0, "Probability of a grayscale image.")
    erasing: float = _number(0.0, 0.0, 1.0, "Probability of erasing a random rectangle.")
    degrade: float = _number(
        0.0,
        0.0,
        1.0,
        "Probability each of a slight blur, of noise, and of a strong JPEG compression.",
    )
    mixup: float = _number(
        0.0,
        0.0,
        1.0,
        "Strength of blending each image with another, labels too (its beta's alpha).",
    )
    cutmix: float = _number(
        0.0, 0.0, 1.0, "Strength of pasting a part of another image, labels too (its beta's alpha)."
    )
    label_smoothing: float = _number(
        0.0, 0.0, 0.5, "Fraction of the target spread evenly over all classes."
    )
    dropout: float = _number(0.0, 0.0, 0.9, "Dropout probability before the classifier.")
    ema: float = _number(
        0.0,
        0.0,
        0.9999,
        "Validate and keep a moving average of the weights: how much of it stays at each step; 0 "
        "is off.",
    )
    freeze_backbone: bool = _flag("Train only the classifier and keep the backbone's weights.")
    guidance: str = _choice(
        UNGUIDED,
        GUIDANCE,
        "What training asks for where boxes or masks are known: inside classifies from the object "
        "alone as well, evidence punishes what speaks for a class beside the object.",
    )
    guidance_weight: float = _number(
        1.0, 0.0, 100.0, "Weight of the guidance beside the cross entropy."
    )
    ignored: str = _text(
        "",
        check_ignored,
        "Parts of every image that must not count, for guidance: left,top,width,height as "
        "fractions of the image, ';' between them; 0,0.75,0.25,0.25 is the lower left corner.",
    )
    new_background: float = _number(
        0.0,
        0.0,
        1.0,
        "Probability that everything beside the object is taken from another image; where boxes or "
        "masks are known.",
    )
    shuffle_labels: bool = _flag(
        "Randomize the training labels (sanity check: the network can only memorize)."
    )
    seed: int = _number(0, 0, 2**31 - 1, "Seed of all random numbers.")

    def __post_init__(self) -> None:
        for spec in fields(self):
            _check(spec, getattr(self, spec.name))
        if self.guidance != UNGUIDED and (self.mixup or self.cutmix):
            raise UserError(
                f"guidance is {self.guidance}; it must be none with mixup or cutmix, since a mixed "
                "image has two objects."
            )

    @property
    def needs_regions(self) -> bool:
        """Whether training asks where the objects are."""
        return self.guidance != UNGUIDED or self.new_background > 0

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "Hyperparameters":
        """Build from names and values, texts as MLflow returns them included.

        Names that are no hyperparameter are passed over.

        Raises:
            UserError: a value cannot be read as its field's type or is out of bounds.
        """
        known = {f.name: f for f in fields(cls)}
        return cls(**{n: _parse(known[n], v) for n, v in values.items() if n in known})

    def as_dict(self) -> dict[str, Any]:
        """Return names and values."""
        return {spec.name: getattr(self, spec.name) for spec in fields(self)}


def _parse(spec: Field[Any], value: Any) -> Any:
    if not isinstance(value, str):
        return value
    kind: type = type(spec.default)
    if kind is bool:
        if value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise UserError(f"{spec.name} is {value!r}; it must be true or false.")
    try:
        return kind(value)
    except ValueError as error:
        word = "a whole number" if kind is int else "a number"
        raise UserError(f"{spec.name} is {value!r}; it must be {word}.") from error


def _check(spec: Field[Any], value: Any) -> None:
    meta = spec.metadata
    if "choices" in meta and value not in meta["choices"]:
        raise UserError(
            f"{spec.name} is {value!r}; it must be one of {', '.join(meta['choices'])}."
        )
    if "check" in meta:
        meta["check"](value)
    elif isinstance(spec.default, bool):
        if not isinstance(value, bool):
            raise UserError(f"{spec.name} is {value!r}; it must be true or false.")
    elif "low" in meta:
        whole = isinstance(spec.default, int)
        allowed = int if whole else (int, float)
        is_number = isinstance(value, allowed) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or not meta["low"] <= value <= meta["high"]:
            word = "a whole number" if whole else "a number"
            raise UserError(
                f"{spec.name} is {value!r}; it must be {word} from {meta['low']:g} to "
                f"{meta['high']:g}."
            )
