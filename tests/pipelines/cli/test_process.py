"""What importing our packages does to a process (nothing), and what the command line does."""

import os
import platform
import subprocess
import sys

import pytest

MAPPED = """
import ctypes, sys

class Mallinfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd",
        "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
    )]

def mapped():
    "Whether the kernel is asked for a large block anew; None if glibc is not there to be asked."
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    libc.mallinfo.restype, libc.malloc.restype = Mallinfo, ctypes.c_void_p
    before = libc.mallinfo().hblks
    block = libc.malloc(ctypes.c_size_t(2**26))
    after = libc.mallinfo().hblks
    libc.free(ctypes.c_void_p(block))
    return after > before
"""
CHANGES = """
import importlib, os, pkgutil, warnings
import mlflow, optuna, sklearn.cluster, streamlit, torch

def state():
    return {
        "environment": dict(os.environ),
        "path": list(sys.path),
        "warnings": list(warnings.filters),
        "optuna": optuna.logging.get_verbosity(),
        "torch": (torch.get_num_threads(), torch.get_default_dtype(), torch.is_grad_enabled(),
                  torch.are_deterministic_algorithms_enabled()),
        "cudnn": (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark,
                  torch.backends.cudnn.allow_tf32),
        "large blocks are mapped": mapped(),
    }
"""
IMPORT_ALL = """
def as_parts(value):
    parts = value.items() if isinstance(value, dict) else value
    return parts if isinstance(value, dict | list | tuple) else [value]

before = state()
for package in ("saliencnn", "pipelines", "app"):
    path = importlib.import_module(package).__path__
    for module in pkgutil.walk_packages(path, f"{package}."):
        scripts = module.name.startswith("app.views.") or module.name == "app.main"
        others = module.name.startswith("saliencnn.integrations.")  # import what is not ours
        if not scripts and not others:
            importlib.import_module(module.name)
after = state()
assert before["large blocks are mapped"] in (True, None)
for name in before:
    if after[name] != before[name]:
        was, now = (list(map(str, as_parts(it[name]))) for it in (before, after))
        lost, new = [p for p in was if p not in now], [p for p in now if p not in was]
        raise AssertionError(f"{name}: {lost or was} became {new or now}")
"""
PREPARE = """
import sys
sys.argv = ["saliencnn", "--version"]
from saliencnn.__main__ import main
try:
    main()
except SystemExit as end:
    assert end.code == 0
assert "torch" not in sys.modules, "too late for OpenMP's settings"
import os
assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
assert os.environ["GOMP_SPINCOUNT"] == "7", "a person's own setting stays"
assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "3"
assert os.environ["PYTHONSAFEPATH"] == "1"
"""
OURS = ("OMP_", "GOMP_", "MLFLOW_", "PYTHONSAFEPATH")


def run(program: str, **environment: str) -> None:
    """Run a program without the settings that the tests themselves have."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**inherited, **environment},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_imports_leave_the_process_as_it_is() -> None:
    run(MAPPED + CHANGES + IMPORT_ALL)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="Only glibc can be told.")
def test_the_command_line_keeps_freed_memory() -> None:
    run(PREPARE + MAPPED + "assert mapped() is False", GOMP_SPINCOUNT="7")
