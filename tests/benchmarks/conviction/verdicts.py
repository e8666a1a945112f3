"""What the product says of the benchmark's networks and files, beside what is true."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from saliencnn.checks.interventions.effects import find_effects
from saliencnn.data.imageset import Sample
from saliencnn.data.planted import CLASSES
from saliencnn.data.shortcuts import find_shortcuts, measure_properties
from saliencnn.findings.of_interventions import accuse
from tests.benchmarks.conviction.cues import CUES, encode
from tests.benchmarks.conviction.units import Record


@dataclass(frozen=True)
class Verdict:
    """What is said of one network.

    Attributes:
        record: of the network.
        without: accusations where nobody knows where the object is, what matters most first.
        beside: likewise where its mask is known.
    """

    record: Record
    without: tuple[str, ...]
    beside: tuple[str, ...]

    @property
    def named(self) -> bool:
        """Whether the cue is named rightly, without masks."""
        return not set(self.without).isdisjoint(CUES[self.record.unit.cue].named)

    @property
    def named_first(self) -> bool:
        """Whether it is the first that is named."""
        return self.without[:1] != () and self.without[0] in CUES[self.record.unit.cue].named

    @property
    def named_with_masks(self) -> bool:
        """Whether it is named rightly with masks."""
        cue = CUES[self.record.unit.cue]
        return not set(self.beside).isdisjoint((*cue.named, *cue.named_with_masks))


def judge(record: Record) -> Verdict:
    """Return what the product says of a network."""
    effects = find_effects(record.answers, record.labels)
    rows = {name: one for name, one in effects.rows.items() if one.row.needs != "object"}
    without = replace(effects, rows=rows)
    return Verdict(record, *(accuse(some, doubtful=True) for some in (without, effects)))


def inspect_files(cue: str, seed: int, honest: bool) -> tuple[str, ...]:
    """Return the properties that are said to give the class away, of files with a cue."""
    samples: Sequence[Sample] = [
        Sample(f"{CLASSES[i % len(CLASSES)]}/{i}", i % len(CLASSES), content)
        for i, content in enumerate(encode(cue, seed, honest))
    ]
    return tuple(one.name for one in find_shortcuts(measure_properties(CLASSES, samples)))


def rate(values: Sequence[bool]) -> str:
    """Return how many are true of how many."""
    return f"{int(np.sum(values))} of {len(values)}" if values else "—"
