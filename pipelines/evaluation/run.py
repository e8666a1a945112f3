"""Evaluate many networks on the same images, each image decoded once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.evaluation.class_order import put_in_order
from pipelines.evaluation.gather import gather_results
from pipelines.evaluation.images import SHARD, HashedImages, hash_images, publish
from pipelines.evaluation.models import OWN_RESIZE, Candidate, open_models
from pipelines.evaluation.notes import describe_images, describe_learned, describe_shift
from pipelines.evaluation.parts import AtOnce, Part, ShardJob, load_ahead, make_parts
from pipelines.evaluation.shared_window import share_window
from pipelines.evaluation.work import Workplace, default_folder
from saliencnn.common.cores import usable_cores
from saliencnn.common.cudnn import deterministic_cudnn
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress, silent
from saliencnn.data.geometry import Geometry
from saliencnn.data.labelled import read_labelled, require_images
from saliencnn.data.window import AUTO, parse_choice
from saliencnn.models.spec import CONTRAST, ModelSpec
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import (
    EvaluationFacts,
    EvaluationInfo,
    join_notes,
    network_names,
)
from saliencnn.store.evaluations import list_evaluations, read_evaluation, write_evaluation
from saliencnn.store.images import find_images, read_index

Engine = Callable[[Sequence[ShardJob]], Iterator[Part]]


@dataclass(frozen=True)
class Task:
    """What to evaluate on what.

    Attributes:
        models: see ``open_models``.
        images: see ``read_labelled``.
        labels: see ``read_labelled``.
        limit: no more images than these.
        resize: see ``open_models``.
        work: folder for what is finished of an evaluation that is not.
        window: what is shown of images deeper than 8 bits, as ``--window`` takes it; ``auto`` is
            what the networks were trained with, or else what the images' own values say.
        layer: see ``open_models``.
        head: see ``open_models``.
    """

    models: Sequence[str]
    images: str
    labels: Path | None = None
    limit: int | None = None
    resize: int | None = OWN_RESIZE
    work: Path | None = None
    window: str = AUTO
    layer: str | None = None
    head: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a task.

    Attributes:
        evaluated: run ids of its evaluations, new ones and those that were there already.
        failures: one sentence for each network that could not be opened.
        notes: sentences about the images.
    """

    evaluated: tuple[str, ...]
    failures: tuple[str, ...]
    notes: tuple[str, ...]


def compute_here(shards: Sequence[ShardJob], loaders: int | None = None) -> Iterator[Part]:
    """Do shards in this process; threads decode the next one while the networks compute.

    Args:
        shards: to do.
        loaders: threads that decode; 0 for none, by default one for each core and two at least.
    """
    threads = max(2, usable_cores()) if loaders is None else loaders
    with ThreadPoolExecutor(threads) if threads else AtOnce() as pool:
        try:
            for job, images in load_ahead(shards, pool):
                yield from make_parts(job, images)
        finally:
            # Whoever is being ended does not decode the next shard first.
            pool.shutdown(wait=False, cancel_futures=True)


@deterministic_cudnn()
def evaluate(
    store: Store,
    task: Task,
    report: Progress = silent,
    compute: Engine = compute_here,
) -> Outcome:
    """Evaluate networks on labelled images and keep what is found in the store.

    What is finished is kept at once, per shard and network, so that a killed evaluation goes on
    where it was. A network that was evaluated on the same images before is not again, unless
    nobody kept their masks then.

    Args:
        store: where to.
        task: what.
        report: called with the progress; what it raises stops the evaluation.
        compute: does the shards.

    Raises:
        UserError: none of the networks can be opened, or no image can be used.
    """
    parse_choice(task.window)  # before anything is read, or a network downloaded
    require_images(task.images, task.labels)
    opened, failures = open_models(store, task.models, task.resize, task.layer, task.head)
    if not opened:
        raise UserError(f"There is no network to evaluate. {' '.join(failures)}")
    class_set = opened[0].class_set
    alike = {
        c: c if c.class_set.digest == class_set.digest else put_in_order(c, class_set)
        for c in opened
    }
    candidates = [found for found in alike.values() if found]
    failures += [_tell_apart(c, opened[0]) for c, found in alike.items() if not found]
    seed = next((c.seed for c in candidates if c.trained_run), 0)
    labelled = read_labelled(task.images, class_set, task.labels, task.limit, seed)
    labelled, candidates, refusals = share_window(labelled, candidates, task.window)
    failures += refusals
    images = hash_images(labelled, class_set)
    listed = list_evaluations(store)
    finished = {i.key: i.run_id for i in listed if not _lacks_masks(store, i, images)}
    # Weights are kept once: by the evaluation named here, or else by the first one below.
    keepers = {i.model_digest: i.run_id for i in listed if not i.checkpoint and not i.weights}
    there = {c: finished.get(_describe(c, images, "").key) for c in candidates}
    pending = [c for c in candidates if there[c] is None]
    folder = (task.work or default_folder()) / images.digest[:24]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "lock", timeout=0):
            workplace = Workplace(folder)
            packs = _compute(store, images, pending, workplace, report, compute)
            new = {c: _publish(store, images, c, workplace, packs, keepers) for c in pending}
            for key in [c.slug for c in pending] + [g.slug for g in packs]:
                workplace.clear(key)
    except Timeout as error:
        raise UserError("Another process is evaluating networks on these images.") from error
    ids = tuple(there[c] or new[c] for c in candidates)
    known = {info.run_id: info for info in listed}
    infos = tuple(known.get(run_id) or read_evaluation(store, run_id) for run_id in ids)
    notes = dict.fromkeys((*images.labelled.notes, *join_notes(infos, network_names(infos))))
    return Outcome(ids, tuple(failures), tuple(notes))


def _tell_apart(candidate: Candidate, first: Candidate) -> str:
    """Say why a network is not evaluated beside the first one."""
    own, theirs = candidate.class_set, first.class_set
    if sorted(own.classes) == sorted(theirs.classes):
        why = f"the same classes as {first.name}, in another order, so they do not compare"
    else:
        why = f"other classes ({own.name}) than {first.name} ({theirs.name})"
    return f"{candidate.name} has {why}: evaluate it with a command of its own."


def _lacks_masks(store: Store, info: EvaluationInfo, images: HashedImages) -> bool:
    """Whether an earlier version evaluated these very images, and left out their masks."""
    if not images.masked or info.images != images.digest:
        return False
    return not read_index(store, info.images_id).masked("object").any()


def _describe(
    candidate: Candidate, images: HashedImages, pack: str, notes: tuple[str, ...] = ()
) -> EvaluationFacts:
    preparation = candidate.preparation
    return EvaluationFacts(
        model=candidate.name,
        arch=candidate.arch,
        model_digest=candidate.digest,
        image_set=images.labelled.name,
        images=images.digest,
        images_id=pack,
        class_set=images.class_set.digest,
        input_size=preparation.geometry.size,
        input_width=preparation.geometry.width,
        resize=preparation.geometry.resize,
        mean=preparation.mean,
        std=preparation.std,
        notes=notes,
        checkpoint=candidate.checkpoint,
        trained_run=candidate.trained_run,
        trained_epoch=candidate.trained_epoch,
        score=CONTRAST,
        stored_spec=ModelSpec.decode(candidate.spec.encode()),
        package=candidate.package,
    )


def _compute(
    store: Store,
    images: HashedImages,
    pending: Sequence[Candidate],
    workplace: Workplace,
    report: Progress,
    compute: Engine,
) -> dict[Geometry, str | None]:
    """Make all missing parts; return the packs' ids, None for those still to publish."""
    geometries = dict.fromkeys(c.preparation.geometry for c in pending)
    packs = {g: find_images(store, images.pack_digest(g)) for g in geometries}
    missing = [geometry for geometry, found in packs.items() if found is None]
    for key in [c.slug for c in pending] + [g.slug for g in missing]:
        workplace.drop_damaged(key, images.shards)
    jobs = [
        ShardJob(
            number,
            number * SHARD,
            images.shard(number),
            tuple(c for c in pending if not workplace.has(c.slug, number)),
            tuple(g for g in missing if not workplace.has(g.slug, number)),
        )
        for number in range(images.shards)
    ]
    names = {candidate.slug: candidate.name for candidate in pending}
    total = len(images.labelled.samples) * len(pending)
    done = total - sum(len(j.samples) * len(j.networks) for j in jobs)
    report(done / total if total else 1.0, "reading images")
    for part in compute([j for j in jobs if j.networks or j.packs]):
        workplace.keep(part)
        if part.key in names:
            done += len(images.shard(part.shard))
            report(done / total, f"{names[part.key]}, {done} of {total} predictions")
    return packs


def _publish(
    store: Store,
    images: HashedImages,
    candidate: Candidate,
    workplace: Workplace,
    packs: dict[Geometry, str | None],
    keepers: dict[str, str],
) -> str:
    """Write a network's evaluation, and before it the images as it sees them if they are new."""
    geometry = candidate.preparation.geometry
    pack = packs[geometry]
    if pack is None:
        pack = packs[geometry] = publish(store, images, geometry, workplace)
    results = gather_results(workplace, candidate, images.labelled.samples, images.shards)
    notes = (
        *candidate.notes,
        *images.labelled.notes,
        *describe_images(store, pack, images, results.by_class["images"]),
        *describe_shift(results.predictions, images),
        *describe_learned(store, candidate, images),
    )
    keeper = keepers.get(candidate.digest, "")
    facts = replace(_describe(candidate, images, pack, notes), weights=keeper)
    if keeper or candidate.checkpoint:
        return write_evaluation(store, facts, images.class_set, results, None)
    state = candidate.network.state_dict()
    run_id = write_evaluation(store, facts, images.class_set, results, state)
    keepers[candidate.digest] = run_id
    return run_id
