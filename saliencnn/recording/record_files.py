"""An epoch's record as files, as the spool keeps them, and back."""

import json
from collections.abc import Mapping
from typing import Any

from saliencnn.common.formats import SPOOLED_EPOCH
from saliencnn.common.records import parse_object, require_texts
from saliencnn.recording.epoch_record import EpochRecord
from saliencnn.store.checkpoints import decode_training, encode_training
from saliencnn.store.codec import decode_arrays, decode_weights, encode_arrays, encode_weights
from saliencnn.store.maptable import MapTable
from saliencnn.store.metric_names import rename_metrics

_PLAIN = ("run_id", "process", "arch", "keep", "epoch", "last", "ended", "metrics")
_LISTS = ("classes", "skipped", "news")


def encode_record(record: EpochRecord) -> dict[str, bytes]:
    """Return an epoch as files, by name; none of them is a pickle of anything but tensors."""
    arrays: dict[str, Any] = {"predictions": record.predictions}
    if record.picture is not None:
        arrays["picture"] = record.picture
    arrays |= {f"table-{i}": table.rows for i, table in enumerate(record.tables.values())}
    plain = SPOOLED_EPOCH.stamp | {name: getattr(record, name) for name in _PLAIN + _LISTS}
    plain["tables"] = {name: table.methods for name, table in record.tables.items()}
    return {
        "weights.safetensors": encode_weights(record.weights),
        "training.pt": encode_training(record.training),
        "arrays.npz": encode_arrays(arrays),
        "parcel.json": json.dumps(plain).encode(),
    }


def decode_record(files: Mapping[str, bytes]) -> EpochRecord:
    """Return what ``encode_record`` wrote, also in earlier formats.

    Raises:
        NewerFormat: a later version of this program wrote it.
    """
    plain = parse_object(files["parcel.json"].decode(), "description")
    SPOOLED_EPOCH.check(plain)
    arrays = decode_arrays(files["arrays.npz"])
    tables = {
        name: MapTable(require_texts(methods, "methods"), arrays[f"table-{i}"])
        for i, (name, methods) in enumerate(plain["tables"].items())
    }
    known: dict[str, Any] = {name: plain[name] for name in _PLAIN}
    known |= {name: require_texts(plain[name], name) for name in _LISTS}
    known["metrics"] = rename_metrics(plain["metrics"])
    return EpochRecord(
        weights=decode_weights(files["weights.safetensors"]),
        training=decode_training(files["training.pt"]),
        predictions=arrays["predictions"],
        tables=tables,
        picture=arrays.get("picture"),
        **known,
    )
