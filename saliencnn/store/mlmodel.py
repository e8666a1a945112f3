"""MLflow's own description of a checkpoint: how to load it, what goes in and what comes out."""

import json
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from mlflow import pyfunc
from mlflow.models import Model
from mlflow.models.signature import ModelSignature
from mlflow.types import Schema, TensorSpec

from saliencnn.models import served
from saliencnn.models.served import NetworkFacts

EXAMPLE = "input_example.json"
_EXAMPLE_SIDE = 8
"""Pixels; a network takes images of any size, and an example that is JSON should be small."""


def describe_checkpoint(run_id: str, model_id: str, facts: NetworkFacts) -> dict[str, bytes]:
    """Return the files that lie beside a checkpoint's weights, by name.

    With them, ``mlflow.pyfunc.load_model`` loads it, and MLflow's pages show its signature.
    """
    images = TensorSpec(np.dtype(np.uint8), (-1, -1, -1, facts.preparation.planes))
    scores = TensorSpec(np.dtype(np.float32), (-1, len(facts.classes)))
    model = Model(
        run_id=run_id,
        model_id=model_id,
        signature=ModelSignature(inputs=Schema([images]), outputs=Schema([scores])),
        saved_input_example_info={"artifact_path": EXAMPLE, "type": "ndarray"},
    )
    pyfunc.add_to_model(model, loader_module=served.__name__)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "MLmodel"
        model.save(path)
        mlmodel = path.read_bytes()
    return {
        "MLmodel": mlmodel,
        served.FACTS: facts.encode(),
        EXAMPLE: _encode_example(facts.preparation.planes),
    }


@cache
def _encode_example(planes: int) -> bytes:
    """Return one image, a ramp of brightness, as MLflow writes an array."""
    ramp = np.linspace(0, 255, _EXAMPLE_SIDE).astype(int)
    image = np.broadcast_to(ramp[None, :, None], (_EXAMPLE_SIDE, _EXAMPLE_SIDE, planes))
    return json.dumps(image[None].tolist()).encode()
