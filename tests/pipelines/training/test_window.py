"""What a run sees of images deeper than 8 bits, from its training to whatever looks at it later."""

import json
from pathlib import Path

import pytest

from pipelines.cli.main import _parser
from pipelines.evaluation.run import Task, evaluate
from pipelines.retry.request_state import request_as_dict, request_from_dict, request_retry
from pipelines.training.request import Request
from pipelines.training.resume import resume
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.planes import decode_planes
from saliencnn.data.preparation import prepare_at
from saliencnn.models.served import NetworkFacts, make_classifier
from saliencnn.models.weights import build_network
from saliencnn.store.connection import Store
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.images import read_all_images
from saliencnn.store.runs import RunInfo, list_runs, note, read_run
from tests.helpers.deep import save_deep_set

HP = Hyperparameters(epochs=2, batch_size=4)


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    return save_deep_set(tmp_path / "deep")


def start(store: Store, data: str, window: str = "auto", **more: object) -> RunInfo:
    request = Request(data, hyperparameters=HP, image_size=32, window=window)
    return read_run(store, train(store, request, **more))  # type: ignore[arg-type]


def brightness(store: Store, run: RunInfo) -> float:
    return float(decode_planes(read_all_images(store, run.images_id).encoded).float().mean())


def stop_after_one(finished: object) -> None:
    raise KeyboardInterrupt


def test_a_run_keeps_its_window_and_whatever_follows_it_too(store: Store, deep: Path) -> None:
    data = f"folder:{deep}"
    run = start(store, data)
    assert run.window == "0:4080"
    assert any("values 0 to 4,080 are shown as black to white" in note for note in run.notes)
    assert read_all_images(store, run.images_id).index.window == "0:4080"
    assert brightness(store, run) > 100

    with pytest.raises(KeyboardInterrupt):
        start(store, data, "0:8000", on_epoch=stop_after_one)
    stopped = next(r for r in list_runs(store) if r.window == "0:8000")
    resume(store, stopped.run_id)
    assert read_run(store, stopped.run_id).epoch == 2
    assert stopped.images_id != run.images_id

    retry = request_retry(stopped, {"epochs": 1}, "again")
    assert request_from_dict(request_as_dict(retry)).window == "0:8000"
    again = read_run(store, train(store, retry))
    assert again.is_comparable_with(stopped)

    outcome = evaluate(store, Task([f"run:{run.run_id}:2"], str(deep), work=deep.parent / "work"))
    assert any("0 to 4,080" in note for note in outcome.notes)
    info = read_evaluation(store, outcome.evaluated[0])
    kept = read_all_images(store, info.images_id)
    assert decode_planes(kept.encoded).float().mean() > 100
    both = [f"run:{run.run_id}:2", f"run:{stopped.run_id}:2"]
    outcome = evaluate(store, Task(both, str(deep), work=deep.parent / "work"))
    assert "0:8000" in outcome.failures[0]
    outcome = evaluate(store, Task(both, str(deep), work=deep.parent / "work", window="full"))
    assert not outcome.failures
    assert len(outcome.evaluated) == 2


def test_a_run_of_an_earlier_version_sees_what_it_saw(store: Store, deep: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        start(store, f"folder:{deep}", "full", on_epoch=stop_after_one)
    run = next(r for r in list_runs(store) if (r.status, r.window) == ("stopped", "full"))
    note(store, run.run_id, window="")  # earlier versions noted none
    run = read_run(store, run.run_id)
    assert run.window == "full"
    assert brightness(store, run) < 20
    resume(store, run.run_id)
    assert read_run(store, run.run_id).epoch == 2
    wanted = request_as_dict(request_retry(run, {}, "again"))
    del wanted["window"]
    assert request_from_dict(wanted).window == "full"


def test_images_of_8_bits_have_no_window(store: Store) -> None:
    run = start(store, "planted:train=16,validation=8,counterfactual=0,size=32", "0:100")
    assert run.window == "auto"
    assert not any("8 bits" in note for note in run.notes)


def test_a_window_that_is_none_is_refused_before_anything_is_read(store: Store) -> None:
    for wrong in ("5:1", "x"):
        with pytest.raises(UserError, match="--window is"):
            train(store, Request("folder:/nowhere", window=wrong))
        with pytest.raises(UserError, match="--window is"):
            evaluate(store, Task(["resnet18"], "/nowhere", window=wrong))


@pytest.mark.parametrize("command", [["train"], ["evaluate", "--images", "x"]])
def test_a_window_may_begin_with_a_minus(command: list[str]) -> None:
    for text in ("-1000:400", "1%:99%", "-.5:1"):
        assert _parser().parse_args([*command, "--window", text]).window == text
    assert _parser().parse_args(command).window is None


def test_a_registered_network_reads_files_as_its_training_did(deep: Path) -> None:
    facts = NetworkFacts("smallgap", ("dark", "light"), prepare_at(32), "0:8160")
    state = build_network("smallgap", 2).model.state_dict()
    classifier = make_classifier(NetworkFacts.decode(facts.encode()), state)
    image = classifier.read_image(deep / "light" / "0.png")
    assert (image.min(), image.max()) == (0, 128)
    assert classifier.predict(image[None]).shape == (1, 2)
    former = json.loads(facts.encode())
    del former["window"]
    assert NetworkFacts.decode(json.dumps(former).encode()).window == "full"
