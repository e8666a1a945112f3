"""Files of weights, as people and programs have them: read without running anything in them."""

import json
import re
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import safetensors.torch
import torch

from saliencnn.common.errors import UserError
from saliencnn.common.translation import find_reason

SUFFIXES = (".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".pth.tar")
"""Endings of files that are taken for weights; what is in them tells how they are read."""
INDEX = ".index.json"
"""Ending of a list of files among which Hugging Face splits large weights."""
MAX_BYTES = 8 * 2**30
"""Of a file: several times the largest network here, with its optimizer's state."""
MAX_GROWTH = 3
"""How many times its own size a file may unpack to; torch packs nothing."""
_SMALL = 64 * 2**20
"""Bytes that may be unpacked from however little."""
_MAX_SHARDS = 100

_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs", "is a Git LFS pointer and not the weights: run `git lfs pull`"),
    (b"<", "is a web page and not the weights: delete it and download the file itself"),
    (b"{", "is a text and not the weights: delete it and download the file itself"),
    (b"\x1f\x8b", "is packed by gzip: unpack it first"),
    (b"BZh", "is packed by bzip2: unpack it first"),
    (b"\xfd7zXZ", "is packed by xz: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "is packed by zstd: unpack it first"),
    (b"7z\xbc\xaf", "is a 7z archive: unpack it first"),
    (b"Rar!", "is a RAR archive: unpack it first"),
    (b"\x89HDF", "is of Keras (HDF5), not of PyTorch"),
    (b"GGUF", "is quantised for another program (GGUF), not of PyTorch"),
    (b"\x93NUMPY", "is an array of NumPy, not weights of PyTorch"),
)
"""How files begin that are something else, and what to say of them."""


class _Ignored:
    """Stands for an object beside the weights, such as settings: it is neither made nor kept."""

    def __new__(cls, *_args: Any, **_options: Any) -> Any:
        return object.__new__(cls)

    def __setstate__(self, state: Any) -> None:
        """Take nothing."""


class _IgnoredMapping:
    """The same where pairs are put into it."""

    def __new__(cls, *_args: Any, **_options: Any) -> Any:
        return {}


class _IgnoredList:
    """The same where items are put into it."""

    def __new__(cls, *_args: Any, **_options: Any) -> Any:
        return []


_BESIDE: tuple[tuple[re.Pattern[str], type], ...] = (
    (re.compile(r"collections\.(deque)"), _IgnoredList),
    (re.compile(r"collections\.(defaultdict|UserDict)"), _IgnoredMapping),
    (re.compile(r"(lightning|pytorch_lightning)[\w.]*\.AttributeDict"), _IgnoredMapping),
    (re.compile(r"(addict|easydict|yacs|mmengine|mmcv)\.[\w.]+"), _IgnoredMapping),
    (
        re.compile(
            r"(argparse|types)\.\w*Namespace|(pathlib|numpy|omegaconf|datetime|typing|uuid|decimal"
            r"|lightning|lightning_fabric|pytorch_lightning|torchmetrics|ml_collections)\.[\w.]+"
            r"|builtins\.(dict|list|tuple|int|float|str|bool|set|frozenset|object"
            r"|slice|range)|torch\.(optim|torch_version)\.[\w.]+"
            r"|copyreg\._reconstructor"
        ),
        _Ignored,
    ),
)
"""Names of what stands beside the weights in common checkpoints, and what takes its place."""
_BLOCKED = re.compile(r"GLOBAL ([\w.]+)")


def is_weights_file(name: str) -> bool:
    """Whether a text names a file rather than published weights."""
    return bool(Path(name).suffix)


def read_weights_file(path: Path) -> Any:
    """Read what a file holds: tensors by name, often within a dict that holds more.

    Nothing is unpickled but tensors, numbers, texts and the containers of these.

    Raises:
        UserError: the file is missing, of another kind, damaged, or holds other objects.
    """
    if not path.is_file():
        raise UserError(f"Weights file {path} does not exist.")
    if path.name.endswith(INDEX):
        return _read_shards(path)
    if not path.name.endswith(SUFFIXES):
        endings = f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
        raise UserError(f"Weights file '{path}' must end in {endings}.")
    try:
        begin = _check_content(path)
        if path.suffix == ".safetensors" or begin[8:9] == b"{":
            return safetensors.torch.load_file(path)
        return _unpickle(path)
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"Weights file {path} is not a readable state dict ({find_reason(error)}): it is cut "
            "off or damaged; delete it and fetch it again."
        ) from error


def _check_content(path: Path) -> bytes:
    """Return a file's first bytes if it may hold weights.

    Raises:
        UserError: it is empty, too large, unpacks to too much, or is something else.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        begin = file.read(512)
    if not begin:
        raise _refuse(path, "is empty: delete it and fetch it again")
    if size > MAX_BYTES:
        raise _refuse(path, f"has {size / 2**30:.0f} GB; at most {MAX_BYTES / 2**30:.0f} are read")
    for signature, words in _OTHERS:
        if begin.lstrip().startswith(signature):
            raise _refuse(path, words)
    if begin[257:262] == b"ustar":
        raise _refuse(path, "is a tar archive: unpack it first")
    if begin.startswith(b"PK"):
        _check_archive(path, size)
    return begin


def _check_archive(path: Path, size: int) -> None:
    if not zipfile.is_zipfile(path):
        raise _refuse(path, f"is cut off after {size} bytes: delete it and fetch it again")
    with zipfile.ZipFile(path) as archive:
        names = [info.filename.rpartition("/")[2] for info in archive.infolist()]
        unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > max(MAX_GROWTH * size, _SMALL):
        raise _refuse(path, f"unpacks to {unpacked / 2**20:.0f} MB from {size / 2**20:.1f} MB")
    if "constants.pkl" in names:
        raise _refuse(path, "is a TorchScript program, not weights: save model.state_dict()")
    if "data.pkl" not in names:
        raise _refuse(path, "is a zip archive of other files: unpack it first")


def _refuse(path: Path, words: str) -> UserError:
    return UserError(f"Weights file {path} is not a readable state dict: it {words}.")


def _unpickle(path: Path) -> Any:
    """Load a file that torch.save wrote; what stands beside the weights is left out."""
    allowed: dict[str, type] = {}
    while True:
        stands_in: list[Any] = [(stand_in, name) for name, stand_in in allowed.items()]
        try:
            with warnings.catch_warnings(), torch.serialization.safe_globals(stands_in):
                warnings.simplefilter("ignore")
                return torch.load(path, map_location="cpu", weights_only=True)
        except UnpicklingError as error:
            blocked = _BLOCKED.search(str(error))
            if blocked is None:
                raise
            name = blocked[1] if "." in blocked[1] else f"builtins.{blocked[1]}"
            found = next((kind for form, kind in _BESIDE if form.fullmatch(name)), None)
            if found is None or name in allowed:
                raise UserError(
                    f"Weights file {path} is not a readable state dict: it holds the Python object "
                    f"{name}, which is not opened since that could run code; save "
                    "model.state_dict() alone."
                ) from error
            allowed[name] = found


def _read_shards(path: Path) -> dict[str, Any]:
    """Read the files that a list of Hugging Face's names, which lie beside it."""
    try:
        files = json.loads(path.read_text("utf-8"))["weight_map"].values()
        names = sorted({str(name) for name in files})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is no list of weights files: it has no weight_map.") from error
    if len(names) > _MAX_SHARDS or any(Path(n).name != n or n.endswith(INDEX) for n in names):
        raise UserError(f"{path} must name at most {_MAX_SHARDS} files in its own folder.")
    whole: dict[str, Any] = {}
    for name in names:
        part = read_weights_file(path.with_name(name))
        if isinstance(part, Mapping):
            whole.update(part)
    return whole
