"""The networks that a command names, ready to evaluate."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from saliencnn.common.devices import choose_device
from saliencnn.common.errors import UserError
from saliencnn.common.sentences import LONGEST, one_sentence
from saliencnn.common.translation import translate
from saliencnn.data.classset import ClassSet
from saliencnn.data.imagenet import imagenet_classes
from saliencnn.data.labels_file import read_lines
from saliencnn.data.preparation import Preparation
from saliencnn.models.architecture import Architecture
from saliencnn.models.architectures import find_architecture
from saliencnn.models.catalogue import digest_state, prepare_for
from saliencnn.models.efficientnet_lite import LITE
from saliencnn.models.own_networks import allow_own, is_own
from saliencnn.models.spec import ModelSpec
from saliencnn.models.timm_networks import TIMM
from saliencnn.models.torchvision_networks import PINNED
from saliencnn.models.weights import build_network, open_weights_file
from saliencnn.models.weights_file import is_weights_file
from saliencnn.saliency.inspection import inspect_architecture, inspect_model
from saliencnn.store.checkpoints import kept_epochs, read_checkpoint
from saliencnn.store.connection import Store
from saliencnn.store.images import read_index
from saliencnn.store.networks import keep_network, restore_network
from saliencnn.store.registry import find_accepted
from saliencnn.store.runs import read_run

_log = logging.getLogger(__name__)

OWN_RESIZE = -1
"""Stands for the resizing that goes with each network's weights."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A network to evaluate.

    Attributes:
        name: for people.
        arch: as ``find_architecture`` takes it.
        network: in evaluation, on the device that will compute.
        class_set: its classes.
        preparation: how its images are prepared.
        digest: of its weights.
        spec: where its maps are taken.
        package: what built it, with its version; empty for the table's architectures.
        checkpoint: the store's id of the weights, if they lie there already.
        trained_run: id of the lab's own run that trained it; empty for others.
        trained_epoch: the run's epoch that this is.
        notes: sentences about how its weights were read.
        window: what it was trained to see of images deeper than 8 bits, as ``--window`` takes it;
            empty for others.
        seed: that drew the images on which its run validated it.
    """

    name: str
    arch: str
    network: nn.Module
    class_set: ClassSet
    preparation: Preparation
    digest: str
    spec: ModelSpec
    package: str = ""
    checkpoint: str = ""
    trained_run: str = ""
    trained_epoch: int = 0
    notes: tuple[str, ...] = ()
    window: str = ""
    seed: int = 0

    @property
    def slug(self) -> str:
        """Short text that names this network with its preparation in file names."""
        return f"{self.digest[:16]}-{self.preparation.geometry.slug}"


def open_models(
    store: Store,
    specs: Sequence[str],
    resize: int | None = OWN_RESIZE,
    layer: str | None = None,
    head: str | None = None,
) -> tuple[list[Candidate], list[str]]:
    """Open networks, and say of each one that cannot be opened why.

    Args:
        store: where the lab's own networks are.
        specs: each ``NAME`` as ``find_architecture`` takes it (published weights),
            ``NAME@FILE`` or ``NAME@MEMBER`` of torchvision's weights, ``run:RUN_ID[:EPOCH]``,
            or ``registered:NAME``. An own network's code runs, since a person has named it.
        resize: pixels of the shorter side before the centre is cut out, None for no scaling.
        layer: dotted name of the layer whose maps are taken of each; by default its own.
        head: dotted name of the layer that scores the classes, likewise.
    """
    opened: list[Candidate] = []
    failures: list[str] = []
    for spec in dict.fromkeys(specs):
        try:
            candidate = _open(store, spec)
            if layer or head:
                candidate = _look_at(candidate, layer, head)
        except Exception as error:  # whatever is wrong with one, the others are evaluated
            told = translate(error)
            if told.ours:
                _log.error("%s cannot be opened.", spec, exc_info=error)
            failures.append(one_sentence(f"{spec} cannot be opened: {told.sentence}", 2 * LONGEST))
            continue
        if resize != OWN_RESIZE:
            geometry = replace(candidate.preparation.geometry, resize=resize)
            preparation = replace(candidate.preparation, geometry=geometry)
            candidate = replace(candidate, preparation=preparation)
        opened.append(candidate)
    return opened, failures


def _open(store: Store, spec: str) -> Candidate:
    kind, _, rest = spec.partition(":")
    if kind == "registered":
        return _open_run(store, *find_accepted(rest, store))
    if kind == "run":
        run_id, colon, epoch = rest.partition(":")
        return _open_run(store, run_id, _parse_epoch(epoch) if colon else None)
    arch, _, weights = spec.partition("@")
    if is_own(arch):
        (arch,) = allow_own([arch])
        if not weights:
            raise UserError(f"An own network has no published weights; write {arch}@FILE.")
    architecture = _inspect(find_architecture(arch))
    if is_weights_file(weights):
        return _open_file(arch, architecture, Path(weights))
    weights = weights or ("default" if arch in LITE or arch.startswith(TIMM) else PINNED)
    network = build_network(arch, len(imagenet_classes()), weights, spec=architecture)
    if network.notes:
        raise UserError(network.notes[0])
    preparation = prepare_for(arch, weights)
    return _finish(spec, arch, architecture, network.model, imagenet_classes(), preparation)


def _look_at(candidate: Candidate, layer: str | None, head: str | None) -> Candidate:
    """Take a network's maps at another layer or head than its own."""
    own, shape = candidate.spec, candidate.preparation.shape
    wanted = (layer or own.target_layer, head or own.head or None)
    spec = inspect_model(candidate.network, torch.randn(1, *shape), *wanted)
    if spec.place == own.place:
        return candidate
    changed = [new for new, old in zip(spec.place, own.place, strict=True) if new != old]
    name, at, weights = candidate.name, "", ""
    if not candidate.trained_run:
        name, at, weights = name.partition("@")
    return replace(candidate, spec=spec, name=f"{name} at {' and '.join(changed)}{at}{weights}")


def _inspect(architecture: Architecture) -> Architecture:
    """Return an architecture whose layers are known."""
    size = architecture.preparation.geometry.input_size
    return inspect_architecture(architecture, len(imagenet_classes()), size)


def _parse_epoch(text: str) -> int:
    # Far more digits than an epoch has cannot be turned into a number.
    epoch = int(text) if text.isdecimal() and len(text) <= 9 else 0
    if epoch < 1:
        raise UserError(
            f"'{text:.20}' is no epoch, which are counted from 1; "
            "write run:RUN_ID or run:RUN_ID:EPOCH."
        )
    return epoch


def _open_run(store: Store, run_id: str, epoch: int | None) -> Candidate:
    """Open an epoch's checkpoint, by default the newest one."""
    run = read_run(store, run_id)
    if run.preparation.planes != 3:
        raise UserError("Its network takes images of another number of channels than three.")
    kept = kept_epochs(store, run_id)
    if not kept or epoch not in (None, *kept):
        found = ", ".join(map(str, kept)) or "none"
        raise UserError(f"Run {run_id} has no such checkpoint; kept are epochs {found}.")
    epoch = max(kept) if epoch is None else epoch
    index = read_index(store, run.images_id)
    keep_network(store, run, epoch)
    network = restore_network(run, read_checkpoint(store, kept[epoch]))
    architecture = replace(find_architecture(run.arch), **run.spec.encode())
    class_set = ClassSet(run.image_set, index.classes)
    name = f"{run.name} epoch {epoch}"
    candidate = _finish(name, run.arch, architecture, network, class_set, run.preparation)
    return replace(
        candidate,
        checkpoint=kept[epoch],
        trained_run=run_id,
        trained_epoch=epoch,
        window=run.window,
        seed=run.seed,
    )


def _open_file(arch: str, architecture: Architecture, path: Path) -> Candidate:
    opened = open_weights_file(architecture, path)
    head = opened.model.state_dict()[f"{architecture.head}.weight"]
    class_set = _classes_of(path, len(head))
    architecture = replace(architecture, classes=len(head))
    name = f"{arch}@{path.name}"
    candidate = _finish(name, arch, architecture, opened.model, class_set, prepare_for(arch))
    return replace(candidate, notes=opened.notes)


def _classes_of(path: Path, count: int) -> ClassSet:
    """Return the classes of a weights file: those in the ``.labels.txt`` beside it, or ImageNet's.

    A label such as ``Cardinalis cardinalis (Northern Cardinal)`` has its two parts as synonyms.
    """
    beside = path.with_suffix(".labels.txt")
    if beside.is_file():
        names = tuple(name for name in map(str.strip, read_lines(beside)) if name)
        if len(names) != count or len(set(names)) != count:
            raise UserError(f"{beside} must name {count} different classes, one a line.")
        split = (name.removesuffix(")").partition(" (") for name in names)
        synonyms = tuple((first, last) if last else () for first, _, last in split)
        return ClassSet(path.stem, names, synonyms=synonyms)
    if count == len(imagenet_classes()):
        return imagenet_classes()
    raise UserError(f"{path} scores {count} classes; name them in {beside.name}, one a line.")


def _finish(
    name: str,
    arch: str,
    architecture: Architecture,
    network: nn.Module,
    class_set: ClassSet,
    preparation: Preparation,
) -> Candidate:
    digest = digest_state(network.state_dict())
    network = network.eval().requires_grad_(False)
    network = network.to(choose_device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Candidate(
        name, arch, network, class_set, preparation, digest, architecture, architecture.package
    )
