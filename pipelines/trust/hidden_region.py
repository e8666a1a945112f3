"""Asking a run's network again without the region that a map of an image highlights."""

import numpy as np

from saliencnn.drawing.heat import rescale_one
from saliencnn.findings.hidden_region import HiddenRegion
from saliencnn.findings.map_location import HALF_MAXIMUM
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.store.checkpoints import kept_epochs, read_checkpoint
from saliencnn.store.connection import Store
from saliencnn.store.networks import restore_network
from saliencnn.store.runs import RunInfo


def ask_without_region(
    store: Store, run: RunInfo, epoch: int, pixels: np.ndarray, target: int, saliency: np.ndarray
) -> HiddenRegion:
    """Return what an epoch's network says without a map's region, and without as much elsewhere.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint is kept.
        pixels: the image as the network sees it, uint8 (H, W, 3).
        target: the class that the map explains.
        saliency: raw map (h, w), its maximum above 0.

    Raises:
        MissingArtifact: no checkpoint of the epoch is kept.
        NetworkMissing: the run's architecture cannot be built here.
    """
    import torch

    from saliencnn.checks.hidden_region import paint_over
    from saliencnn.common.devices import choose_device
    from saliencnn.models.outputs import read_logits

    models = kept_epochs(store, run.run_id)
    if epoch not in models:
        raise MissingArtifact("checkpoints")
    device = choose_device()
    model = restore_network(run, read_checkpoint(store, models[epoch])).to(device)
    image, map01 = torch.from_numpy(pixels), torch.from_numpy(rescale_one(saliency))
    shown, fraction = paint_over(image.permute(2, 0, 1), map01, HALF_MAXIMUM)
    images = run.preparation.normalise(shown.to(device))
    with torch.inference_mode():
        logits = read_logits(
            model(images.contiguous(memory_format=torch.channels_last)), run.spec.logits
        )
    scores = logits.softmax(1).cpu()
    confidence, predicted = scores.max(1)
    return HiddenRegion(
        fraction=fraction,
        predicted=predicted.tolist(),
        confidence=confidence.tolist(),
        of_target=scores[:, target].tolist(),
        pixels=shown[1].permute(1, 2, 0).numpy(),
    )
