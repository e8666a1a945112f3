"""A few interventions while a network trains, on the same validation images each time."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import nn

from saliencnn.checks.interventions.effects import find_effects
from saliencnn.checks.interventions.measure import Subject, intervene
from saliencnn.checks.interventions.table import INTERVENTIONS
from saliencnn.common.evenly import spread_evenly
from saliencnn.common.metrics import AFTER
from saliencnn.common.progress import Progress
from saliencnn.data.image_index import Images
from saliencnn.data.planes import decode_planes
from saliencnn.data.preparation import Preparation
from saliencnn.models.spec import ModelSpec

SAMPLE = 120
"""Validation images on which they are tried, evenly from all classes."""


@dataclass(frozen=True, eq=False)
class TrainingInterventions:
    """What is tried on a network again and again.

    Attributes:
        every: epochs from one time to the next; 0 for never.
        images: the validation images.
        spec: the network's target layer and head.
        preparation: what happens to the images before the network sees them.
    """

    every: int
    images: Images
    spec: ModelSpec
    preparation: Preparation

    def are_due(self, epoch: int, last: bool) -> bool:
        """Whether they are tried after an epoch: after every so many, and after the last one."""
        return self.every > 0 and (last or epoch % self.every == 0)

    @cached_property
    def _chosen(self) -> np.ndarray:
        return spread_evenly(self.images.index.labels, min(SAMPLE, len(self.images.index)))

    def measure(self, model: nn.Module, report: Progress) -> dict[str, float]:
        """Return the accuracy after each change as metrics of ``AFTER``; of colour images alone."""
        regions = dict(enumerate(self.images.regions("object")))
        known = [region for i in self._chosen if (region := regions[int(i)]) is not None]
        subject = Subject(
            model,
            self.spec,
            decode_planes([self.images.encoded[int(i)] for i in self._chosen]),
            self.images.index.labels[self._chosen],
            np.stack(known) if len(known) == len(self._chosen) else None,
            self.preparation.normalise,
        )
        if subject.images.shape[1] != 3:
            return {}
        answers = intervene(subject, [INTERVENTIONS[name] for name in AFTER.values()], report)
        effects = find_effects(answers, subject.labels)
        names = {name: metric for metric, name in AFTER.items()}
        return {names[name]: effect.accuracy for name, effect in effects.rows.items()}
