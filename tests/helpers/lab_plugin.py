"""A plugin with a row for each of our tables, as docs/guides/plugins.md shows it.

Its module is not imported but loaded as a plugin, by the path of this file.
"""

import numpy as np
import torch
from torch import nn

from saliencnn.checks.evidence import MapComparison
from saliencnn.checks.subject import NUMBER, compare_maps, maps_of
from saliencnn.checks.table import Check
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.sources import ImageSource
from saliencnn.findings.finding import Found, Rule, Severity
from saliencnn.measures.map_measures import MapMeasure
from saliencnn.measures.metric import Metric
from saliencnn.models.architectures import Architecture
from saliencnn.saliency.methods import Method


def mean_activation(task):
    return task.activations.mean(dim=1)


METHODS = {
    "mean_activation": Method(
        "Mean activation",
        mean_activation,
        "layer",
        "our lab",
        "Averages the last feature maps, whatever the class.",
    ),
}
