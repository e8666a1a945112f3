"""What a run needs before its first epoch: images, network, and what is known of both."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from torch import nn

from pipelines.training.guided_images import describe_guidance
from pipelines.training.image_facts import ImageFacts, KnownImages
from pipelines.training.initial_weights import build_initial
from pipelines.training.request import SIZES, Request
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.progress import Progress
from saliencnn.data.digests import digest_of
from saliencnn.data.fitted import fit_validation
from saliencnn.data.image_index import Images
from saliencnn.data.imageset import ImageSet, randomize_labels
from saliencnn.data.inspection import report_balance
from saliencnn.data.loader_plan import LoaderPlan, are_few, plan_loaders
from saliencnn.data.loading import why_unreadable
from saliencnn.data.preparation import Preparation
from saliencnn.data.region_notes import report_regions
from saliencnn.data.size import Size, sides_of, write_size
from saliencnn.data.sources import read_image_set
from saliencnn.data.value_range import apply_window
from saliencnn.data.window import parse_choice
from saliencnn.models.architecture import Architecture
from saliencnn.models.architectures import find_architecture
from saliencnn.models.spec import CONTRAST, ModelSpec
from saliencnn.models.weights import Network
from saliencnn.recording.map_plan import choose_map_images, map_shape
from saliencnn.saliency.inspection import inspect_architecture
from saliencnn.store import runs
from saliencnn.store.connection import Store
from saliencnn.store.datasets import Split, log_datasets
from saliencnn.store.images import publish_images, read_all_images
from saliencnn.store.retention import AUTO, check_keep, choose_keep
from saliencnn.store.skipped import format_skipped, write_skipped
from saliencnn.store.training_images import write_leaks, write_training_images


@dataclass(frozen=True, eq=False)
class Prepared:
    """What is there before a run begins.

    Attributes:
        request: what to train, its input size known, and whose checkpoints and maps are kept.
        preparation: of the images.
        architecture: of the network, its layers known.
        network: with its initial weights, and notes about them.
        image_set: what is learned from and validated on.
        facts: what was found in the images.
        digest: of the validation images.
        images_id: under which the store keeps them.
        notes: about guidance, and checkpoints and maps that are not kept though nobody said so.
    """

    request: Request
    preparation: Preparation
    architecture: Architecture
    network: Network
    image_set: ImageSet
    facts: ImageFacts
    digest: str
    images_id: str
    notes: tuple[str, ...]


def complete(request: Request) -> tuple[Request, Preparation]:
    """Return a request whose input size is known, and how its images are prepared.

    Raises:
        UserError: something in it is not allowed.
    """
    if request.keep != AUTO:
        check_keep(request.keep)
    usual = find_architecture(request.arch).preparation
    size = usual.geometry.input_size if request.image_size is None else request.image_size
    if not all(SIZES[0] <= side <= SIZES[1] for side in sides_of(size)):
        raise UserError(
            f"image_size is {write_size(size)}; it must be from {SIZES[0]} to {SIZES[1]} pixels."
        )
    parse_choice(request.window)  # before anything is read
    at_size = usual.at(size)
    geometry = replace(at_size.geometry, mode=request.fit)
    return replace(request, image_size=size), replace(at_size, geometry=geometry)


def prepare(
    store: Store,
    request: Request,
    image_set: ImageSet,
    preparation: Preparation,
    known: KnownImages,
    report: Progress,
) -> Prepared:
    """Build the network and look at the images.

    Args:
        store: where the validation images are kept.
        request: what to train.
        image_set: as it was read.
        preparation: what happens to its images before the network sees them.
        known: looks at the images.
        report: called with the progress of comparing them.

    Raises:
        UserError: the weights cannot be had, or the images are too small for the network.
    """
    geometry, classes = preparation.geometry, len(image_set.classes)
    architecture = find_layers(request, classes).explaining(CONTRAST)
    network = build_initial(store, request, classes, architecture)
    epochs = request.hyperparameters.epochs
    keep_notes: tuple[str, ...] = ()
    if request.keep == AUTO:
        size = sum(tensor.nbytes for tensor in network.model.state_dict().values())
        keep, keep_notes = choose_keep(size, epochs)
        request = replace(request, keep=keep)
    shape = find_map_shape(network.model, architecture, preparation)
    labels = np.array([sample.label for sample in image_set.validation])
    map_images, map_notes = choose_map_images(
        architecture, shape, labels, len(image_set.train), epochs, request.map_images
    )
    request = replace(request, map_images=map_images)
    facts = known.look(image_set, report)
    image_set = randomize(image_set, request.hyperparameters)
    guidance_notes = describe_guidance(image_set, request.hyperparameters)
    digest = digest_of(image_set, geometry)
    images_id = publish_images(store, digest, lambda: fit_validation(image_set, geometry))
    return Prepared(
        request,
        preparation,
        architecture,
        network,
        image_set,
        facts,
        digest,
        images_id,
        (*guidance_notes, *keep_notes, *map_notes),
    )


def find_layers(request: Request, classes: int) -> Architecture:
    """Return the architecture of a complete request, its target layer and head known.

    Raises:
        UserError: it is unknown, or its network does not run on images of this size.
    """
    architecture = find_architecture(request.arch)
    size = request.image_size or architecture.preparation.geometry.input_size
    return inspect_architecture(architecture, classes, size, request.layer, request.head)


def read_images(request: Request) -> ImageSet:
    """Return the image set of a request, with what is shown of images deeper than 8 bits."""
    image_set = read_image_set(request.data, request.hyperparameters.seed)
    return apply_window(image_set, request.window)


def keep_facts(store: Store, run_id: str, prepared: Prepared, plan: LoaderPlan) -> Images:
    """Keep with a run what is known of its images; return those that it is validated on."""
    facts = prepared.facts
    write_training_images(store, run_id, facts.learned_from)
    if facts.leaks.twins:
        write_leaks(store, run_id, facts.leaks)
    images = read_all_images(store, prepared.images_id)
    log_datasets(store, run_id, _describe_splits(prepared, len(images.index)))
    skipped = images.index.skipped
    if skipped:
        write_skipped(store, run_id, "validation", skipped)
    why = why_unreadable(prepared.image_set.validation, skipped)
    hp = prepared.request.hyperparameters
    notes = [
        *prepared.image_set.notes,
        *(report_balance(prepared.image_set) if hp.balance == "none" else ()),
        *facts.leaks.notes,
        *prepared.network.notes,
        *format_skipped(skipped, "validation", why),
        *report_regions(prepared.image_set, images.index),
        *plan.notes,
        *prepared.notes,
    ]
    runs.note_sentences(store, run_id, notes)
    if facts.shortcuts:
        runs.note_shortcuts(store, run_id, [one.sentence for one in facts.shortcuts])
    return images


def _describe_splits(prepared: Prepared, validated: int) -> list[Split]:
    image_set, facts = prepared.image_set, prepared.facts
    named = partial(
        Split, name=image_set.name, source=prepared.request.data, classes=len(image_set.classes)
    )
    splits = [
        named("training", digest=facts.learned_from.digest, images=len(image_set.train)),
        named("validation", digest=prepared.digest, images=validated),
    ]
    if image_set.test:
        splits += [named("test", digest=facts.tested_on.digest, images=len(image_set.test))]
    return splits


def plan_loading(
    image_set: ImageSet, hp: Hyperparameters, size: Size, wanted: int | None
) -> LoaderPlan:
    """Plan how the training images are loaded."""
    if wanted is None and are_few([sample.image for sample in image_set.train], size):
        return LoaderPlan(0)
    return plan_loaders(min(hp.batch_size, len(image_set.train)), size, wanted)


def randomize(image_set: ImageSet, hyperparameters: Hyperparameters) -> ImageSet:
    """Permute the training labels where that is asked for."""
    if hyperparameters.shuffle_labels:
        return randomize_labels(image_set, hyperparameters.seed)
    return image_set


def find_map_shape(model: nn.Module, spec: ModelSpec, preparation: Preparation) -> tuple[int, int]:
    """Return rows and columns of the network's maps.

    Raises:
        UserError: the images are too small for it to have maps of them.
    """
    try:
        shape = map_shape(model, spec, preparation.shape)
    except RuntimeError:
        shape = 0, 0
    if min(shape) < 2:
        size = write_size(preparation.geometry.input_size)
        raise UserError(f"image_size is {size}; this architecture needs larger images.")
    return shape
