"""What sanity checks found, kept with the run for whoever asks next.

A result's file is named by the digest of the question that it answers, so the same question finds
it again.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from saliencnn.common.formats import CHECK_RESULT
from saliencnn.common.records import WrongRecord, parse_object
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
"""What a result answers, as plain JSON values: check, epoch, image, methods, options."""
Result = tuple[dict[str, Any], dict[str, np.ndarray]]
"""A question and the arrays that answer it."""

_RENAMED = (
    ("randomisation/", "randomization/"), ("likeness/", "similarity/"), ("shares/", "fractions/"),
    ("by_lot/", "random_baseline/"), (" by lot/", " random baseline/"),
)  # fmt: skip
"""Parts of arrays' names in format 1, and what they are called since; no later name has them."""


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
    for asked in (question, _in_format_1(question)):
        result = asked and read_named_result(store, run_id, str(asked["check"]), _name(asked))
        if result:
            return result[1]
    return None


def list_results(store: Store, run_id: str, check: str) -> list[str]:
    """Return the names of the files that keep a check's results."""
    return list_files(store, location_of(store, run_id), _folder({"check": check}))


def read_named_result(store: Store, run_id: str, check: str, name: str) -> Result | None:
    """Return what a file keeps; None if it is not there, or cut short by a killed writer.

    Raises:
        NewerFormat: a later version of this program wrote it.
    """
    try:
        content = read_bytes(
            store, location_of(store, run_id), f"{_folder({'check': check})}/{name}"
        )
    except MissingArtifact:
        return None
    return _decode(content)


def read_results(store: Store, run_id: str, check: str) -> list[Result]:
    """Return all results of a check.

    Raises:
        NewerFormat: a later version of this program has answered one of them.
    """
    names = list_results(store, run_id, check)
    results = (read_named_result(store, run_id, check, name) for name in names)
    return [result for result in results if result]


def rename_array(name: str) -> str:
    """Return what an array of whatever format is called now."""
    for old, new in _RENAMED:
        name = name.replace(old, new)
    return name


def _decode(content: bytes) -> Result | None:
    # A file cut short by a killed writer is as good as none: it is computed again.
    arrays = decode_whole_arrays(content, CHECK_RESULT)
    if arrays is None or "question" not in arrays:
        return None
    try:
        question = parse_object(str(arrays.pop("question")), "question")
    except WrongRecord:
        return None
    return question, {rename_array(name): values for name, values in arrays.items()}


def _in_format_1(question: Question) -> Question | None:
    """Return how a question was put when it was kept in format 1, if it was put otherwise."""
    if question["check"] != "randomization":
        return None
    others = {key: value for key, value in question.items() if key != "blocks"}
    cascading = question.get("blocks") == "cascading"
    return {**others, "check": "randomisation", "cascading": cascading, "blocks": 6}


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
