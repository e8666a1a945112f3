"""What explaining a network takes to know of it: its target layer, and how that becomes scores.

A row of the table of architectures is such a spec, and ``inspect_model`` finds one for any other
network, so the methods never ask which network they explain.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from saliencnn.common.records import WrongRecord, require_text, require_whole

POOLED = "pooled"
"""The class score is one linear layer on the target layer's global average (Zhou 2016)."""
CONVOLUTIONAL = "convolutional"
"""It is the global average of a map of its own: a 1 x 1 convolution and a ReLU (SqueezeNet)."""
DEEP = "deep"
"""Anything else."""

LOGIT = "logit"
"""The score that the papers explain: the class's logit."""
CONTRAST = "contrast"
"""The class's logit minus the mean of all classes' logits.

But for a factor that is the same for all images, that is the own logit minus the mean of the
others. Softmax knows differences only: one vector added to all rows of the last layer changes no
probability and any map of a single logit, yet no map of this score.
"""
SCORES = {LOGIT: "the class's own logit", CONTRAST: "the class's logit against the other classes'"}
"""Score -> what a map of it explains, in words."""

CHANNELS_FIRST = "NCHW"
CHANNELS_LAST = "NHWC"
TOKENS = "NTC"
"""Layouts of a layer's output: maps, maps with channels last (Swin), a token a cell (ViT)."""

_LAYOUTS = (CHANNELS_FIRST, CHANNELS_LAST, TOKENS)
_MAX_NUMBER = 1_000_000
_MAX_DIMENSIONS = 8
_HEADS = {
    POOLED: "linear on the layer's global average: CAM is defined",
    CONVOLUTIONAL: "the average of a class map of its own: CAM is defined",
    DEEP: "not an average over the layer's cells: CAM is not defined",
}


@dataclass(frozen=True, repr=False)
class ModelSpec:
    """Where a network's maps are taken, and how its class scores come from there.

    Attributes:
        target_layer: dotted name of the layer whose output the CAM family explains.
        head: dotted name of the layer that scores the classes, a linear layer or a convolution;
            "" if there is none.
        head_kind: how the class score comes from the target layer: ``POOLED``,
            ``CONVOLUTIONAL`` or ``DEEP``. CAM is defined for the first two.
        layout: of the target layer's output: ``CHANNELS_FIRST``, ``CHANNELS_LAST`` or
            ``TOKENS``.
        extra_tokens: how many tokens come before those of the image, such as a class token.
        logits: where the logits are in what the network returns: a key, an attribute or a
            position, or "" if it returns them alone but in another shape. None if it simply
            returns logits (N, classes).
        classes: how many classes there are, where it is known.
        output_shape: of the target layer, for the one image size at which it was seen.
        score: what maps explain: ``LOGIT`` or ``CONTRAST``.
        rectified: whether the network puts the layer's output through a ReLU that is no layer of
            its own, as DenseNet does; maps are then taken behind it.
    """

    target_layer: str
    head: str
    head_kind: str = POOLED
    layout: str = CHANNELS_FIRST
    extra_tokens: int = 0
    logits: str | int | None = None
    classes: int | None = None
    output_shape: tuple[int, ...] = ()
    score: str = LOGIT
    rectified: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """Names of the target layer and the head, which may be chosen."""
        return (self.target_layer, self.head)

    def explaining(self, score: str) -> Self:
        """Return the spec for maps of a score."""
        return replace(self, score=score)

    def encode(self) -> dict[str, Any]:
        """Return it as JSON can hold it, without what a network is built from."""
        return {spec.name: getattr(self, spec.name) for spec in fields(ModelSpec)}

    @staticmethod
    def decode(stored: Mapping[str, Any]) -> "ModelSpec":
        """Read what ``encode`` gave.

        Raises:
            WrongRecord: it holds something else.
        """
        texts = {
            name: require_text(stored.get(name, default), name)
            for name, default in (
                ("target_layer", None), ("head", None), ("head_kind", POOLED),
                ("layout", CHANNELS_FIRST), ("score", LOGIT),
            )
        }  # fmt: skip
        if texts["head_kind"] not in _HEADS or texts["layout"] not in _LAYOUTS:
            raise WrongRecord("Its network's head or layout is of no kind that is known here.")
        if texts["score"] not in SCORES:
            raise WrongRecord("Its maps explain a score that is not known here.")
        logits, classes = stored.get("logits"), stored.get("classes")
        shape = stored.get("output_shape", ())
        if not isinstance(shape, list | tuple) or len(shape) > _MAX_DIMENSIONS:
            raise WrongRecord("Its target layer's shape must be a list of numbers.")
        whole = [require_whole(side, "target layer's shape", 0, _MAX_NUMBER) for side in shape]
        if isinstance(logits, str):
            require_text(logits, "logits")
        elif logits is not None:
            logits = require_whole(logits, "logits", 0, _MAX_NUMBER)
        return ModelSpec(
            **texts,
            extra_tokens=require_whole(stored.get("extra_tokens", 0), "tokens", 0, _MAX_NUMBER),
            logits=logits,
            classes=None if classes is None else require_whole(classes, "classes", 1, _MAX_NUMBER),
            output_shape=tuple(whole),
            rectified=stored.get("rectified") is True,
        )

    def __repr__(self) -> str:
        """Say what was chosen and how to choose otherwise."""
        shape, classes = " x ".join(map(str, self.output_shape)), self.classes or "?"
        extra = f", without the first {self.extra_tokens}" if self.extra_tokens else ""
        behind = " behind the ReLU that follows" if self.rectified else ""
        layer = f"{self.target_layer!r}{behind}"
        head = f"{self.head!r}, {classes} classes" if self.head else "none"
        lines = [
            f"target layer: {layer}, output {shape or '?'} ({self.layout}{extra})",
            f"head:         {head}",
            f"head kind:    {self.head_kind} ({_HEADS.get(self.head_kind, '?')})",
            f"score:        {self.score} ({SCORES.get(self.score, '?')})",
        ]
        if self.logits is not None:
            lines.append(f"logits:       {self.logits!r} of what the network returns")
        lines.append('choose with:  explain(model, images, layer="...", head="...")')
        return "\n".join([f"{type(self).__name__}", *(f"  {line}" for line in lines)])
