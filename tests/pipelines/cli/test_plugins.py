"""A plugin with a row of each table, as the guide writes it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from saliencnn.common.metrics import METRICS
from saliencnn.plugins import load_plugins, plugin_variables
from saliencnn.store.connection import Store, open_store
from saliencnn.store.runs import RunInfo, list_runs
from tests.helpers.commands import Forker
from tests.helpers.plugins import plugins_for_a_while
from tests.helpers.stores import new_store
from tests.helpers.views import view

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "guides" / "plugins.md"
BROKEN = """
from saliencnn.findings.finding import Rule, Severity
from saliencnn.measures.map_measures import MAP_MEASURES, MapMeasure
from saliencnn.measures.metric import Metric
from saliencnn.models.architectures import ARCHITECTURES

def fail(*given):
    return 1 / 0

RUN_RULES = {"odd": Rule("odd", Severity.NOTE, fail, "")}
MAP_MEASURES = {
    "odd_measure": MapMeasure(fail, Metric("odd", ".2f", "lower", "Odd.")),
    "entropy": MapMeasure(fail, Metric("entropy", ".2f", "lower", "Odd.")),
    "Odd name": MapMeasure(fail, Metric("odd", ".2f", "lower", "Odd.")),
}
METHODS = {"no_row": 1}
IMAGE_SOURCES = []
"""


def write_guide(folder: Path) -> Path:
    """The guide's Python blocks as one module."""
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    path = folder / "lab_rows.py"
    path.write_text("\n".join(blocks))
    return path


@pytest.fixture
def clean() -> Iterator[None]:
    with plugins_for_a_while("lab_rows", "broken_rows"):
        yield


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store, the guide's plugin, and a run of its own rows."""
    folder = tmp_path_factory.mktemp("lab")
    new_store(folder)
    write_guide(folder)
    words = ("train", "--data", "stripes:48", "--arch", "tinynet", "--epochs", "1")
    # Of the commands here this one alone is a process that imports the plugin first of all.
    done = subprocess.run(
        [sys.executable, "-m", "saliencnn", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "It was validated on 16 images only." in done.stdout + done.stderr
    return folder


def variables(folder: Path, plugin: str = "lab_rows.py") -> dict[str, str]:
    """What tells a command the store and the plugin."""
    return {"MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db", "SALIENCNN_PLUGINS": plugin}


def command(program: Forker, folder: Path, *words: str, plugin: str = "lab_rows.py") -> str:
    """Run a command in a folder; return what it says."""
    done = program.start(*words, folder=folder, **variables(folder, plugin))
    assert program.wait(done) == 0, done.log.read_text()
    return done.log.read_text()


def run_of(folder: Path) -> tuple[Store, RunInfo]:
    store = open_store(f"sqlite:///{folder}/mlflow.db")
    return store, list_runs(store)[-1]


def test_a_run_has_the_rows(lab: Path) -> None:
    _, run = run_of(lab)
    assert (run.arch, run.image_set, run.status) == ("tinynet", "stripes", "finished")
    assert 0 <= run.metrics["lower_half"] <= 1


def test_a_check_judges_a_method(lab: Path, program: Forker) -> None:
    _, run = run_of(lab)
    words = ("--check", "mirror", "--methods", "mean_activation", "--images", "4")
    assert "Mean activation" in command(program, lab, "check", run.run_id, *words)
    assert "Mean activation" in command(
        program, lab, "check", run.run_id, *words[:4], "--image", "1"
    )


def test_a_worker_trains_with_the_rows(lab: Path, program: Forker) -> None:
    store, run = run_of(lab)
    command(program, lab, "queue", run.run_id, "--name", "Ann", "--seed", "1")
    command(program, lab, "worker", "--once")
    assert [one.arch for one in list_runs(store)] == ["tinynet", "tinynet"]


def test_pages_show_the_rows(lab: Path, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALIENCNN_PLUGINS", str(lab / "lab_rows.py"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{lab}/mlflow.db")
    assert load_plugins() == ()
    assert load_plugins() == (), "a second time changes nothing"
    _, run = run_of(lab)
    st.cache_data.clear()  # of the store of another test
    st.cache_resource.clear()
    app = view("trust", 120)
    app.query_params["run"] = run.run_id
    app.query_params["method"] = ["mean_activation"]
    app.query_params["check"] = "mirror"
    app.run()
    assert not app.exception
    texts = " ".join(one.value for one in (*app.caption, *app.markdown))
    assert "Does the map move with the image when that is mirrored?" in texts
    overview = view("overview", 120)
    overview.query_params["run"] = run.run_id
    overview.run()
    assert "validated on 16 images only" in " ".join(one.value for one in overview.markdown)


def test_what_cannot_be_used_is_named_and_the_rest_works(
    tmp_path: Path, clean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_rows.py").write_text(BROKEN)
    (tmp_path / "syntax.py").write_text("METHODS = {")
    names = (f"{tmp_path}/broken_rows.py", f"{tmp_path}/syntax.py", "no_such_module", "")
    monkeypatch.setenv("SALIENCNN_PLUGINS", ",".join(names))
    told = load_plugins()
    for sentence in told:
        assert "\n" not in sentence
        assert sentence.endswith("; all else works.")
    said = "\n".join(told)
    for words in (
        "there is a measure 'entropy' already, of saliencnn",
        "'Odd name' cannot be the name of a measure",
        "the method 'no_row' must be a Method",
        "IMAGE_SOURCES must be a dictionary",
        "syntax.py cannot be loaded (SyntaxError",
        "no_such_module cannot be loaded (ModuleNotFoundError",
    ):
        assert words in said
    assert len(told) == 6
    assert "odd_measure" in METRICS


def test_a_plugin_without_a_table_is_named(
    tmp_path: Path, clean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "singular.py").write_text("METHOD = {}")
    monkeypatch.setenv("SALIENCNN_PLUGINS", str(tmp_path / "singular.py"))
    (said,) = load_plugins()
    assert "singular.py adds nothing, since it has none of METHODS, CHECKS," in said


def test_names_that_two_plugins_take_are_refused(
    tmp_path: Path, clean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = write_guide(tmp_path), tmp_path / "broken_rows.py"
    second.write_text(first.read_text())
    monkeypatch.setenv("SALIENCNN_PLUGINS", f"{first},{second}")
    told = load_plugins()
    assert len(told) == 6
    assert all(f"already, of {first}" in sentence for sentence in told)


def test_rows_that_fail_end_no_training(program: Forker, tmp_path: Path) -> None:
    new_store(tmp_path)
    (tmp_path / "broken_rows.py").write_text(BROKEN)
    data = "planted:train=16,validation=8,counterfactual=0,size=48"
    words = ("train", "--data", data, "--image-size", "48", "--epochs", "1")
    said = command(program, tmp_path, *words, plugin="broken_rows.py")
    _, run = run_of(tmp_path)
    assert run.status == "finished"
    assert "entropy" in run.metrics
    assert "odd_measure" not in run.metrics
    (note,) = (note for note in run.notes if "odd_measure" in note)
    assert "The measure 'odd_measure' of the plugin broken_rows.py fails (ZeroDivision" in note
    assert "The finding 'odd' of the plugin broken_rows.py fails" in said


def test_other_folders_find_the_same_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALIENCNN_PLUGINS", " rows.py , lab.rows,")
    assert plugin_variables() == {"SALIENCNN_PLUGINS": f"{os.getcwd()}/rows.py,lab.rows"}
    monkeypatch.delenv("SALIENCNN_PLUGINS")
    assert plugin_variables() == {}


@pytest.mark.parametrize("option", ["images", "signal"])
def test_a_check_whose_option_is_taken_is_refused(
    tmp_path: Path, clean: None, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    text = write_guide(tmp_path).read_text()
    added = (
        f'options=(Option("{option}", str, "x", "odd"),),\n        source="our lab",\n    ),\n}}'
    )
    text = text.replace('source="our lab",\n    ),\n}', added).replace(
        "import Check\n", "import Check, Option\n"
    )
    (tmp_path / "broken_rows.py").write_text(text)
    monkeypatch.setenv("SALIENCNN_PLUGINS", f"{tmp_path}/broken_rows.py")
    (told,) = load_plugins()
    assert f"has an option '{option}' that is taken" in told
