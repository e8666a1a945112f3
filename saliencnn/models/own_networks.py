"""A person's own networks: functions of the number of classes, in a file or a module of theirs.

Their code runs only where that person named it, on the command line or in a variable of the
environment. What a store says is compared with these names and never imported or opened.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from shlex import quote
from sysconfig import get_paths
from types import ModuleType
from typing import TYPE_CHECKING, Any

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import list_names, one_sentence
from saliencnn.models.architecture import Architecture, CannotBuild

if TYPE_CHECKING:
    from torch import nn

VARIABLE = "SALIENCNN_OWN_NETWORKS"
"""Own networks that may be built, separated by commas, for all processes that inherit it."""
OPTION = "--own-network"
_OWN = re.compile(r"(?:(?P<name>[^=]+)=)?(?P<place>[^=]+):(?P<function>[A-Za-z_]\w*)")
_TAKEN = ("timm", "run", "registered")
"""Words before a colon that mean something else."""
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_INSTALLED = (
    *(Path(place).resolve() for place in {*get_paths().values()}),
    *(Path(__file__).resolve().parents[2] / name for name in ("app", "pipelines", "saliencnn")),
)


@dataclass(frozen=True)
class OwnNetwork:
    """A function that builds a network.

    Attributes:
        name: by which runs know it: ``FILE.py:FUNCTION`` without folders, or ``MODULE:FUNCTION``.
        place: path of the file, or dotted name of the module.
        function: its name.
    """

    name: str
    place: str
    function: str

    @property
    def is_file(self) -> bool:
        """Whether it lies in a file rather than in a module."""
        return self.place.endswith(".py")


def is_own(arch: str) -> bool:
    """Whether a text has the form ``FILE.py:FUNCTION`` or ``MODULE:FUNCTION``."""
    return _parse(arch) is not None


def allow_own(texts: Iterable[str]) -> list[str]:
    """Let this process, and those that it starts, build networks by a person's own code.

    Args:
        texts: as the person gave them: ``[NAME=]FILE.py:FUNCTION`` or ``[NAME=]MODULE:FUNCTION``,
            where ``NAME`` is what a run calls its architecture, if that is something else.

    Returns:
        The names by which runs know them.

    Raises:
        UserError: one has another form.
    """
    given = list(texts)
    networks = [_parse(text) for text in given]
    for text, network in zip(given, networks, strict=True):
        if network is None or "," in text:
            raise UserError(
                f"{text!r} must be FILE.py:FUNCTION or MODULE:FUNCTION, no comma in it."
            )
    before = os.environ.get(VARIABLE, "")
    os.environ[VARIABLE] = ",".join(filter(None, (before, *given)))
    return [network.name for network in networks if network]


def find_own(arch: str) -> Architecture | None:
    """Return an own network that a person has allowed here, not inspected yet; else None.

    Raises:
        CannotBuild: its code cannot be run, or has no such function.
    """
    network = _find_allowed(arch)
    if network is None:
        return None
    _find_function(network)  # so that what is wrong with the code is said at once
    return Architecture("", "", build=_builder(network), package=_describe(network), own=True)


def is_allowed(arch: str) -> bool:
    """Whether a person has named an own network here, and its file is there; nothing is run."""
    network = _find_allowed(arch)
    if network is None:
        return False
    return not network.is_file or Path(network.place).expanduser().is_file()


def name_by(arch: str) -> str:
    """Return the setting by which an own network is named, to be filled in and quoted for a shell.

    Args:
        arch: what its run calls it.
    """
    place = arch if is_own(arch) else f"{arch:.60}=FILE.py:FUNCTION"
    return f"{VARIABLE}={quote(f'FOLDER/{place}' if '.py:' in arch else place)}"


def own_modules() -> list[ModuleType]:
    """Return the modules that allowed networks are made of: those named, and others beside them.

    What is installed is not among them, since it is found by its name wherever it is installed.
    """
    folders = set()
    for network in _allowed():
        with suppress(CannotBuild):
            folders.add(Path(str(_load(network).__file__)).resolve().parent)
    return [
        module
        for module in [*sys.modules.values()]
        if (place := getattr(module, "__file__", None))
        and not folders.isdisjoint((path := Path(place).resolve()).parents)
        and not any(path.is_relative_to(installed) for installed in _INSTALLED)
    ]


def explain_missing(arch: str, network: str = "") -> str:
    """Say how to give an own network that nobody has allowed here.

    Args:
        arch: what its run calls it.
        network: where its class is, as ``module:Class``, where a loop of its own trained it.
    """
    setting = name_by(arch)
    option = f"{OPTION} {setting.partition('=')[2]}"
    if network:
        return (
            f"{arch!r:.60} ({network:.120}) cannot be built here: name a function of the number "
            f"of classes that builds it, by {option} or by {setting}."
        )
    return (
        f"{arch} is somebody's own code, which runs only where a person names it: add {option} to "
        f"the command, or set {setting}."
    )


def _allowed() -> list[OwnNetwork]:
    return [one for one in map(_parse, os.environ.get(VARIABLE, "").split(",")) if one]


def _find_allowed(arch: str) -> OwnNetwork | None:
    return {one.name: one for one in _allowed()}.get(arch)


def _parse(text: str) -> OwnNetwork | None:
    found = _OWN.fullmatch(text.strip())
    if not found:
        return None
    place, function = found["place"], found["function"]
    if not place.endswith(".py") and (place in _TAKEN or not _MODULE.fullmatch(place)):
        return None
    name = f"{Path(place).name}:{function}"
    return OwnNetwork(found["name"] or name, place, function)


def _builder(network: OwnNetwork) -> Callable[..., nn.Module]:
    def build(num_classes: int) -> nn.Module:
        from torch import nn

        try:
            model = _find_function(network)(num_classes)
        except UserError:
            raise
        except (Exception, SystemExit) as error:  # a person's own code may raise anything
            raise _failed(f"{network.name}({num_classes})", error) from error
        if not isinstance(model, nn.Module):
            raise CannotBuild(
                f"{network.name} must return a torch.nn.Module, not a {type(model).__name__}."
            )
        return model

    return build


def _find_function(network: OwnNetwork) -> Callable[[int], Any]:
    module = _load(network)
    function = getattr(module, network.function, None)
    if not callable(function):
        own = [name for name, value in vars(module).items() if _is_own_code(value, module)]
        close = get_close_matches(network.function, own, n=3) or own
        hint = f"; it has {list_names(close, 5)}" if close else ""
        raise CannotBuild(f"{network.place} has no function {network.function}{hint}.")
    return function


def _is_own_code(value: Any, module: ModuleType) -> bool:
    """Whether a module's own code defines a function or class, which others may call."""
    return callable(value) and getattr(value, "__module__", "") == module.__name__


def _load(network: OwnNetwork) -> ModuleType:
    if network.is_file:
        path = Path(network.place).expanduser().resolve()
        if not path.is_file():
            raise CannotBuild(f"The file {network.place} does not exist.")
        return _run_file(path, hashlib.sha256(path.read_bytes()).hexdigest())
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())  # behind all others, so that it hides none
    try:
        return importlib.import_module(network.place)
    except (Exception, SystemExit) as error:
        raise _failed(network.place, error) from error


@lru_cache(maxsize=32)
def _run_file(path: Path, digest: str) -> ModuleType:
    """Run a file as a module, once for each content that it has."""
    name = f"saliencnn_own_{path.stem}_{digest[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))  # for what lies beside it
    sys.modules[name] = module  # where dataclasses look for it
    try:
        # As it is now: compiled code that Python keeps is told apart by second and size alone.
        exec(compile(path.read_bytes(), path, "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise _failed(path.name, error) from error
    return module


def _describe(network: OwnNetwork) -> str:
    module = _load(network)
    content = Path(module.__file__).read_bytes() if module.__file__ else b""
    return f"{Path(network.place).name} {hashlib.sha256(content).hexdigest()[:12]}"


def _failed(what: str, error: BaseException) -> CannotBuild:
    return CannotBuild(one_sentence(f"{what} cannot be run: {type(error).__name__}: {error}"))
