"""Begin to watch a training loop of one's own."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.common.names import readable_name
from saliencnn.common.process import this_process
from saliencnn.data.image_index import Images
from saliencnn.data.inputs import Preprocess
from saliencnn.data.planes import decode_planes
from saliencnn.data.preparation import Preparation
from saliencnn.data.size import Size, write_size
from saliencnn.data.window import AUTO
from saliencnn.plugins import load_plugins
from saliencnn.recording.delivery import Delivery
from saliencnn.recording.ending import end_early
from saliencnn.recording.map_plan import UNKNOWN_EPOCHS, choose_map_images, map_shape
from saliencnn.recording.recorder import Recorded
from saliencnn.saliency.inspection import unwrap
from saliencnn.store import runs
from saliencnn.store.artifacts import require_writable
from saliencnn.store.connection import Store, open_store
from saliencnn.store.datasets import Split, log_datasets
from saliencnn.store.images import publish_images, read_all_images
from saliencnn.store.retention import check_keep
from saliencnn.store.run_record import OWN_LOOP
from saliencnn.store.skipped import write_skipped
from saliencnn.watching.images import Kept, keep_images
from saliencnn.watching.networks import (
    count_channels,
    inspect_network,
    name_class,
    name_network,
    recognise,
    require_weights,
)
from saliencnn.watching.normalisation import Asked, Numbers
from saliencnn.watching.run import WatchedRun
from saliencnn.watching.settings import write_settings
from saliencnn.watching.undisturbed import undisturbed

_log = logging.getLogger(__name__)


def watch(
    model: nn.Module,
    validation: Any,
    *,
    classes: Sequence[str] | None = None,
    store: Store | str | None = None,
    experiment: str | None = None,
    name: str | None = None,
    settings: Mapping[str, Any] | None = None,
    images_name: str | None = None,
    transform: Preprocess | None = None,
    mean: Numbers | None = None,
    std: Numbers | None = None,
    size: Size | None = None,
    window: str = AUTO,
    layer: str | None = None,
    head: str | None = None,
    arch: str | None = None,
    methods: Iterable[str] | str | None = None,
    training_images: int = 0,
    every: int = 1,
    keep: str = "all",
    map_images: int | None = None,
) -> WatchedRun:
    """Watch a training loop of your own: every epoch is validated, explained and recorded.

    ```python
    run = saliencnn.watch(model, validation)
    for epoch in range(epochs):
        ...
        run.epoch(train_loss=loss)
    run.end()
    ```

    Nothing about the loop changes: the network's mode, its gradients, all random numbers and
    cuDNN's flags are as before after each call. Validation images are read once, here, and kept
    in 8 bits as they are before normalisation: files, PIL images and uint8 pixels scaled and
    cropped; tensors that a dataset has normalised with the normalisation undone. The network is
    validated on exactly these.

    Args:
        model: an image classifier, as for ``explain``; on any device, and moved as you like.
        validation: a dataset of (image, label) or of dicts with both, a data loader (its dataset
            counts), a pair (images or paths, labels), or an ``ImageSet``. Labels are numbers, or
            names among ``classes``.
        classes: class names in the order of the scores; by default the dataset's ``classes``.
        store: MLflow tracking URI, or an open store; by default the environment's
            ``MLFLOW_TRACKING_URI``, else mlruns/ below the working directory.
        experiment: MLflow experiment that the run goes into; by default the environment's
            ``MLFLOW_EXPERIMENT_NAME``, else ``saliencnn``.
        name: of the run, for people.
        settings: whatever is known of how it is trained, e.g. ``{"learning_rate": 0.1}``. What is
            not given is shown nowhere.
        images_name: of the validation images; by default their folder's or dataset's.
        transform: turns a PIL image into the network's input, where ``validation`` does not.
        mean: of the normalisation, a number for each channel or one for all, for channels from 0
            to 1. By default read off the transform, else ImageNet's for pixels.
        std: likewise.
        size: of the network's input where images come as files or pixels: height and width, or
            one number for both; 224 by default.
        window: what is shown of images deeper than 8 bits, given as files or PIL images, as
            ``--window`` takes it; by default what occurs in them.
        layer: dotted name of the layer whose maps are shown; by default it is found.
        head: dotted name of the layer that scores the classes, likewise.
        arch: what people call the network, or how it is built: a name of ``--arch``. By default
            recognised, else the name of its class.
        methods: maps of every epoch, of the CAM family, or one; by default CAM where it is defined,
            Grad-CAM, Grad-CAM++ and some of SmoothGrad-CAM++.
        training_images: how many images an epoch learns from; SmoothGrad-CAM++ of a deep head
            covers more images where there are more.
        every: record only every so many calls of ``epoch``.
        keep: whose checkpoints stay: of ``all`` epochs, of the ``best``, of the ``last``, or, for
            a number N as text, of the best, the last and every N-th.
        map_images: of how many validation images maps are recorded, evenly from all classes; 0 for
            all. By default of all while those of all epochs take less than 2 GB; a loop whose
            settings do not say its ``epochs`` is taken to have 100.

    Returns:
        The run; call its ``epoch`` after each epoch.

    Raises:
        UserError: the images, the network or the store are not what this takes.
    """
    check_keep(keep)
    if every < 1:
        raise UserError(f"every is {every}; it must be 1 or more.")
    if map_images is not None and map_images < 0:
        raise UserError(f"map_images is {map_images}; it must be 0 or more.")
    for sentence in load_plugins():
        _log.warning("%s", sentence)
    told = write_settings(settings or {})
    network = unwrap(model)
    require_weights(network)
    opened = store if isinstance(store, Store) else open_store(store, experiment)
    require_writable(opened)
    with undisturbed(network):
        asked = Asked(classes, images_name, transform, mean, std, size, window)
        kept = keep_images(validation, asked, count_channels(network))
        images_id = publish_images(opened, kept.digest, lambda: kept.images)
        images = read_all_images(opened, images_id)
        inputs = _first_input(images, kept.preparation, network)
        count = len(images.index.classes)
        spec = inspect_network(network, inputs, count, layer, head)
        called = arch or recognise(network, inputs, count) or name_network(network)
        methods = (methods,) if isinstance(methods, str) else methods
        chosen = tuple(methods) if methods is not None else None
        shape = map_shape(network, spec, kept.preparation.shape)
        epochs = int(told.get("epochs", UNKNOWN_EPOCHS)) // every
        labels = images.index.labels
        map_images, notes = choose_map_images(
            spec, shape, labels, training_images, epochs, map_images, chosen
        )
    name_of_set = readable_name(kept.images.index.name)
    run_id = runs.start_run(
        opened,
        name or f"{called} · {kept.images.index.name}",
        told,
        data="",
        image_set=name_of_set,
        images_id=images_id,
        digest=kept.digest,
        arch=called,
        network=name_class(network),
        weights="",
        image_size=write_size(kept.preparation.geometry.input_size),
        preparation=json.dumps(kept.preparation.encode()),
        spec=json.dumps(spec.encode()),
        keep=keep,
        window=kept.images.index.window,
        loop=OWN_LOOP,
        map_images=str(map_images or ""),
        process=this_process(),
    )
    try:
        split = Split("validation", name_of_set, kept.digest, "", len(images.index), count)
        log_datasets(opened, run_id, [split])
        if images.index.skipped:
            write_skipped(opened, run_id, "validation", images.index.skipped)
        runs.note_sentences(opened, run_id, [*_tell(kept, every), *notes])
        recorded = Recorded(
            run_id, called, keep, spec, kept.preparation, images, _seed(told), map_images
        )
        return WatchedRun(opened, recorded, network, training_images, every, chosen)
    except BaseException as error:
        end_early(Delivery(opened, run_id), run_id, error)
        raise


def _first_input(images: Images, preparation: Preparation, network: nn.Module) -> Tensor:
    """Return the first validation image as the network takes it, (1, C, H, W)."""
    parameter = next(network.parameters())
    pixels = decode_planes(images.encoded[:1])
    return preparation.normalise(pixels).to(parameter.device, parameter.dtype)


def _seed(settings: Mapping[str, str]) -> int:
    text = settings.get("seed", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _tell(kept: Kept, every: int) -> list[str]:
    loop = "It was trained by a loop of its own; saliencnn knows only the settings that it gave."
    told = [loop, *kept.notes]
    if every > 1:
        told.append(f"Only every {every}th epoch of its loop is recorded.")
    return told
