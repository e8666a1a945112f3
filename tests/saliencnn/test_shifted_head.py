"""One vector added to all rows of the head changes no probability, so no number that is shown.

Whatever pages, findings, reports, model cards and the command line say of a network comes from
three sources: an epoch's validation, the checks of its maps, and interventions.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn

from saliencnn.checks.batches import run_checks
from saliencnn.checks.interventions.measure import Subject as Tried
from saliencnn.checks.interventions.measure import intervene
from saliencnn.checks.subject import Subject
from saliencnn.checks.table import CHECKS
from saliencnn.data.fitted import decode_fitted, fit_validation
from saliencnn.data.geometry import validation_geometry
from saliencnn.data.image_index import Images
from saliencnn.data.planted import CLASSES, render_planted
from saliencnn.data.preparation import Preparation
from saliencnn.models.smallgap import SmallGap
from saliencnn.models.spec import CONTRAST, LOGIT, ModelSpec
from saliencnn.recording.map_plan import map_shape, plan_maps
from saliencnn.recording.validation import cover_regions, validate
from tests.saliencnn.checks.networks import calibrated, quiet

SIDE = 32
PREPARATION = Preparation(validation_geometry(SIDE))
METHODS = ("cam", "gradcam", "gradcampp", "eigencam", "gradxinput")
Numbers = Iterator[tuple[str, np.ndarray]]


@pytest.fixture(scope="module")
def images() -> Images:
    made = render_planted(train=8, validation=24, counterfactual=0, size=SIDE, seed=1)
    return fit_validation(made, PREPARATION.geometry)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(3)
    return calibrated(SmallGap(len(CLASSES)), SIDE)


def shifted(network: nn.Module, seed: int, strength: float) -> nn.Module:
    again = deepcopy(network)
    head = again.get_submodule("fc")
    assert isinstance(head, nn.Linear)
    vector = torch.randn(head.in_features, generator=torch.Generator().manual_seed(seed))
    head.weight.data += strength * head.weight.std() * vector
    head.bias.data += strength
    return again


def validated(network: nn.Module, images: Images, score: str) -> Numbers:
    spec = ModelSpec("features", "fc").explaining(score)
    plan = plan_maps(spec, images.index.labels, 0)
    regions = cover_regions(images, map_shape(network, spec, PREPARATION.shape))
    found = validate(network, spec, PREPARATION, images, plan, regions, 0)
    assert found is not None
    yield from ((name, np.array(value)) for name, value in found.metrics.items())
    for table in found.tables.values():
        yield "focus of each map", table.rows["focus"]


def checked(network: nn.Module, images: Images, score: str) -> Numbers:
    spec = ModelSpec("features", "fc").explaining(score)
    pixels = PREPARATION.normalise(decode_fitted(images.encoded[:6]).float())
    subject = Subject(network, spec, pixels, torch.arange(6), METHODS)
    for check, quantities in run_checks(subject, [*CHECKS], quiet, deepcopy(network)).items():
        for quantity, by_method in quantities.items():
            for method, numbers in by_method.items():
                yield f"{check}, {quantity}, {method}", numbers


def tried(network: nn.Module, images: Images, score: str) -> Numbers:
    spec, pixels = ModelSpec("features", "fc").explaining(score), decode_fitted(images.encoded)
    masks = np.stack([mask for mask in images.regions("object") if mask is not None])
    subject = Tried(network, spec, pixels, images.index.labels, masks, PREPARATION.normalise)
    answers = intervene(subject)
    yield "predicted", answers.predicted
    yield "confidence", answers.confidence


@pytest.mark.parametrize("measure", [validated, checked, tried])
@pytest.mark.parametrize(("seed", "strength"), [(1, 0.5), (2, 3.0)])
def test_no_number_changes(
    network: nn.Module,
    images: Images,
    measure: Callable[[nn.Module, Images, str], Numbers],
    seed: int,
    strength: float,
) -> None:
    before = dict(measure(network, images, CONTRAST))
    after = dict(measure(shifted(network, seed, strength), images, CONTRAST))
    for name, numbers in before.items():
        np.testing.assert_allclose(after[name], numbers, atol=0.01, rtol=0.01, err_msg=name)


def test_the_plain_score_is_another_number(network: nn.Module, images: Images) -> None:
    """So what is held above could fail."""
    before, after = (
        dict(validated(one, images, LOGIT)) for one in (network, shifted(network, 0, 3.0))
    )
    assert abs(before["focus"] - after["focus"]) > 0.05
