"""Which tensors of a checkpoint are a network's weights: found by their names, not by convention.

Training programs put the weights into a dict among other things and before each name what holds
the network: ``module.``, ``_orig_mod.``, ``model.backbone.``. Whatever it is, it is what is left
of the names once those of the network are taken away.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from saliencnn.common.sentences import list_some

WRAPPERS = ("module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
"""What DataParallel, torch.compile, FSDP and checkpointing put into names, at any place."""
_WRAPPER = re.compile(rf"\b(?:{'|'.join(WRAPPERS)})\.")
_AVERAGED = re.compile(r"(?<![a-z])(ema|swa)(?![a-z])|averag", re.IGNORECASE)
_DEPTH = 4
"""How many dicts are opened within each other."""
_OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")


@dataclass(frozen=True)
class Found:
    """A network's weights in a checkpoint.

    Attributes:
        state: by the network's own names, those that were found.
        place: keys that lead to them, as ``("state_dict",)``; none where nothing is around them.
        stripped: what stood before or in their names, as ``module.``.
        unused: names of the checkpoint's other entries, and of tensors that the network has not.
    """

    state: dict[str, Tensor]
    place: tuple[str, ...]
    stripped: tuple[str, ...]
    unused: tuple[str, ...]

    def describe(self, origin: str) -> tuple[str, ...]:
        """Return a sentence about what was stripped and left out, if anything was."""
        parts = []
        if self.place:
            parts.append(f"taken from '{'.'.join(self.place)}'")
        if self.stripped:
            names = ", ".join(f"'{text}'" for text in self.stripped)
            parts.append(f"{names} stripped from the names")
        if self.unused:
            parts.append(f"not used: {list_some(self.unused)}")
        return (f"{origin}: {'; '.join(parts)}.",) if parts else ()


def find_weights(content: Any, own: Mapping[str, Tensor]) -> Found:
    """Find a network's weights in what a file holds.

    Where several sets fit, as weights and their moving averages do, the plain ones that lie
    furthest outside are taken.

    Args:
        content: of the file: tensors by name, at any place in dicts and lists.
        own: the network's tensors by name, of which only the shapes count.
    """
    best = Found({}, (), (), ())
    rank: tuple[int, bool] = (0, False)
    for place, tensors in _state_dicts(content):
        found = _fit(tensors, own, place)
        same = sum(own[name].shape == value.shape for name, value in found.state.items())
        its = (same * 2 + len(found.state), not _AVERAGED.search(" ".join(place)))
        if its > rank:
            best, rank = found, its
    around = content if best.place and isinstance(content, Mapping) else {}
    beside = [str(key) for key in around if str(key) != best.place[0]]
    return Found(best.state, best.place, best.stripped, (*beside, *best.unused))


def count_tensors(content: Any) -> int:
    """Return how many tensors with names a file holds."""
    return sum(len(tensors) for _, tensors in _state_dicts(content))


def _state_dicts(
    content: Any, place: tuple[str, ...] = (), depth: int = _DEPTH
) -> Iterator[tuple[tuple[str, ...], dict[str, Tensor]]]:
    """Yield every dict with tensors and the keys that lead to it, outer ones first."""
    if isinstance(content, Mapping):
        tensors = {str(key): value for key, value in content.items() if isinstance(value, Tensor)}
        if tensors:
            yield place, tensors
        inner = [(str(key), value) for key, value in content.items()]
    elif isinstance(content, Sequence) and not isinstance(content, str | bytes):
        inner = [(str(number), value) for number, value in enumerate(content[:10])]
    else:
        return
    if depth:
        for key, value in inner:
            yield from _state_dicts(value, (*place, key), depth - 1)


def _fit(tensors: Mapping[str, Tensor], own: Mapping[str, Tensor], place: tuple[str, ...]) -> Found:
    """Return those of the tensors that are the network's, all with the same text before them."""
    plain = {_OLD_DENSENET.sub(r"\1\2.", _WRAPPER.sub("", name)): name for name in tensors}
    by_prefix: dict[str, dict[str, str]] = defaultdict(dict)
    for name, written in plain.items():
        parts = name.split(".")
        for start in range(len(parts)):
            tail = ".".join(parts[start:])
            if tail in own:
                by_prefix[name[: len(name) - len(tail)]][tail] = written
    prefix = max(by_prefix, key=lambda p: (len(by_prefix[p]), -len(p)), default="")
    fits = by_prefix.get(prefix, {})
    used = set(fits.values())
    wrappers = {w for written in used for w in _WRAPPER.findall(written)}
    stripped = tuple(sorted(wrappers)) + ((prefix,) if prefix else ())
    unused = tuple(name for name in tensors if name not in used)
    return Found({tail: tensors[name] for tail, name in fits.items()}, place, stripped, unused)
