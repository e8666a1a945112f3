"""Where a run comes from: who started it, by which command, with which code, on which machine."""

import getpass
import os
import platform
import re
import shlex
import subprocess
import sys
from functools import cache
from importlib.metadata import Distribution, distributions, version

from saliencnn.common.devices import CUDA, choose_device
from saliencnn.common.secrets import mask_secrets

MAX_COMMAND = 4000
"""Characters of a command line that are kept."""
_NAME, _VERSION = (re.compile(rf"^{word}:[ \t]*(\S+)", re.I | re.M) for word in ("Name", "Version"))
_COMMIT = "# branch.oid "
"""What git's answer has before the commit."""
_GIT_TIMEOUT = 5
"""Seconds that git has to answer; a working tree on a slow disk must not delay a training."""


def describe_origin() -> dict[str, str]:
    """Return who and what starts a run, by the names of MLflow's own tags where it has one.

    The commit is that of the working directory, where a lab keeps its own code and settings;
    ``dirty`` says that files there differ from it.
    """
    commit, dirty = _read_commit()
    known = {
        "mlflow.user": _user(),
        "mlflow.source.name": _program(),
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": commit,
        "mlflow.source.git.dirty": str(dirty) if commit else "",
        "command": mask_secrets(shlex.join([_program(), *sys.argv[1:]]))[:MAX_COMMAND],
        "machine": platform.node(),
        "gpu": _gpu(),
        "python": platform.python_version(),
        "torch": _version("torch"),
    }
    return {name: value for name, value in known.items() if value}


@cache
def list_packages() -> str:
    """Return all installed packages, one ``name==version`` a line, as pip reads them."""
    found = dict(filter(None, map(_read_name, distributions())))
    lines = [f"{name}=={found[name]}" for name in sorted(found, key=str.casefold)]
    return "\n".join([f"# Python {platform.python_version()}, {platform.platform()}", *lines, ""])


def _read_name(package: Distribution) -> tuple[str, str] | None:
    """Return a package's name and version, None where a damaged one has none.

    The distribution's own properties parse the whole description, twice: of all packages, seconds.
    """
    said = package.read_text("METADATA") or package.read_text("PKG-INFO") or ""
    head = said.partition("\n\n")[0]
    name, version = _NAME.search(head), _VERSION.search(head)
    return (name[1], version[1]) if name and version else None


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return ""


def _program() -> str:
    name = os.path.basename(sys.argv[0])
    if name == "__main__.py":  # python -m PACKAGE
        return os.path.basename(os.path.dirname(sys.argv[0]))
    return name or "python"


def _version(package: str) -> str:
    try:
        return version(package)
    except ImportError:
        return ""


def _gpu() -> str:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return ""
    device = choose_device()
    return str(torch.cuda.get_device_name(device)) if device.type == CUDA else ""


def _read_commit() -> tuple[str, bool]:
    """Return the working directory's commit, empty without one, and whether files differ from it.

    One question to git instead of two: a large process takes milliseconds to start another.
    """
    words = ["git", "status", "--porcelain=v2", "--branch", "-uno"]
    try:
        answer = subprocess.run(
            words, capture_output=True, text=True, timeout=_GIT_TIMEOUT, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return "", False
    lines = answer.stdout.splitlines()
    named = [line.removeprefix(_COMMIT) for line in lines if line.startswith(_COMMIT)]
    commit = next((name for name in named if name.isalnum()), "")  # else "(initial)": none yet
    return commit, any(not line.startswith("#") for line in lines)
