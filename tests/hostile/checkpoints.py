"""Files of weights, in every form in which people keep them, and damaged."""

import io
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from saliencnn.common.errors import UserError
from saliencnn.models.weights import build_network
from tests.hostile.answers import Case, Surroundings
from tests.hostile.texts import mutate_bytes

ARCH, CLASSES = "smallgap", 3
PREFIXES = (
    "", "module.", "_orig_mod.", "model.", "net.", "module._orig_mod.", "_orig_mod.module.",
    "model.net.", "module.model.", "backbone.", "network.", "student.",
)  # fmt: skip
WRAPPERS: dict[str, Callable[[dict[str, Tensor]], Any]] = {
    "bare": lambda state: state,
    "state_dict": lambda state: {"epoch": 3, "state_dict": state, "best_acc1": 71.2},
    "model": lambda state: {"model": state, "optimizer": {"state": {}, "param_groups": [{}]}},
    "model_state_dict": lambda state: {"model_state_dict": state, "loss": torch.tensor(0.5)},
    "net": lambda state: {"net": state, "acc": 90.1, "epoch": 200},
    "Lightning": lambda state: {
        "state_dict": state, "pytorch-lightning_version": "2.4.0", "global_step": 10,
        "callbacks": {}, "lr_schedulers": [], "hyper_parameters": {"lr": 0.1},
    },
}  # fmt: skip
ENDINGS = (".pth", ".pt", ".ckpt", ".pth.tar", ".bin")


def cases(here: Surroundings) -> Iterator[Case]:
    """Yield files of weights to build a network from."""
    torch.manual_seed(here.rng.randrange(2**31))
    state = build_network(ARCH, CLASSES).model.state_dict()
    for prefix in PREFIXES:
        for wrapper, wrap in WRAPPERS.items():
            ending = here.rng.choice(ENDINGS)
            path = here.folder / f"{len(prefix)}{wrapper}{prefix}{ending}"
            torch.save(wrap({prefix + name: value for name, value in state.items()}), path)
            yield _loading(f"{wrapper} with {prefix!r} in {ending}", path, state)
    for prefix in PREFIXES[:4]:
        path = here.folder / f"kept-{prefix}.safetensors"
        safetensors.torch.save_file({prefix + n: v.clone() for n, v in state.items()}, path)
        yield _loading(f"safetensors with {prefix!r}", path, state)
    whole = here.folder / "whole.pth"
    torch.save(state, whole)
    for name, content in _broken(state).items():
        path = here.folder / name
        path.write_bytes(content)
        yield _refusing(name, path)
    rest = here.count - len(PREFIXES) * len(WRAPPERS) - 4 - len(_broken(state))
    content = whole.read_bytes()
    for number in range(max(0, rest)):
        path = here.folder / f"mutated-{number}.pth"
        path.write_bytes(mutate_bytes(here.rng, content))
        yield Case(f"{number} mutated", lambda path=path: _build(path))


def _build(path: Path) -> Any:
    return build_network(ARCH, CLASSES, str(path))


def _loading(name: str, path: Path, state: dict[str, Tensor]) -> Case:
    def give() -> None:
        try:
            loaded = _build(path).model.state_dict()
        except UserError as error:
            raise AssertionError(f"refused: {error}") from error
        assert all(torch.equal(loaded[key], value) for key, value in state.items())

    return Case(name, give)


def _refusing(name: str, path: Path) -> Case:
    def give() -> None:
        try:
            _build(path)
        except UserError:
            raise
        finally:
            assert not Path("opened").exists(), "a pickle was opened"
        raise AssertionError("taken without a word")

    return Case(name, give)


class _Payload:
    def __reduce__(self) -> Any:
        return os.system, ("touch opened",)


def _broken(state: dict[str, Tensor]) -> dict[str, bytes]:
    first = next(iter(state))

    def saved(value: Any) -> bytes:
        stream = io.BytesIO()
        torch.save(value, stream)
        return stream.getvalue()

    def changed(value: Tensor) -> bytes:
        return saved({**state, first: value})

    weight = state[first]
    return {
        "empty.pth": b"",
        "page.pth": b"<!DOCTYPE html><html><body>404</body></html>",
        "lfs.pth": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "pickle.pth": pickle.dumps(_Payload()),
        "payload.pth": saved({**state, "x": _Payload()}),
        "payload.ckpt": saved({"state_dict": state, "hyper_parameters": _Payload()}),
        "module.pth": saved(torch.nn.Linear(2, 2)),
        "list.pth": saved([1, 2, 3]),
        "number.pth": saved(3),
        "none.pth": saved({}),
        "nan.pth": changed(torch.full_like(weight, float("nan"))),
        "inf.pth": changed(torch.full_like(weight, float("inf"))),
        "sparse.pth": changed(weight.to_sparse()),
        "meta.pth": changed(weight.to("meta")),
        "complex.pth": changed(weight.to(torch.complex64)),
        "shape.pth": changed(weight[:1]),
        "other.pth": saved({"a": torch.zeros(3)}),
        "cut.safetensors": safetensors.torch.save(state)[:-100],
        "header.safetensors": b"\xff" * 8 + b"{}",
        "empty.safetensors": b"",
        "weights.onnx": b"\x08\x07",
    }
