"""What stands out in what is stored, found once."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.reads import stored_images, stored_interventions, stored_runs
from app.reads.caching import cached, shared
from pipelines.comparison.groups import Group
from pipelines.retry.attempts import lead_to_attempts
from pipelines.retry.settings import settings_of
from pipelines.review import findings
from saliencnn.findings import confusion_places
from saliencnn.findings.confusion_signs import describe_confused, explain_missed
from saliencnn.findings.finding import Finding, Severity
from saliencnn.findings.kind_counts import count_kinds
from saliencnn.findings.methods import choose_method
from saliencnn.findings.of_comparison import find_in_comparison
from saliencnn.findings.of_run import find_in_run
from saliencnn.findings.run_facts import RunFacts
from saliencnn.findings.weak_kinds import WeakKind, find_weak_kinds
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo


def of_run(store: Store, run: RunInfo) -> tuple[Finding, ...]:
    """Return what stands out in a run after its last complete epoch."""
    return _of_run(store, run.run_id, run.epoch, known_of(store, run), run)


def known_of(store: Store, run: RunInfo) -> tuple[int, int]:
    """Return how many checks and how many images with interventions findings can tell of."""
    found = stored_interventions.found(store, run.run_id, run.epoch)
    return len(stored_runs.audits(store, run.run_id)), 0 if found is None else len(found.images)


@cached(max_entries=128, show_spinner="Looking for what stands out…")
def _of_run(
    store: Store, run_id: str, epoch: int, known: tuple[int, int], _run: RunInfo
) -> tuple[Finding, ...]:
    if not epoch:
        return ()
    found = find_in_run(_facts_of(store, run_id, epoch, known, _run))
    if _run.watched:
        return found
    return tuple(_name_run(run_id, one) for one in lead_to_attempts(settings_of(_run), found))


def of_confused(
    store: Store, run: RunInfo, true: str, predicted: int, methods: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """Return what a run shows in the images of a class, by its name, that it takes for another.

    Args:
        store: where the run is.
        run: the run.
        true: the class.
        predicted: the other.
        methods: that a person chose, see ``choose_method``.
    """
    classes = stored_images.image_index(store, run.images_id).classes
    if true not in classes:
        return ()
    facts = _choose_facts(store, run, methods)
    found = describe_confused(facts, classes.index(true), predicted)
    return (_suggest(store, run, found),) if found else ()


def of_missed(
    store: Store, run: RunInfo, target: int, methods: Sequence[str] = ()
) -> Finding | None:
    """Return why a run misses images of a class, as far as their maps tell; None without any.

    Args:
        store: where the run is.
        run: the run.
        target: the class.
        methods: as of ``of_confused``.
    """
    found = explain_missed(_choose_facts(store, run, methods), target)
    return found and _suggest(store, run, found)


def cannot_clear(store: Store, run: RunInfo) -> bool:
    """Whether maps of a run on the object prove nothing: guidance or a shortcut explains them."""
    return confusion_places.cannot_clear(_choose_facts(store, run, ()))


def _choose_facts(store: Store, run: RunInfo, methods: Sequence[str]) -> RunFacts:
    """Return a run's facts by the method that sentences are told from, see ``choose_method``."""
    key = (store, run.run_id, run.epoch, known_of(store, run))
    facts = _facts_of(*key, run)
    if choose_method(methods, methods) == facts.method:
        return facts
    by_method = (_facts_by(*key, method, run) for method in methods)
    return next(filter(None, by_method), facts)


def _suggest(store: Store, run: RunInfo, found: Finding) -> Finding:
    """Return a finding with what to try, unless something is wrong with what the run learned."""
    wrong = any(one.severity is Severity.PROBLEM for one in of_run(store, run))
    if run.watched or wrong:
        return found
    (led,) = lead_to_attempts(settings_of(run), [found])
    return _name_run(run.run_id, led)


def _name_run(run_id: str, finding: Finding) -> Finding:
    """Return a finding whose suggestion is of its run."""
    suggested = finding.suggestion
    if suggested is None:
        return finding
    query = {"run": run_id, **suggested.evidence.query}
    evidence = replace(suggested.evidence, query=query)
    return replace(finding, suggestion=replace(suggested, evidence=evidence))


def focus_of(store: Store, run: RunInfo) -> tuple[np.ndarray, np.ndarray]:
    """Return focus of each validation image's map at the last epoch, and whether it is recognized.

    Returns:
        Float (N,) and bool (N,); the first is NaN where unknown.
    """
    facts = _facts_of(store, run.run_id, run.epoch, known_of(store, run), run)
    return facts.focus, facts.right


@cached(max_entries=128)
def by_numbers(store: Store, run_id: str, epoch: int, _run: RunInfo) -> tuple[Finding, ...]:
    """Return what the numbers of a run's training show, whatever was checked or tried since."""
    facts = _facts_of(store, run_id, epoch, known_of(store, _run), _run)
    return find_in_run(replace(facts, checks={}, effects=None))


@shared(max_entries=16)
def _facts_of(
    store: Store, run_id: str, epoch: int, known: tuple[int, int], _run: RunInfo
) -> RunFacts:
    return findings.gather_run(store, _run, stored_runs.audits(store, run_id))


@shared(max_entries=16)
def _facts_by(
    store: Store, run_id: str, epoch: int, known: tuple[int, int], method: str, _run: RunInfo
) -> RunFacts | None:
    facts = _facts_of(store, run_id, epoch, known, _run)
    return findings.read_facts_by(store, _run, facts, method)


def of_comparison(store: Store, group: Group) -> tuple[Finding, ...]:
    """Return what stands out among evaluations of the same images."""
    return _read_comparison(store, group)[0]


def weak_kinds(store: Store, group: Group) -> tuple[WeakKind, ...]:
    """Return each evaluation's weakest kind of thing, see ``find_weak_kinds``."""
    return _read_comparison(store, group)[1]


def _read_comparison(
    store: Store, group: Group
) -> tuple[tuple[Finding, ...], tuple[WeakKind, ...]]:
    convicted = {run.run_id: run.conviction for run in stored_runs.all_runs(store)}
    known = tuple(convicted.get(info.trained_run, "") for info in group.models)
    return _of_comparison(store, group.run_ids, known, group.left_out, group.models)


@cached(max_entries=32, show_spinner="Looking for what stands out…")
def _of_comparison(
    store: Store,
    run_ids: tuple[str, ...],
    convictions: tuple[str, ...],
    left_out: dict[str, str],
    _infos: tuple[EvaluationInfo, ...],
) -> tuple[tuple[Finding, ...], tuple[WeakKind, ...]]:
    facts = findings.gather_comparison(store, _infos, left_out)
    return find_in_comparison(facts), tuple(find_weak_kinds(count_kinds(facts)))
