"""Every command in the documentation is run, or at least understood."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines.cli.main import COMMANDS, _parser, main
from saliencnn.data.planted import CLASSES, render_planted
from saliencnn.models.own_networks import VARIABLE
from saliencnn.store.connection import open_store
from saliencnn.store.registry import registered_epochs
from saliencnn.store.runs import list_runs
from tests.docs.pages import PAGES, ROOT, blocks, commands, inline_commands

RUN_HERE = (
    "README.md",
    "docs/tutorials/own-images.md",
    "docs/tutorials/compare-networks.md",
    "docs/tutorials/own-network.md",
)
PLACEHOLDERS = {"$RUN": "0" * 32, "RUN_ID": "0" * 32, "accept|reject": "accept", "N": "1"}

NEEDED = {
    "verdict": ["--reason", "x", "--name", "Ann"],
    "queue": ["--name", "Ann"],
    "stop": ["--name", "Ann"],
}
"""What a sentence about a command leaves out."""


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Images of two classes in birds/, a table of them, and an empty store."""
    monkeypatch.chdir(tmp_path)
    for variable in ("MLFLOW_TRACKING_URI", "SALIENCNN_STUDY_URL", "SALIENCNN_SPOOL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(VARIABLE, "")
    drawn = render_planted(train=240, validation=1, counterfactual=0, size=48)
    for sample in drawn.train:
        if sample.label < 2:
            folder = tmp_path / "birds" / CLASSES[sample.label]
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.asarray(sample.image)).save(
                folder / f"{sample.name.rpartition('/')[2]}.png"
            )
    files = sorted((tmp_path / "birds").glob("*/*.png"))
    splits = ("train", "train", "val", "test")
    rows = [
        f"birds/{file.parent.name}/{file.name},{file.parent.name},{splits[place % 4]},10 10 20 20"
        for place, file in enumerate(files)
    ]
    (tmp_path / "birds.csv").write_text("\n".join(["path,label,split,box", *rows]))
    return tmp_path


@pytest.mark.parametrize("name", RUN_HERE)
def test_the_commands_run_as_they_stand(
    name: str, workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, run_id, served = ROOT / name, "", False
    for text in blocks(page, "python"):
        if text.startswith("# nets.py\n"):
            (workplace / "nets.py").write_text(text)
    for line in "".join(blocks(page, "bash")).splitlines():
        if line.startswith("RUN="):
            run_id = re.findall(r"^run ([0-9a-f]{32}) finished", capsys.readouterr().out, re.M)[-1]
            continue
        if line.startswith("saliencnn app"):
            served = True  # as the lab's is
            continue
        (arguments,) = commands(line.replace("$RUN", run_id))
        assert main(arguments) == 0, (line, capsys.readouterr().err)
    assert run_id
    assert served or "app" not in page.read_text().split()
    run_python(page)


def run_python(page: Path) -> None:
    """Run a page's blocks of Python, with what a reader has at hand by then."""
    store = open_store()
    names = [
        found.name for run in list_runs(store) for found in registered_epochs(store, run.run_id)
    ]
    from torchvision.models import resnet18

    known: dict[str, Any] = {
        "NAME": names[0] if names else "",
        "model": resnet18(num_classes=3).eval(),
    }
    known |= {"names": ["a", "b", "c"], "epochs": 1, "loss": 0.5}
    known["validation"] = [(Image.radial_gradient("L").convert("RGB"), n % 3) for n in range(6)]
    known["image"] = Image.radial_gradient("L").convert("RGB")
    for text in blocks(page, "python"):
        exec(compile(text, str(page), "exec"), known)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_is_understood(page: Path) -> None:
    """Also where it cannot be run: ImageNet is not at hand, or a run is only meant."""
    # The lab's blocks are for a shell, which expands variables; they are run as such.
    kinds = ("",) if page.name == "lab-server.md" else ("", "bash")
    shown = [call for kind in kinds for text in blocks(page, kind) for call in commands(text)]
    for call in [*shown, *inline_commands(page)]:
        words = [PLACEHOLDERS.get(word, word) for word in call if word != "--help"]
        if len(words) > 1 or words[0] in ("train", "sync", "demo", "app", "worker"):
            extra = NEEDED.get(words[0], []) if "--name" not in words else []
            _parser().parse_args([*complete(words), *extra])
        else:
            assert words[0] in {*COMMANDS, "--version"}, page


def complete(words: list[str]) -> list[str]:
    """Add what a sentence about one option leaves out."""
    needs_run = {"check", "propose", "queue", "stop"}
    if words[0] in needs_run and (len(words) == 1 or words[1].startswith("-")):
        return [words[0], "0" * 32, *words[1:]]
    if words[0] == "evaluate" and "--images" not in words:
        return [*words, "--images", "planted"]
    return words


def test_every_make_target_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for page in PAGES:
        for target in re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", page.read_text(), re.M):
            assert re.search(rf"^{''.join(target)}:", makefile, re.M), (page, target)
