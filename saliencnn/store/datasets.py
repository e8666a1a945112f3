"""The image sets of a run as MLflow's own pages list them: its datasets."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mlflow.entities import Dataset, DatasetInput, InputTag

from saliencnn.store.connection import Store

_MAX_DIGEST, _MAX_NAME = 36, 500
"""Characters that MLflow keeps."""


@dataclass(frozen=True)
class Split:
    """Images that a run uses.

    Attributes:
        use: what for.
        name: of the image set.
        digest: of their contents.
        source: the image set as the command line names it.
        images: how many.
        classes: how many.
    """

    use: Literal["training", "validation", "test"]
    name: str
    digest: str
    source: str
    images: int
    classes: int


def log_datasets(store: Store, run_id: str, splits: Sequence[Split]) -> None:
    """Note which images a run uses; doing it again changes nothing."""
    store.client.log_inputs(run_id, [_describe(split) for split in splits])


def _describe(split: Split) -> DatasetInput:
    dataset = Dataset(
        name=split.name[:_MAX_NAME],
        digest=split.digest[:_MAX_DIGEST],
        source_type="local",
        source=json.dumps({"uri": split.source}),
        profile=json.dumps({"num_images": split.images, "num_classes": split.classes}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", split.use)])
