"""A person's own networks: what runs, what is refused, and that a store's names run nothing."""

import shlex
from pathlib import Path

import pytest
import torch

from saliencnn.common.errors import UserError
from saliencnn.models.architecture import CannotBuild
from saliencnn.models.architectures import find_architecture
from saliencnn.models.own_networks import VARIABLE, allow_own, is_own, name_by
from saliencnn.saliency.inspection import inspect_architecture

CODE = """
from pathlib import Path
from torch import nn

Path(__file__).with_suffix(".ran").touch()


def build(classes):
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(8, classes),
    )


def broken(classes):
    raise RuntimeError("no such luck")


def nothing(classes):
    return classes


def leaves(classes):
    raise SystemExit(3)


SIZE = 3
"""


@pytest.fixture(autouse=True)
def nothing_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ownnets.py"
    path.write_text(CODE)
    return path


def ran(file: Path) -> bool:
    return file.with_suffix(".ran").exists()


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("nets.py:build", True),
        ("a folder/nets.py:build", True),
        ("package.module:build", True),
        ("Net=nets.py:build", True),
        ("timm:resnet18", False),
        ("run:build", False),
        ("resnet18", False),
        ("nets.py", False),
        ("nets.py:", False),
        ("nets.py:a.b", False),
        ("http://host/nets:build", False),
    ],
)
def test_what_the_name_of_an_own_network_is(text: str, own: bool) -> None:
    assert is_own(text) is own


def test_a_named_file_is_built_and_explained(file: Path) -> None:
    (name,) = allow_own([f"{file}:build"])
    assert name == "ownnets.py:build"
    found = inspect_architecture(find_architecture(name), 4, 32)
    assert (found.target_layer, found.head, found.classes) == ("1", "4", 4)
    assert found.package.startswith("ownnets.py ")
    with torch.no_grad():
        assert found.build(num_classes=4)(torch.zeros(1, 3, 32, 32)).shape == (1, 4)


def test_a_changed_file_is_another_package(file: Path) -> None:
    (name,) = allow_own([f"{file}:build"])
    before = find_architecture(name).package
    file.write_text(CODE.replace("8, 3, stride=2", "8, 5, stride=2"))
    found = find_architecture(name)
    assert found.package != before
    assert found.build(num_classes=2)[0].kernel_size == (5, 5)


def test_a_module_beside_the_working_directory_is_built(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    monkeypatch.syspath_prepend(file.parent)
    (name,) = allow_own(["ownnets:build"])
    assert len(find_architecture(name).build(num_classes=3)) == 5


def test_a_run_may_call_its_network_something_else(file: Path) -> None:
    assert allow_own([f"__main__.Net={file}:build"]) == ["__main__.Net"]
    assert len(find_architecture("__main__.Net").build(num_classes=3)) == 5


def test_names_that_nobody_gave_run_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a store may hold them: the file lies in the working directory, and can be imported."""
    monkeypatch.chdir(file.parent)
    monkeypatch.syspath_prepend(file.parent)
    for name in ("ownnets.py:build", "ownnets:build", f"{file}:build", f"x={file}:build"):
        with pytest.raises(CannotBuild, match=f"somebody's own code.*--own-network.*{VARIABLE}"):
            find_architecture(name)
    allow_own(["elsewhere/ownnets.py:other"])
    with pytest.raises(CannotBuild):
        find_architecture("ownnets.py:build")
    assert not ran(file)


def test_the_file_that_was_named_is_the_one_that_runs(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "trusted" / file.name
    other.parent.mkdir()
    other.write_text(CODE)
    (name,) = allow_own([f"{other}:build"])
    find_architecture(name)
    assert ran(other)
    assert not ran(file)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("biuld", "has no function biuld; it has build"),
        ("SIZE", r"has no function SIZE; it has build, broken, nothing, leaves\."),
        ("leaves", r"cannot be run: SystemExit: 3"),
        ("broken", r"ownnets\.py:broken\(2\) cannot be run: RuntimeError: no such luck"),
        ("nothing", r"must return a torch\.nn\.Module, not a int"),
    ],
)
def test_what_is_wrong_is_one_sentence(file: Path, function: str, reason: str) -> None:
    with pytest.raises(CannotBuild, match=reason):
        find_architecture(*allow_own([f"{file}:{function}"])).build(num_classes=2)


def test_a_file_that_is_missing_or_fails_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotBuild, match=r"nowhere\.py does not exist"):
        find_architecture(*allow_own([f"{tmp_path}/nowhere.py:build"]))
    (tmp_path / "bad.py").write_text("import nosuchpackage")
    with pytest.raises(CannotBuild, match=r"bad\.py cannot be run: ModuleNotFoundError"):
        find_architecture(*allow_own([f"{tmp_path}/bad.py:build"]))
    with pytest.raises(UserError, match=r"must be FILE\.py:FUNCTION"):
        allow_own(["resnet18"])


def test_a_comma_is_refused_since_it_stands_between_networks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "")
    with pytest.raises(UserError, match="no comma"):
        allow_own([f"{tmp_path}/a,b.py:build"])


@pytest.mark.parametrize("arch", ["x;touch hacked;.py:f", "my net.py:f", "$(touch hacked)", "a\nb"])
def test_a_setting_that_is_copied_is_one_word_for_a_shell(arch: str) -> None:
    (word,) = shlex.split(name_by(arch))
    assert word.startswith(f"{VARIABLE}=")
    assert arch in word


def test_a_setting_without_such_signs_stands_as_it_is() -> None:
    assert name_by("net.py:build") == f"{VARIABLE}=FOLDER/net.py:build"
    assert name_by("package.net:build") == f"{VARIABLE}=package.net:build"
