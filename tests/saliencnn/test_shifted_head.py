"""One vector added to all rows of the head changes no probability, so no number that is shown.

Whatever pages, findings, reports, model cards and the command line say of a network comes from
three sources: an epoch's validation, the checks of its maps, and interventions. Their numbers
hardly change, and no letter of what is said does.
"""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from pipelines.cli.check import CheckRequest, format_check
from pipelines.report.make import make_report
from pipelines.review.decisions import decide
from pipelines.review.findings import findings_of_run
from saliencnn.checks.batches import run_checks
from saliencnn.checks.interventions.measure import Subject as Tried
from saliencnn.checks.interventions.measure import intervene
from saliencnn.checks.subject import Subject
from saliencnn.checks.table import CHECKS
from saliencnn.common.progress import silent
from saliencnn.data.fitted import fit_validation
from saliencnn.data.geometry import validation_geometry
from saliencnn.data.image_index import Images
from saliencnn.data.imageset import ImageSet
from saliencnn.data.planes import decode_planes
from saliencnn.data.planted import CLASSES, render_planted
from saliencnn.data.preparation import Preparation
from saliencnn.findings.finding import write_findings
from saliencnn.models.smallgap import SmallGap
from saliencnn.models.spec import CONTRAST, LOGIT, ModelSpec
from saliencnn.recording.map_plan import map_shape, plan_maps
from saliencnn.recording.validation import cover_regions, validate
from saliencnn.store.runs import read_run
from saliencnn.watching.start import watch
from tests.helpers.cards import read_card
from tests.helpers.stores import new_store
from tests.saliencnn.checks.networks import calibrated, quiet

SIDE = 32
PREPARATION = Preparation(validation_geometry(SIDE))
METHODS = ("cam", "gradcam", "gradcampp", "eigencam", "gradxinput")
OWN = re.compile(r"\S+ \(by rounding|[\d-]+ at [\d:]+ UTC")
"""What two runs of one network do not share: what rounding does to a score, and the time."""
LEARNED = 12
"""Epochs in which a network learns the validation images, so that there is something to say."""
Numbers = Iterator[tuple[str, np.ndarray]]


@pytest.fixture(scope="module")
def birds() -> ImageSet:
    return render_planted(train=8, validation=40, counterfactual=0, size=SIDE, seed=1)


@pytest.fixture(scope="module")
def images(birds: ImageSet) -> Images:
    return fit_validation(birds, PREPARATION.geometry)


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
    pixels = PREPARATION.normalise(decode_planes(images.encoded[:6]).float())
    subject = Subject(network, spec, pixels, torch.arange(6), METHODS)
    for check, quantities in run_checks(subject, [*CHECKS], quiet, deepcopy(network)).items():
        for quantity, by_method in quantities.items():
            for method, numbers in by_method.items():
                yield f"{check}, {quantity}, {method}", numbers


def tried(network: nn.Module, images: Images, score: str) -> Numbers:
    spec, pixels = ModelSpec("features", "fc").explaining(score), decode_planes(images.encoded)
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


def learned(network: nn.Module, images: Images) -> nn.Module:
    again = deepcopy(network).train()
    pixels = PREPARATION.normalise(decode_planes(images.encoded).float())
    labels = torch.from_numpy(images.index.labels)
    optimizer = torch.optim.AdamW(again.parameters(), 3e-3)
    for _ in range(LEARNED):
        optimizer.zero_grad()
        functional.cross_entropy(again(pixels), labels).backward()
        optimizer.step()
    return again.eval()


def told(network: nn.Module, birds: ImageSet, folder: Path) -> dict[str, str]:
    """Record a run of one epoch, judge it, and return what is said of it, without its id."""
    store = new_store(folder)
    watched = watch(network, birds, store=store, name="birds", size=SIDE)
    watched.epoch()
    watched.end()
    run_id = watched.run_id
    requests = (
        CheckRequest(run_id, check="interventions"),
        CheckRequest(run_id, images=5, methods=("gradcam", "gradcampp")),
    )
    printed = [line for one in requests for line in format_check(store, one, lambda _: silent)]
    registered = decide(store, run_id, "accepted", "it finds the head", "Ann", 1).registered
    assert registered is not None
    findings = findings_of_run(store, read_run(store, run_id))
    before, _, charts = make_report(store, [run_id]).partition('<script type="application/json"')
    said = {
        "findings": "\n".join(write_findings(findings, len(findings))),
        "command line": "\n".join(printed),
        "model card": read_card(store, registered),
        "report": before + charts.partition("</script>")[2],
    }
    return {name: OWN.sub("", text.replace(run_id, "")) for name, text in said.items()}


def test_no_sentence_changes(
    network: nn.Module, images: Images, birds: ImageSet, tmp_path: Path
) -> None:
    own = learned(network, images)
    before = told(own, birds, tmp_path / "before")
    after = told(shifted(own, 1, 0.5), birds, tmp_path / "after")
    assert "right on" in before["findings"]
    for name, text in before.items():
        assert after[name].splitlines() == text.splitlines(), name
