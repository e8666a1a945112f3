"""What the dashboard and the process that computes for it tell each other: JSON and arrays.

Nothing is pickled: a message is a line of JSON and what it carries, an .npz file with the value's
structure as JSON beside its arrays. Our own dataclasses travel by their fields.
"""

import json
import sys
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from importlib import import_module
from typing import IO, Any

import numpy as np

from saliencnn.common.errors import UserError
from saliencnn.common.lru import LRU
from saliencnn.store.codec import decode_arrays, encode_arrays
from saliencnn.store.connection import Store, open_store

READY, COMPUTE, FORGET, PROGRESS, DONE, FAILED = (
    "ready", "compute", "forget", "progress", "done", "failed"
)  # fmt: skip
"""What a message says: the process has started; compute this; nobody wants it any more, or it was
given up for that; how far it is; the answer; an error's class and sentence."""
_JSON = "json"
_OURS = ("saliencnn.", "pipelines.")
_stores: LRU[tuple[str, str], Store] = LRU(8)


@dataclass(frozen=True)
class Frame:
    """One message.

    Attributes:
        number: of the request that it is about.
        kind: what it says.
        words: texts and numbers.
        content: an encoded value.
    """

    number: int
    kind: str
    words: tuple[Any, ...] = ()
    content: bytes = b""


def write_frame(stream: IO[bytes], frame: Frame) -> None:
    """Write a message, and hand it on."""
    header = json.dumps([frame.number, frame.kind, frame.words, len(frame.content)]).encode()
    stream.write(header + b"\n")
    stream.write(frame.content)  # apart: an image may have 150 MB
    stream.flush()


def read_frame(stream: IO[bytes]) -> Frame | None:
    """Read a message; None once the other process has ended."""
    header = stream.readline()
    if not header.endswith(b"\n"):
        return None
    number, kind, words, length = json.loads(header)
    content = stream.read(length)
    return Frame(number, kind, tuple(words), content) if len(content) == length else None


def encode(value: Any) -> bytes:
    """Return a value as bytes.

    Raises:
        TypeError: it holds something that cannot travel.
    """
    arrays: list[np.ndarray] = []
    text = json.dumps(_flatten(value, arrays)).encode()
    named = {str(place): array for place, array in enumerate(arrays)}
    return encode_arrays({_JSON: np.frombuffer(text, np.uint8), **named})


def decode(content: bytes) -> Any:
    """Return what ``encode`` was given."""
    arrays = decode_arrays(content)
    return _restore(json.loads(arrays[_JSON].tobytes()), arrays)


def name_of(what: Any) -> str:
    """Return what a class or function of ours is found by: ``package.module:name``."""
    return f"{what.__module__}:{what.__qualname__}"


def find(name: str) -> Any:
    """Return the class or function of ours that has a name.

    Raises:
        ValueError: it is none of ours.
    """
    module, _, local = name.partition(":")
    if not module.startswith(_OURS):
        raise ValueError(f"{name} is none of our own.")
    return getattr(import_module(module), local)


def make_error(name: str, sentence: str) -> Exception:
    """Return an error of the other process; a plain one where nobody here could mean its class."""
    module, _, local = name.partition(":")
    found = getattr(sys.modules.get(module), local, None)
    kind = found if isinstance(found, type) and issubclass(found, UserError) else UserError
    error = kind.__new__(kind)
    Exception.__init__(error, sentence)  # its own would make another sentence of it
    return error


def _flatten(value: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(value, Enum):
        return {"enum": name_of(type(value)), "value": value.value}
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        items = [_flatten(one, arrays) for one in value]
        return items if isinstance(value, list) else {"tuple": items}
    if isinstance(value, dict):
        pairs = [[_flatten(one, arrays) for one in pair] for pair in value.items()]
        return {"dict": pairs}
    if isinstance(value, range):
        return {"range": [value.start, value.stop, value.step]}
    if isinstance(value, Store):
        where = value.uri if value.is_server else f"sqlite:///{value.database}"
        return {"store": where, "refused": value.refused}
    if is_dataclass(value) and not isinstance(value, type):
        known = {one.name: _flatten(getattr(value, one.name), arrays) for one in fields(value)}
        return {"of": name_of(type(value)), "fields": known}
    raise TypeError(f"A {type(value).__name__} cannot go to another process.")


def _restore(told: Any, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(told, list):
        return [_restore(one, arrays) for one in told]
    if not isinstance(told, dict):
        return told
    if "array" in told:
        return arrays[str(told["array"])]
    if "tuple" in told:
        return tuple(_restore(one, arrays) for one in told["tuple"])
    if "dict" in told:
        return {_restore(key, arrays): _restore(one, arrays) for key, one in told["dict"]}
    if "range" in told:
        return range(*told["range"])
    if "enum" in told:
        return find(told["enum"])(told["value"])
    if "store" in told:
        return _open(told["store"], told["refused"])
    return find(told["of"])(**{k: _restore(one, arrays) for k, one in told["fields"].items()})


def _open(uri: str, refused: str) -> Store:
    """Open a store once; one that could not be written is another one when it can."""
    found = _stores.get((uri, refused))
    if found is None:
        found = open_store(uri)
        _stores.put((uri, refused), found)
    return found
