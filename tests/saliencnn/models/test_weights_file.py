"""Files of weights in the forms that people have: opened without running anything, or refused."""

import argparse
import io
import json
import pathlib
import sys
import tarfile
import types
import zipfile
from collections import defaultdict, deque
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import LONGEST
from saliencnn.models.weights_file import read_weights_file

STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.tensor([1.0, 2.0])}


def save(content: Any, path: Path, zipped: bool = True) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


def is_state(found: dict[str, Tensor]) -> bool:
    return found.keys() == STATE.keys() and all(torch.equal(found[n], STATE[n]) for n in STATE)


def refuse(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_weights_file(path)
    said = str(caught.value)
    assert str(path) in said
    assert len(said) <= LONGEST + len(str(path))
    assert "\n" not in said
    return said


@pytest.mark.parametrize("ending", [".pth", ".pt", ".bin", ".ckpt", ".pth.tar"])
@pytest.mark.parametrize("zipped", [True, False])
def test_every_ending_and_both_formats_of_torch_are_read(
    tmp_path: Path, ending: str, zipped: bool
) -> None:
    assert is_state(read_weights_file(save(STATE, tmp_path / f"w{ending}", zipped)))


@pytest.mark.parametrize("ending", [".safetensors", ".bin", ".pth"])
def test_what_is_in_a_file_counts_and_not_its_ending(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"w{ending}"
    safetensors.torch.save_file(STATE, path)
    assert is_state(read_weights_file(path))


def _lightning() -> Any:
    """A class as Lightning's, whose module need not be installed where the file is read."""
    module = types.ModuleType("lightning.fabric.utilities.data")

    class AttributeDict(dict[str, Any]):
        __module__ = module.__name__
        __qualname__ = "AttributeDict"

    module.AttributeDict = AttributeDict  # type: ignore[attr-defined]
    return module


@pytest.mark.parametrize("zipped", [True, False])
def test_settings_beside_the_weights_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool
) -> None:
    module = _lightning()
    for name in ("lightning", "lightning.fabric", "lightning.fabric.utilities"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    beside = {
        "args": argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("/x")),
        "hyper_parameters": module.AttributeDict(lr=0.1),
        "best_acc1": np.float64(71.5),
        "history": defaultdict(list, {"loss": [1.0]}),
        "last": deque([1, 2]),
        "rng": np.arange(3),
    }
    path = save({"state_dict": STATE, **beside}, tmp_path / "w.ckpt", zipped)
    monkeypatch.delitem(sys.modules, module.__name__)
    found = read_weights_file(path)
    assert is_state(found["state_dict"])
    assert found.keys() == {"state_dict", *beside}
    assert not isinstance(found["args"], argparse.Namespace)
    assert found["hyper_parameters"] == {"lr": 0.1}


def test_a_whole_pickled_network_says_what_to_save(tmp_path: Path) -> None:
    for name, content in {"a": nn.Linear(2, 2), "b": {"model": nn.Linear(2, 2)}}.items():
        said = refuse(save(content, tmp_path / f"{name}.pth"))
        assert "torch.nn.modules.linear.Linear" in said
        assert "state_dict() alone" in said


class Harm:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path, act: Any) -> None:
        self.path, self.act = path, act

    def __reduce__(self) -> tuple[Any, ...]:
        return self.act, (self.path,)


def _touch(path: Path) -> None:
    path.touch()


@pytest.mark.parametrize("act", [Path.touch, _touch, open, eval, np.load, pathlib.Path])
@pytest.mark.parametrize("zipped", [True, False])
def test_code_beside_the_weights_is_never_run(tmp_path: Path, act: Any, zipped: bool) -> None:
    trace = tmp_path / "trace"
    content = {"state_dict": STATE, "hyper_parameters": Harm(trace, act)}
    path = save(content, tmp_path / "w.ckpt", zipped)
    with suppress(UserError):
        read_weights_file(path)
    assert not trace.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs pull"),
        (b"\n<!DOCTYPE html><html>404</html>", "web page"),
        (b'<?xml version="1.0"?><Error/>', "web page"),
        (b'{"error": "Repository not found"}', "a text"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\x89HDF\r\n\x1a\n", "Keras"),
        (b"GGUF\x03\x00", "GGUF"),
        (b"not anything at all", "not a readable state dict"),
        (b"\x80", "not a readable state dict"),
        (b"PK\x03\x04" + b"\0" * 60, "is cut off after 64 bytes"),
    ],
)
@pytest.mark.parametrize("ending", [".pth", ".safetensors", ".ckpt"])
def test_what_is_no_weights_says_what_it_is(
    tmp_path: Path, ending: str, content: bytes, said: str
) -> None:
    path = tmp_path / f"w{ending}"
    path.write_bytes(content)
    assert said in refuse(path)


def test_archives_of_other_things_say_so(tmp_path: Path) -> None:
    packed = tmp_path / "packed.pth"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("w.pth", b"x")
    assert "zip archive of other files" in refuse(packed)
    with tarfile.open(tmp_path / "w.pth.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("w.pth"), io.BytesIO())
    assert "tar archive" in refuse(tmp_path / "w.pth.tar")
    script = tmp_path / "script.pt"
    torch.jit.save(torch.jit.trace(nn.ReLU(), torch.zeros(1)), script)
    assert "TorchScript" in refuse(script)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = save(STATE, tmp_path / "w.pth")
    bomb = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, b"\0" * 2**27 if "/data/0" in info.filename else content)
    assert bomb.stat().st_size < 2**20
    assert "unpacks to 128 MB" in refuse(bomb)


@pytest.mark.parametrize("ending", [".pth", ".safetensors"])
def test_a_download_that_was_cut_off_is_to_be_deleted(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"w{ending}"
    if ending == ".safetensors":
        safetensors.torch.save_file(STATE, path)
    else:
        save(STATE, path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 20])
    assert "delete it and fetch it again" in refuse(path)


def test_hugging_face_s_shards_are_one_file(tmp_path: Path) -> None:
    for name, value in STATE.items():
        safetensors.torch.save_file({name: value}, tmp_path / f"{name}.safetensors")
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {name: f"{name}.safetensors" for name in STATE}}))
    assert is_state(read_weights_file(index))
    for names in (["../a.safetensors"], ["/etc/passwd"], [index.name], ["x"] * 3 + ["a/b.pth"]):
        index.write_text(json.dumps({"weight_map": dict(enumerate(names))}))
        assert "in its own folder" in refuse(index)
    for text in ("", "[]", "{}", '{"weight_map": 3}', "\xff"):
        index.write_text(text, "latin-1")
        assert "no list of weights files" in refuse(index)
    index.write_text(json.dumps({"weight_map": {"a": "gone.safetensors"}}))
    with pytest.raises(UserError, match=r"gone\.safetensors does not exist"):
        read_weights_file(index)
