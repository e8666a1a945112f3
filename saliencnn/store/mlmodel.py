"""MLflow's own description of a registered network, the file MLmodel."""

import tempfile
from pathlib import Path

import numpy as np
from mlflow import pyfunc
from mlflow.models import Model
from mlflow.models.signature import ModelSignature
from mlflow.types import Schema, TensorSpec

from saliencnn.models import served
from saliencnn.models.served import NetworkFacts


def describe_for_mlflow(run_id: str, model_id: str, facts: NetworkFacts) -> bytes:
    """Return the file's content: which module loads the network, what goes in and out."""
    images = TensorSpec(np.dtype(np.uint8), (-1, -1, -1, 3))
    scores = TensorSpec(np.dtype(np.float32), (-1, len(facts.classes)))
    model = Model(
        run_id=run_id,
        model_id=model_id,
        signature=ModelSignature(inputs=Schema([images]), outputs=Schema([scores])),
    )
    pyfunc.add_to_model(model, loader_module=served.__name__)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "MLmodel"
        model.save(path)
        return path.read_bytes()
