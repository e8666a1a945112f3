"""Arrays and weights as the bytes of files: .npy, .npz and safetensors; nothing is pickled."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike

from saliencnn.common.errors import UserError
from saliencnn.common.formats import Format, NewerFormat
from saliencnn.common.records import WrongRecord

if TYPE_CHECKING:
    from torch import Tensor


class DamagedArtifact(UserError):
    """A stored file does not hold what this program writes."""


@contextmanager
def decoding(path: str) -> Iterator[None]:
    """Turn whatever fails while a stored file is decoded into one sentence that names it.

    Args:
        path: of the file, for people.

    Raises:
        DamagedArtifact: it is damaged.
    """
    try:
        yield
    except WrongRecord as error:
        raise DamagedArtifact(f"The store's file {path} is damaged: {error}") from error
    except UserError:
        raise
    except Exception as error:  # every library has errors of its own for what it cannot read
        raise DamagedArtifact(
            f"The store's file {path} is damaged: it does not hold what was written "
            f"({type(error).__name__})."
        ) from error


def encode_array(array: np.ndarray, kind: DTypeLike | None = None) -> bytes:
    """Return an array as an .npy file, converted to a type if one is given."""
    buffer = io.BytesIO()
    np.save(buffer, array if kind is None else array.astype(kind), allow_pickle=False)
    return buffer.getvalue()


def decode_array(content: bytes) -> np.ndarray:
    """Return what ``encode_array`` wrote."""
    return np.load(io.BytesIO(content), allow_pickle=False)


def encode_arrays(
    arrays: Mapping[str, np.ndarray], form: Format | None = None, compress: bool = False
) -> bytes:
    """Return arrays as an .npz file.

    Args:
        arrays: by name.
        form: noted in the file as the array ``format``, if it is a stored thing of its own.
        compress: whether that is worth the time.
    """
    buffer = io.BytesIO()
    content: dict[str, Any] = {**(form.stamp if form else {}), **arrays}
    save = np.savez_compressed if compress else np.savez
    save(buffer, **content)
    return buffer.getvalue()


def decode_arrays(content: bytes, form: Format | None = None) -> dict[str, np.ndarray]:
    """Return what ``encode_arrays`` wrote, without the note of its format.

    Raises:
        NewerFormat: a later version of this program wrote it.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        arrays = dict(archive)
    if form:
        form.check(arrays)
        arrays.pop("format", None)
    return arrays


def decode_whole_arrays(content: bytes, form: Format) -> dict[str, np.ndarray] | None:
    """Return what ``encode_arrays`` wrote, or None where a killed writer has cut it short.

    Raises:
        NewerFormat: a later version of this program wrote it.
    """
    try:
        return decode_arrays(content, form)
    except NewerFormat:
        raise
    except Exception:  # zip, zlib and NumPy each have errors of their own
        return None


def gather_weights(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a state dict as a file holds it: in main memory, each tensor in one piece.

    Tensors that share their memory become copies. What a module of one's own keeps that is no
    tensor is left out.
    """
    from torch import Tensor

    gathered: dict[str, Tensor] = {}
    seen: set[int] = set()
    for name, value in state.items():
        if isinstance(value, Tensor):
            whole = value.detach().cpu().contiguous()
            place = whole.untyped_storage().data_ptr()
            gathered[name] = whole.clone() if place in seen else whole
            seen.add(place)
    return gathered


def encode_weights(state: Mapping[str, Tensor]) -> bytes:
    """Return a state dict as a safetensors file."""
    import safetensors.torch

    return safetensors.torch.save(gather_weights(state))


def decode_weights(content: bytes) -> dict[str, Tensor]:
    """Return what ``encode_weights`` wrote."""
    import safetensors.torch

    return safetensors.torch.load(content)
