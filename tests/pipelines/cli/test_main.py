import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest

from pipelines.cli.main import _parser, main
from pipelines.cli.training_commands import given_hyperparameters
from pipelines.retry.history import criteria
from pipelines.retry.queue import list_requests
from pipelines.retry.space import SPACE
from pipelines.retry.studies import open_queue
from pipelines.training.recipe import starting_point
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.artifacts import location_of, read_bytes
from saliencnn.store.connection import Store
from saliencnn.store.registry import registered_epochs
from saliencnn.store.runs import RunInfo, list_runs, note, read_run, start_run
from tests.helpers.commands import Forker
from tests.helpers.golden import unpack
from tests.helpers.stores import new_store

SMALL = "planted:train=32,validation=16,counterfactual=8,size=32,seed=0"


@pytest.fixture(autouse=True)
def in_the_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)


def refuse(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that must be refused in one sentence, and return it."""
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("saliencnn: ")
    assert said.err.endswith(".\n")
    assert said.err.count("\n") == 1
    return said.err


def test_a_mistake_is_one_sentence_without_traceback(program: Forker, store: Store) -> None:
    command = program.start("train", "--data", "folder:/nope", MLFLOW_TRACKING_URI=store.uri)
    assert program.wait(command) == 2
    said = command.log.read_text()
    wanted = "saliencnn: /nope does not exist; an image set is a folder with a folder for each"
    assert said.startswith(wanted)
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--epochs", "0"), "epochs is 0; it must be a whole number from 1 to 1000"),
        (("--epochs", "two"), "epochs is 'two'; it must be a whole number"),
        (("--learning-rate", "nan"), "learning_rate is nan"),
        (("--optimizer", "adam"), "adamw, sgd, rmsprop"),
        (("--freeze-backbone", "maybe"), "true or false"),
        (("--arch", "resnet19"), "resnet18"),
        (("--keep", "some"), "all, best, last"),
        (("--image-size", "3"), "from 32 to 1024"),
        (("--data", "planted:size"), "size"),
        (("--weights", "/nope.pth"), "does not exist"),
        (("--resume", "0123"), "'0123' is not in the store"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert said in refuse(capsys, "train", "--data", SMALL, *arguments)


def test_a_run_is_named_by_its_first_characters_or_its_name(
    capsys: pytest.CaptureFixture[str], store: Store, tiny_run: RunInfo
) -> None:
    named = [run for run in list_runs(store) if run.name == tiny_run.name]
    for word in (tiny_run.run_id[:6], *([tiny_run.name] if len(named) == 1 else [])):
        said = refuse(capsys, "stop", word, "--name", "Ann")
        assert f"Run {tiny_run.run_id} is {tiny_run.status}" in said
    assert "'nobody' is not in the store" in refuse(capsys, "stop", "nobody", "--name", "Ann")


def test_a_word_that_names_several_runs_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    golden = unpack(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", golden.store.uri)
    first, second = (golden.run(name) for name in ("golden", "golden-randomized"))
    golden.store.client.set_tag(second.run_id, "mlflow.runName", first.name)
    said = refuse(capsys, "stop", first.name, "--name", "Ann")
    assert "names 2 runs" in said
    assert first.run_id in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "RUN", "--epoch", "0"), "--epoch is 0; it must be a whole number from 1"),
        (("check", "RUN", "--images", "0"), "--images is 0; it must be a whole number from 1"),
        (("check", "RUN", "--image", "-1"), "--image is -1; it must be a whole number from 0"),
        (("check", "RUN", "--image", "48"), "from 0 to 47"),
        (("evaluate", "--images", SMALL, "--limit", "0"), "--limit is 0; it must be"),
        (("evaluate", "--images", SMALL, "--resize", "0"), "--resize is 0; it must be"),
        (("propose", "RUN", "--seed", "-1"), "--seed is -1; it must be a whole number from 0"),
        (("propose", "RUN", "--count", "many"), "--count is 'many'; it must be a whole number"),
        (("verdict", "RUN", "accept", "--reason", "r", "--name", "A", "--epoch", "0"), "--epoch"),
        (("worker", "--poll", "0"), "--poll is '0'; it must be a number from 0.1 to 3600"),
        (("app", "--port", "0"), "--port is 0; it must be a whole number from 1 to 65535"),
        (("demo", "--port", "70000"), "--port is 70000"),
        (("queue", "RUN", "--name", "A", "--flip", ""), "flip is ''; it must be a number"),
        (("queue", "RUN", "--name", "A", "--epochs", "0"), "epochs is 0; it must be"),
        (("train", "--image-size", "0"), "image_size is 0; it must be from 32 to 1024"),
        (("train", "--image-size", "big"), "--image-size is 'big'; it must be a whole number"),
    ],
)
def test_zero_and_nothing_are_values_like_others(
    capsys: pytest.CaptureFixture[str], tiny_run: RunInfo, arguments: tuple[str, ...], said: str
) -> None:
    """They are refused where they make no sense, and never taken for an option left out."""
    given = [tiny_run.run_id if word == "RUN" else word for word in arguments]
    assert said in refuse(capsys, *given)


def test_zero_is_an_image_a_seed_and_a_probability(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a store of its own, since it queues a request and gives a verdict."""
    store = new_store(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    assert main(["train", "--data", SMALL, "--image-size", "32", "--epochs", "1"]) == 0
    (run,) = list_runs(store)
    assert "reports/report.html" in capsys.readouterr().out
    kept = read_bytes(store, location_of(store, run.run_id), "reports/report.html")
    assert run.run_id in kept.decode()
    proposals = []
    for seed in ([], ["--seed", "0"]):
        assert main(["propose", run.run_id, "--count", "1", *seed]) == 0
        proposals.append(capsys.readouterr().out)
    assert proposals[0] == proposals[1]
    assert main(["queue", run.run_id, "--name", "Ann", "--flip", "0"]) == 0
    (request,) = list_requests(open_queue(store))
    assert request.request.hyperparameters.flip == 0
    given = ["--epoch", "1", "--image", "0", "--reason", "clear", "--name", "Ann"]
    assert main(["verdict", run.run_id, "reject", *given]) == 0
    assert "Image 0 at epoch 1" in capsys.readouterr().out


@pytest.mark.parametrize("resize", [[], ["--resize", "none"], ["--resize", "232"]])
def test_a_resize_that_is_allowed_or_left_out_is_no_mistake(
    capsys: pytest.CaptureFixture[str], resize: list[str]
) -> None:
    said = refuse(capsys, "evaluate", "--images", "planted", "--models", "registered:none", *resize)
    assert "no accepted network 'none'" in said


@pytest.mark.parametrize("count", ["0", "51"])
def test_propose_refuses_a_count_out_of_bounds(
    capsys: pytest.CaptureFixture[str], tiny_run: RunInfo, count: str
) -> None:
    assert main(["propose", tiny_run.run_id, "--count", count]) == 2
    assert "from 1 to 50" in capsys.readouterr().err


def test_propose_refuses_an_unknown_criterion(
    capsys: pytest.CaptureFixture[str], tiny_run: RunInfo
) -> None:
    said = refuse(capsys, "propose", tiny_run.run_id, "--criterion", "beauty")
    assert "'beauty'; it must be one of focus, total_variation, entropy, attended_area." in said


def test_the_help_of_propose_names_every_criterion(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["propose", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for name in criteria():
        assert re.search(rf"ranking criterion of the maps:[^;]*\b{name}\b", text), name


def test_the_criterion_decides_what_proposals_are_told_of(
    capsys: pytest.CaptureFixture[str], tiny_run: RunInfo
) -> None:
    assert main(["propose", tiny_run.run_id, "--count", "1"]) == 0
    assert "considered, ranked by accuracy and focus." in capsys.readouterr().out
    assert main(["propose", tiny_run.run_id, "--count", "3", "--criterion", "entropy"]) == 0
    assert "considered, ranked by accuracy and entropy." in capsys.readouterr().out


def test_propose_names_an_unknown_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert "'nope' is not in the store" in refuse(capsys, "propose", "nope")


def test_help_is_given_before_anything_slow_is_loaded() -> None:
    program = """
import sys
from pipelines.cli.main import main
commands = "demo train check propose verdict stop sync queue worker app"
for command in ("", *commands.split()):
    try:
        main([*command.split(), "--help"])
    except SystemExit as end:
        assert end.code == 0
slow = {"torch", "mlflow", "optuna", "pandas", "streamlit"} & set(sys.modules)
assert not slow, slow
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    for command_name in ("demo", "train", "check", "propose", "verdict", "queue", "worker", "app"):
        assert f"usage: saliencnn {command_name}" in done.stdout


def test_whoever_reads_may_stop_reading(program: Forker, tiny_run: RunInfo, store: Store) -> None:
    """As in ``saliencnn propose RUN_ID | head -1``: no traceback, and the status of SIGPIPE."""
    unread = """
import os, sys
from pipelines.cli.main import main
reading, writing = os.pipe()
os.close(reading)
os.dup2(writing, 1)
sys.exit(main(sys.argv[1:]))
"""
    command = program.start(
        "propose", tiny_run.run_id, program=unread, MLFLOW_TRACKING_URI=store.uri
    )
    assert program.wait(command) == 141
    said = command.log.read_text()
    assert "BrokenPipe" not in said
    assert "Traceback" not in said


def test_help_lists_every_hyperparameter_with_its_bounds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for spec in fields(Hyperparameters):
        assert f"--{spec.name.replace('_', '-')} " in text
        meta = spec.metadata
        if "low" in meta:
            assert f"{meta['low']:g}..{meta['high']:g}" in text
        for choice in meta.get("choices", ()):
            assert choice in text


@pytest.mark.parametrize("name", ["learning_rate", "head_factor", "warmup", "crop", "epochs"])
def test_help_of_train_says_what_a_training_begins_with(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    text = capsys.readouterr().out.split(f"--{name.replace('_', '-')} ")[-1].split("--")[0]
    for weights in ("none", "default"):
        begun = getattr(starting_point("resnet18", weights), name)
        assert float(begun) in [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)]


def test_train_and_resume_by_command(capsys: pytest.CaptureFixture[str], store: Store) -> None:
    arguments = ["--data", SMALL, "--image-size", "32", "--name", "by command", "--keep", "last"]
    flags = ["--epochs", "1", "--batch-size", "8", "--freeze-backbone", "false"]
    assert main(["train", *arguments, *flags]) == 0
    said = capsys.readouterr().out
    run = next(run for run in list_runs(store) if run.name == "by command")
    assert f"run {run.run_id} finished after 1 epochs" in said
    assert run.notes
    assert all(f"note: {note}" in said for note in run.notes)
    assert (run.image_size, run.keep, run.hyperparameters["batch_size"]) == (32, "last", "8")
    sentence = refuse(capsys, "train", "--resume", run.run_id)
    assert "has completed all its 1 epochs" in sentence


def parse_back(line: str) -> tuple[Hyperparameters, dict[str, object]]:
    words = shlex.split(line)
    assert words[:2] == ["saliencnn", "train"]
    options = _parser().parse_args(words[1:])
    return given_hyperparameters(options), vars(options)


def test_proposals_are_commands_that_train_on_the_same_images(
    capsys: pytest.CaptureFixture[str], tiny_run: RunInfo
) -> None:
    assert main(["propose", tiny_run.run_id, "--count", "4", "--seed", "3"]) == 0
    first, *told = capsys.readouterr().out.splitlines()
    assert re.match(
        r"(1 past run of smallgap on planted was|\d+ past runs .* were) considered", first
    )
    assert int(first.split()[0]) >= 1
    lines = [line for line in told if not line.startswith("# ")]
    assert len(lines) == 4
    assert all(" → " in line for line in told if line.startswith("# "))
    own = Hyperparameters.from_mapping(tiny_run.hyperparameters).as_dict()
    for line in lines:
        proposed, options = parse_back(line)
        for name in ("data", "arch", "weights", "image_size"):
            assert options[name] == getattr(tiny_run, name)
        for name, value in proposed.as_dict().items():
            if name not in (*SPACE, "guidance"):
                assert value == own[name]
    assert len(set(lines)) == 4


def test_proposals_keep_every_digit_of_what_they_do_not_change(
    capsys: pytest.CaptureFixture[str], store: Store
) -> None:
    hp = Hyperparameters(momentum=0.987654, batch_size=4096, seed=2147483646, optimizer="sgd")
    facts = {
        "data": "folder:/my images/it's",
        "image_set": "mine",
        "images": "nowhere",
        "arch": "resnet18",
        "weights": "/a b/w.safetensors",
        "image_size": "224",
    }
    run_id = start_run(store, "spaces", hp.as_dict(), **facts)
    note(store, run_id, keep="best")
    assert read_run(store, run_id).keep == "best"
    assert main(["propose", run_id, "--count", "1"]) == 0
    proposed, options = parse_back(capsys.readouterr().out.splitlines()[2])
    assert options["data"] == facts["data"]
    assert options["weights"] == facts["weights"]
    assert options["keep"] == "best"
    for name in ("momentum", "batch_size", "seed", "optimizer"):
        assert getattr(proposed, name) == getattr(hp, name)


def test_verdicts_by_command(capsys: pytest.CaptureFixture[str], store: Store) -> None:
    assert main(["train", "--data", SMALL, "--image-size", "32", "--epochs", "1"]) == 0
    run_id = capsys.readouterr().out.partition("run ")[2].split()[0]
    given = ["verdict", run_id, "accept", "--reason", "sees the head", "--name", "Ann"]
    assert main([*given, "--epoch", "1"]) == 0
    said = capsys.readouterr().out
    (registered,) = registered_epochs(store, run_id)
    assert registered.accepted
    assert f'load_accepted("{registered.name}")' in said
    assert main([*given, "--epoch", "1", "--image", "3"]) == 0
    assert "Image 3 at epoch 1 is accepted." in capsys.readouterr().out
    assert main(["verdict", run_id, "reject", "--reason", "late", "--name", "Bo"]) == 0
    assert registered.name in capsys.readouterr().out
    assert not registered_epochs(store, run_id)[0].accepted
    verdicts = read_run(store, run_id).verdicts
    assert [(v.decision, v.reason, v.person) for v in verdicts] == [
        ("accepted", "sees the head", "Ann"),
        ("accepted", "sees the head", "Ann"),
        ("rejected", "late", "Bo"),
    ]
    assert "has no epoch 2; its epochs are 1 to 1" in refuse(capsys, *given, "--epoch", "2")
    assert "needs a reason" in refuse(capsys, *given, "--reason", " ")
    assert "'nope' is not in the store" in refuse(capsys, "verdict", "nope", *given[2:])
    assert len(read_run(store, run_id).verdicts) == 3


def test_what_was_deleted_names_the_way_back(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new_store(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    run_id = start_run(store, "deleted", {"epochs": 1})
    store.client.delete_run(run_id)
    for words in (
        ["check", run_id],
        ["propose", run_id],
        ["verdict", run_id, "reject", "--reason", "r", "--name", "Ann"],
        ["stop", run_id, "--name", "Ann"],
        ["queue", run_id, "--name", "Ann"],
        ["train", "--resume", run_id],
        ["train", "--data", SMALL, "--weights", f"run:{run_id}:1"],
        ["evaluate", "--images", SMALL, "--models", f"run:{run_id}"],
    ):
        assert f"mlflow runs restore --run-id {run_id}" in refuse(capsys, *words)
    for experiment in (store.runs, store.image_sets):
        store.client.delete_experiment(experiment)
        said = refuse(capsys, "train", "--data", SMALL, "--epochs", "1", "--image-size", "32")
        assert f"mlflow experiments restore --experiment-id {experiment}" in said
        store.client.restore_experiment(experiment)


def test_a_database_of_another_layout_is_one_sentence(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new_store(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    run_id = start_run(store, "there", {"epochs": 1})
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        database.execute("ALTER TABLE tags RENAME TO labels")
    assert main(["propose", run_id]) == 2
    said = capfd.readouterr().err
    assert said.startswith("saliencnn: The database has another layout")
    assert str(tmp_path) in said
    assert said.count("\n") == 1
