"""What sanity checks found, kept with the run for whoever asks next.

A result's file is named by the digest of what was asked, so the same question finds it again.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from saliencnn.common.formats import CHECK_RESULT
from saliencnn.store.artifacts import (
    MissingArtifact,
    list_files,
    location_of,
    read_bytes,
    write_files,
)
from saliencnn.store.codec import decode_whole_arrays, encode_arrays
from saliencnn.store.connection import Store

Question = Mapping[str, Any]
"""What was asked, as plain JSON values: check, epoch, image, methods, options."""


def write_result(
    store: Store, run_id: str, question: Question, arrays: Mapping[str, np.ndarray]
) -> None:
    """Keep the arrays that answer a question."""
    named = {"question": np.array(_text(question)), **arrays}
    content = encode_arrays(named, CHECK_RESULT, compress=True)
    write_files(store, location_of(store, run_id), {_name(question): content}, _folder(question))


def read_result(store: Store, run_id: str, question: Question) -> dict[str, np.ndarray] | None:
    """Return what answers a question, or None where nobody has asked it yet.

    Raises:
        NewerFormat: a later version of this program has answered it.
    """
    try:
        content = read_bytes(
            store, location_of(store, run_id), f"{_folder(question)}/{_name(question)}"
        )
    except MissingArtifact:
        return None
    answer = _decode(content)
    return answer[1] if answer else None


def read_results(
    store: Store, run_id: str, check: str
) -> list[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """Return all (question, arrays) of a check.

    Raises:
        NewerFormat: a later version of this program has answered one of them.
    """
    location, folder = location_of(store, run_id), _folder({"check": check})
    names = list_files(store, location, folder)
    answers = (_decode(read_bytes(store, location, f"{folder}/{name}")) for name in names)
    return [answer for answer in answers if answer]


def _decode(content: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    # A file cut short by a killed writer is as good as none: it is computed again.
    arrays = decode_whole_arrays(content, CHECK_RESULT)
    if arrays is None or "question" not in arrays:
        return None
    return json.loads(str(arrays.pop("question"))), arrays


def _text(question: Question) -> str:
    return json.dumps(question, sort_keys=True)


def _name(question: Question) -> str:
    return f"{hashlib.sha256(_text(question).encode()).hexdigest()[:16]}.npz"


def _folder(question: Question) -> str:
    """Return the check's folder; its name is one of the program's own, never a person's."""
    check = str(question["check"])
    if not check.isidentifier():
        raise ValueError(f"{check!r} is not the name of a check")
    return f"checks/{check}"
