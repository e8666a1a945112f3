"""Pictures that MLflow's own pages step through, epoch by epoch.

MLflow finds them by their names alone: ``images/KEY+step+N+timestamp+T+ID.png`` and beside it one
that takes less memory and ends in ``+compressed.webp``, which they show at its own size: ours are
as large as the others, or nobody could see a map in them. Ours have an id that follows from the
epoch, so an epoch that is delivered again writes the same files.
"""

import io
from uuid import UUID, uuid5

import numpy as np
from PIL import Image

from saliencnn.store.artifacts import location_of, write_files
from saliencnn.store.connection import Store

HAS_PICTURES = {"mlflow.loggedImages": "True"}
"""The tag by which MLflow's pages know that a run has pictures."""
KEY = "saliency_maps"
FOLDER = "images"


def write_picture(store: Store, run_id: str, epoch: int, picture: np.ndarray, ended: float) -> None:
    """Write an epoch's picture, uint8 (H, W, 3)."""
    name = f"{KEY}+step+{epoch}+timestamp+{int(ended * 1000)}+{uuid5(UUID(run_id), str(epoch))}"
    image = Image.fromarray(picture)
    files = {
        # In a third of the time that PNG's own level takes, and a fifth larger.
        f"{name}.png": _encode(image, "PNG", compress_level=2),
        f"{name}+compressed.webp": _encode(image, "WEBP", method=0),
    }
    write_files(store, location_of(store, run_id), files, FOLDER)


def _encode(image: Image.Image, form: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
