"""What ``saliencnn check`` prints: checks of many images or of one, or interventions."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pipelines.cli.check_image import format_image_check, validate_image
from pipelines.review.checked import check_run
from pipelines.review.findings import findings_of_run
from pipelines.trust.answers import MapQuery
from pipelines.trust.audit import AUDITED_METHODS
from pipelines.trust.corruptions import corrupt_evaluated, corrupt_run
from pipelines.trust.interventions import CHECK as INTERVENTIONS
from pipelines.trust.interventions import (
    CORRUPTIONS,
    MAX_IMAGES,
    TABLES,
    intervene_on_evaluated,
    intervene_on_run,
)
from pipelines.trust.results import Table, find_logit_change, results_of
from pipelines.trust.single_image import NoControlNetwork, find_control
from saliencnn.checks.interventions.answers import Answers
from saliencnn.checks.interventions.words import format_curves, format_effects
from saliencnn.checks.quantities import Quantities
from saliencnn.checks.table import CHECKS, find_check
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress
from saliencnn.data.decode import decode_image
from saliencnn.findings.method_groups import group_methods
from saliencnn.findings.methods import judge_methods
from saliencnn.findings.of_interventions import INTERVENTION_RULE_NAMES
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.images import read_image, read_index
from saliencnn.store.runs import RunInfo, read_run

CHECKED_IMAGES = 40
"""Images that go through the checks of maps, by default."""
ONE_IMAGE_CHECK = "variance"
"""The check of a single image, unless another one is named."""


@dataclass(frozen=True)
class CheckRequest:
    """What a person asks of the command.

    Attributes:
        run_id: of the run whose maps are checked.
        images: how many validation images, where not a single one is checked; by default
            ``CHECKED_IMAGES``, for those of ``TABLES`` ``MAX_IMAGES``.
        check: a key of ``CHECKS`` or of ``TABLES``; by default all of ``CHECKS``, of a single
            image ``ONE_IMAGE_CHECK``.
        epoch: whose checkpoint; by default the last one's.
        methods: names; by default all quick ones.
        image: number of the single validation image to check.
        options: values of the check's options that were given, for a single image.
        engine: what computes where many are checked, ``local`` or ``ray``.
    """

    run_id: str
    images: int | None = None
    check: str | None = None
    epoch: int | None = None
    methods: tuple[str, ...] | None = None
    image: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    engine: str = "local"

    def __post_init__(self) -> None:
        """Refuse options that do not belong.

        Raises:
            UserError: an unknown check, an option of another check, or one of a single image where
                many are checked, or the other way round.
        """
        if self.check in TABLES:
            if self.image is not None or self.methods is not None or self.options:
                raise UserError(f"{self.check.capitalize()} take --images and --epoch only.")
            return
        if self.image is not None and self.engine != "local":
            raise UserError(f"--engine {self.engine} is for many images; leave out --image.")
        row = find_check(self.check or ONE_IMAGE_CHECK)
        own = [option.name for option in row.options]
        for name in self.options:
            if self.image is None:
                raise UserError(f"--{name} is about one image; add --image N.")
            if name not in own:
                owner = next(r.name for r in CHECKS.values() if name in r.defaults)
                raise UserError(f"--{name} belongs to the check {owner}, not to {row.name}.")


def format_check(
    store: Store, request: CheckRequest, bar: Callable[[str], Progress]
) -> Iterator[str]:
    """Do what is requested, and return what is found, line by line.

    Args:
        store: where the run is.
        request: what to check.
        bar: from the run's name to its progress callback.

    Raises:
        UserError: the request names what does not exist.
    """
    if request.check == INTERVENTIONS:
        yield from _intervene(store, request, bar)
        return
    if request.check == CORRUPTIONS:
        yield from _corrupt(store, request, bar)
        return
    run = read_run(store, request.run_id)
    epoch = run.epoch if request.epoch is None else request.epoch
    methods = AUDITED_METHODS if request.methods is None else request.methods
    for method in methods:
        if method not in METHODS:
            raise UserError(f"Method {method!r} is unknown; choose from {', '.join(METHODS)}.")
    if request.image is None:
        checks = tuple(CHECKS) if request.check is None else (request.check,)
        images = request.images or CHECKED_IMAGES
        compute, _ = _choose_engine(request)
        table = check_run(store, run, epoch, images, methods, bar(run.name), checks, compute)
        yield from _format_table(table)
        yield from _format_advice(table)
        if any(CHECKS[name].needs_control for name in checks):
            yield from _say_what_lacks(store, run)
    else:
        yield from _check_image(store, run, epoch, request, methods, bar(run.name))


def _intervene(
    store: Store, request: CheckRequest, bar: Callable[[str], Progress]
) -> Iterator[str]:
    """Try interventions on a run's network, or on one that was evaluated."""
    images, (_, compute) = request.images or MAX_IMAGES, _choose_engine(request)
    if info := _find_evaluation(store, request.run_id):
        found = intervene_on_evaluated(store, info, images, bar(info.model), compute=compute)
        yield from format_effects(found.effects)
        return
    run = read_run(store, request.run_id)
    epoch = run.epoch if request.epoch is None else request.epoch
    found = intervene_on_run(store, run, epoch, images, bar(run.name), compute=compute)
    yield from format_effects(found.effects)
    if epoch == run.epoch:
        yield ""
        for finding in findings_of_run(store, run):
            if finding.rule in INTERVENTION_RULE_NAMES:
                yield f"{finding.sentence} {finding.advice}"


def _corrupt(store: Store, request: CheckRequest, bar: Callable[[str], Progress]) -> Iterator[str]:
    """Try corruptions likewise."""
    images, (_, compute) = request.images or MAX_IMAGES, _choose_engine(request)
    if info := _find_evaluation(store, request.run_id):
        yield from format_curves(corrupt_evaluated(store, info, images, bar(info.model), compute))
        return
    run = read_run(store, request.run_id)
    epoch = run.epoch if request.epoch is None else request.epoch
    yield from format_curves(corrupt_run(store, run, epoch, images, bar(run.name), compute))


def _choose_engine(
    request: CheckRequest,
) -> tuple[Callable[..., dict[str, Quantities]], Callable[..., Answers]]:
    """Return what does checks of maps, and what tries interventions."""
    if request.engine == "ray":
        from pipelines.trust.cluster import check_on_cluster, intervene_on_cluster

        return check_on_cluster, intervene_on_cluster
    from saliencnn.checks.batches import run_checks
    from saliencnn.checks.interventions.measure import intervene

    return run_checks, intervene


def _find_evaluation(store: Store, run_id: str) -> EvaluationInfo | None:
    with suppress(UserError):  # then it is a run's
        return read_evaluation(store, run_id)
    return None


def _check_image(
    store: Store,
    run: RunInfo,
    epoch: int,
    request: CheckRequest,
    methods: tuple[str, ...],
    report: Progress,
) -> Iterator[str]:
    """Check the maps of a validation image's true class."""
    index = read_index(store, run.images_id)
    image = validate_image(request.image, len(index))
    pixels = decode_image(read_image(store, run.images_id, index, image), index.names[image])
    query = MapQuery(store, run, epoch, pixels, image, int(index.labels[image]), methods)
    row = find_check(request.check or ONE_IMAGE_CHECK)
    yield (
        f"{row.label} of image {image} ({index.names[image]}), "
        f"class {index.classes[query.target]}, epoch {epoch}"
    )
    yield from format_image_check(query, row, request.options, len(index), report)


def _format_advice(table: Table) -> Iterator[str]:
    """Say which methods to believe; nothing where too few checks were asked to say."""
    groups = group_methods(judge_methods(results_of(table)))
    if any(group.deciding for group in groups):
        yield "\nWhich maps to believe (whether the network is right is another question)"
        for group in groups:
            yield f"  {group.lead} {group.labels}: {group.reason}."


def _say_what_lacks(store: Store, run: RunInfo) -> Iterator[str]:
    """Say how to get the network that label randomization needs, where there is none."""
    try:
        find_control(store, run)
    except NoControlNetwork as error:
        yield f"\n{error}"


def _format_table(table: Table) -> Iterator[str]:
    for check, by_method in table.items():
        row = CHECKS[check]
        to_pass, to_fail = row.thresholds
        yield f"\n{row.label}: {row.question}"
        yield f"  pass: {to_pass}; fail: {to_fail}; between them: borderline"
        for method, audited in by_method.items():
            yield f"  {METHODS[method].label:<24} {audited.in_words()}"
        if moved := find_logit_change(by_method):
            yield f"  {moved.in_words()}"
