"""Importing the library changes nothing in the process, and loads no more than is needed."""

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import torch

import saliencnn
from saliencnn import explain
from saliencnn.common.cudnn import deterministic_cudnn
from saliencnn.models.smallgap import SmallGap

LATE = (
    "mlflow", "pytorch_grad_cam", "streamlit", "optuna", "sklearn", "pandas", "scipy", "skimage",
    "matplotlib", "torch._dynamo",
)  # fmt: skip
"""What takes seconds to import; it is loaded when it is first needed."""
STATE = """
import json, os, sys, warnings
import torch

def state():
    return repr((
        dict(os.environ), list(warnings.filters), sys.path[:], torch.get_num_threads(),
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark,
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32,
        torch.are_deterministic_algorithms_enabled(), torch.is_grad_enabled(),
        torch.get_default_dtype(), torch.get_rng_state().tolist(), sorted(map(str, sys.meta_path)),
    ))

before = state()
known = set(sys.modules)
{lines}
loaded = {{name.split(".")[0] for name in sys.modules}} | set(sys.modules)
late = {late!r}
print(json.dumps([before == state(), [n for n in late if n in loaded and n not in known]]))
"""


def run(lines: str, *flags: str) -> tuple[bool, list[str]]:
    code = STATE.format(lines=lines, late=LATE)
    found = subprocess.run(
        [sys.executable, *flags, "-c", code], stdout=subprocess.PIPE, text=True, check=True
    )
    same, late = json.loads(found.stdout.splitlines()[-1])
    return same, late


def test_importing_changes_nothing_warns_of_nothing_and_loads_little() -> None:
    lines = """
import saliencnn
from saliencnn import METHODS, UserError, __version__, explain, inspect_model, overlay
"""
    assert run(lines, "-W", "error") == (True, [])


def test_a_call_puts_back_what_it_sets_and_loads_little() -> None:
    lines = """
from saliencnn import explain, overlay
from saliencnn.models.smallgap import SmallGap
model, image = SmallGap(3), torch.zeros(3, 32, 32)
before = state()
overlay(image, explain(model, image, 1, ["cam", "gradcam", "gradient"])["gradcam"])
"""
    assert run(lines) == (True, [])


def test_cudnn_is_deterministic_inside_a_call_and_as_before_after_it() -> None:
    cudnn = torch.backends.cudnn
    before = (cudnn.deterministic, cudnn.benchmark)
    seen = []
    model = SmallGap(3)
    model.register_forward_hook(lambda *_: seen.append((cudnn.deterministic, cudnn.benchmark)))
    try:
        for flags in ((False, True), (True, False), (False, False)):
            cudnn.deterministic, cudnn.benchmark = flags
            explain(model, torch.zeros(3, 32, 32))
            assert (cudnn.deterministic, cudnn.benchmark) == flags
        assert set(seen) == {(True, False)}
    finally:
        cudnn.deterministic, cudnn.benchmark = before


def test_cudnn_flags_wait_for_the_last_of_several_calls() -> None:
    """As threads overlap: the first one to leave must not undo what the other needs."""
    cudnn = torch.backends.cudnn
    before = cudnn.deterministic
    try:
        cudnn.deterministic = False
        first, second = deterministic_cudnn(), deterministic_cudnn()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert cudnn.deterministic
        second.__exit__(None, None, None)
        assert not cudnn.deterministic
    finally:
        cudnn.deterministic = before


def test_the_version_is_the_installed_one() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", saliencnn.__version__)
    assert saliencnn.__version__ == version("saliencnn")
    assert (Path(saliencnn.__file__).parent / "py.typed").is_file()


def test_names_are_few_and_there() -> None:
    assert set(dir(saliencnn)) == set(saliencnn.__all__)
    for name in saliencnn.__all__:
        assert getattr(saliencnn, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        saliencnn.nonsense  # noqa: B018
