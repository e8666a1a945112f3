"""Stored things say their format: what a later version wrote is refused, all older is read."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pipelines.retry.request_state import request_as_dict, request_from_dict
from pipelines.training.request import Request
from saliencnn.common import formats
from saliencnn.common.formats import Format, NewerFormat
from saliencnn.data.classset import ClassSet
from saliencnn.data.preparation import prepare_at
from saliencnn.models.served import NetworkFacts
from saliencnn.recording import spool
from saliencnn.recording.epoch_record import EpochRecord, RunEnd
from saliencnn.store.artifacts import list_files, location_of, read_bytes, write_files
from saliencnn.store.check_results import read_result, read_results, write_result
from saliencnn.store.checkpoints import Training, write_checkpoint
from saliencnn.store.computed_maps import read_computed, write_computed
from saliencnn.store.connection import Store, open_store
from saliencnn.store.epochs import PREDICTION, read_manifest, write_epoch
from saliencnn.store.evaluations import list_evaluations, read_evaluation, write_evaluation
from saliencnn.store.images import publish_images, read_index
from saliencnn.store.mapcache import MapKey, read_maps, write_maps
from saliencnn.store.maptable import MapTable, row_type
from saliencnn.store.runs import list_runs, read_facts, read_run, start_run
from saliencnn.store.saved_tasks import list_tasks, save_task
from saliencnn.store.walkthroughs import keep_walkthrough, make_pin, read_walkthrough
from tests.helpers.records import SMALLGAP
from tests.saliencnn.store.test_evaluations import make_facts, make_results
from tests.saliencnn.store.test_images import make_images

Change = Callable[[dict[str, Any]], None]


@dataclass
class Stored:
    """Something stored.

    Attributes:
        read: reads it with today's code; what it returns can be compared.
        rewrite: changes its facts, as they lie in the store.
        raises: whether reading it alone refuses a later version's; else it is left out of a list.
    """

    read: Callable[[], object]
    rewrite: Callable[[Change], None]
    raises: bool = True


def rewrite_file(store: Store, run_id: str, folder: str, name: str) -> Callable[[Change], None]:
    """Return what changes the facts in a JSON file or an archive of arrays."""
    location = location_of(store, run_id)

    def rewrite(change: Change) -> None:
        content = read_bytes(store, location, f"{folder}/{name}" if folder else name)
        write_files(store, location, {name: changed(name, content, change)}, folder)

    return rewrite


def changed(name: str, content: bytes, change: Change) -> bytes:
    if name.endswith(".npz"):
        with np.load(io.BytesIO(content)) as archive:
            arrays = dict(archive)
        change(arrays)
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        return buffer.getvalue()
    facts = json.loads(content)
    change(facts)
    return json.dumps(facts).encode()


def rewrite_tag(store: Store, run_id: str) -> Callable[[Change], None]:
    def rewrite(change: Change) -> None:
        facts = json.loads(store.client.get_run(run_id).data.tags["saliencnn.facts"])
        change(facts)
        store.client.set_tag(run_id, "saliencnn.facts", json.dumps(facts))

    return rewrite


def store_run(store: Store, _folder: Path) -> Stored:
    run_id = start_run(store, "run", {"epochs": 1}, images_id="here", arch="smallgap")
    return Stored(lambda: read_facts(store, run_id), rewrite_tag(store, run_id))


def store_run_of_a_list(store: Store, _folder: Path) -> Stored:
    run_id = start_run(store, "listed", {})
    return Stored(
        lambda: [run.name for run in list_runs(store)], rewrite_tag(store, run_id), raises=False
    )


def store_evaluation(store: Store, _folder: Path) -> Stored:
    facts = make_facts("formats")
    run_id = write_evaluation(store, facts, ClassSet("birds", ("a",)), make_results(), None)
    return Stored(lambda: read_evaluation(store, run_id), rewrite_tag(store, run_id))


def store_evaluation_of_a_list(store: Store, _folder: Path) -> Stored:
    facts = make_facts("formats in a list")
    run_id = write_evaluation(store, facts, ClassSet("birds", ("a",)), make_results(), None)
    return Stored(
        lambda: [info.run_id for info in list_evaluations(store)],
        rewrite_tag(store, run_id),
        raises=False,
    )


def store_index(store: Store, folder: Path) -> Stored:
    images_id = publish_images(store, folder.name, lambda: make_images(exact=False))
    return Stored(
        lambda: read_index(store, images_id).names,
        rewrite_file(store, images_id, "", "index.json"),
    )


def store_epoch(store: Store, _folder: Path) -> Stored:
    run_id = start_run(store, "epoch", {})
    write_epoch(
        store, run_id, 1, classes=("a", "b"), predictions=np.zeros(2, PREDICTION),
        tables={"maps.npy": make_table()}, metrics={}, 
        model_id=write_checkpoint(store, run_id, 1, {}, SMALLGAP),
    )  # fmt: skip
    return Stored(
        lambda: read_manifest(store, run_id, 1),
        rewrite_file(store, run_id, "epochs/0001", "manifest.json"),
    )


def store_check(store: Store, _folder: Path, whole_list: bool = False) -> Stored:
    run_id, question = start_run(store, "check", {}), {"check": "variance", "epoch": 1}
    write_result(store, run_id, question, {"numbers": np.arange(3)})
    (name,) = list_files(store, location_of(store, run_id), "checks/variance")

    def read() -> object:
        if whole_list:
            ((_, arrays),) = read_results(store, run_id, "variance")
        else:
            arrays = read_result(store, run_id, question) or {}
        return {key: values.tolist() for key, values in arrays.items()}

    return Stored(read, rewrite_file(store, run_id, "checks/variance", name))


def store_check_of_many(store: Store, folder: Path) -> Stored:
    return store_check(store, folder, whole_list=True)


def store_computed(store: Store, _folder: Path) -> Stored:
    run_id = start_run(store, "computed", {})
    write_computed(store, run_id, 0, [(1, make_table())])
    (name,) = list_files(store, location_of(store, run_id), "computed/0000")
    return Stored(
        lambda: [(epoch, table.methods) for epoch, table in read_computed(store, run_id, 0)],
        rewrite_file(store, run_id, "computed/0000", name),
    )


def store_kept_map(store: Store, _folder: Path) -> Stored:
    facts = make_facts("formats of maps")
    classes = ClassSet("birds", ("a",))
    info = read_evaluation(store, write_evaluation(store, facts, classes, make_results(), None))
    key = MapKey("m", "i", 0, "cam", "")
    write_maps(store, info, {key: np.ones((2, 2))})
    return Stored(
        lambda: [saliency.tolist() for saliency in read_maps(store, info, [key]).values()],
        rewrite_file(store, info.run_id, key.folder, key.name),
    )


def store_spooled_epoch(_store: Store, folder: Path) -> Stored:
    record = EpochRecord(
        run_id="0" * 32, process="here:1", arch="smallgap", keep="all", epoch=1, last=False,
        ended=1.5, classes=("a", "b"), weights={"w": torch.ones(2)}, training=Training({}, 0.5),
        predictions=np.zeros(2, PREDICTION), tables={"maps.npy": make_table()},
        metrics={"val_loss": 0.5}, skipped=("x.jpg",),
    )  # fmt: skip
    spool.put_epoch(folder, record)

    def read() -> object:
        found = spool.read_epoch(folder, record.run_id, 1)
        return found.epoch, found.classes, found.metrics, found.skipped, list(found.tables)

    return Stored(read, rewrite_local(folder / record.run_id / "0001" / "parcel.json"))


def store_spooled_end(_store: Store, folder: Path) -> Stored:
    end = RunEnd("0" * 32, "here:1", 3, "FINISHED")
    spool.put_end(folder, end)
    return Stored(
        lambda: spool.read_end(folder, end.run_id),
        rewrite_local(folder / end.run_id / "end" / "end"),
    )


def rewrite_local(path: Path) -> Callable[[Change], None]:
    def rewrite(change: Change) -> None:
        path.write_bytes(changed(path.name, path.read_bytes(), change))

    return rewrite


def store_task(store: Store, folder: Path) -> Stored:
    name = folder.name
    save_task(store, name, {"model": ["a"]})
    tags = store.client.get_experiment(store.evaluations).tags
    (key,) = (key for key, text in tags.items() if f'"name": "{name}"' in text)

    def rewrite(change: Change) -> None:
        facts = json.loads(store.client.get_experiment(store.evaluations).tags[key])
        change(facts)
        store.client.set_experiment_tag(store.evaluations, key, json.dumps(facts))

    def read() -> object:
        return [task for task in list_tasks(store) if task.name == name]

    return Stored(read, rewrite, raises=False)


def store_walkthrough(store: Store, _folder: Path) -> Stored:
    run_id = start_run(store, "told", {})
    pin = make_pin("trust", {"run": [run_id]}, "Trust", "Look here.", "Ann")
    kept = keep_walkthrough(store, run_id, "For the board", "Ann", [pin])
    return Stored(
        lambda: read_walkthrough(store, run_id, kept.id),
        rewrite_file(store, run_id, "walkthroughs", f"{kept.id}.json"),
    )


def store_network(_store: Store, folder: Path) -> Stored:
    path = folder / "network.json"
    path.write_bytes(NetworkFacts("smallgap", ("a", "b"), prepare_at(48)).encode())
    return Stored(lambda: NetworkFacts.decode(path.read_bytes()), rewrite_local(path))


def store_request(_store: Store, folder: Path) -> Stored:
    path = folder / "request.json"
    path.write_text(json.dumps(request_as_dict(Request(window="0:4080"))))
    return Stored(lambda: request_from_dict(json.loads(path.read_text())), rewrite_local(path))


def make_table() -> MapTable:
    return MapTable(("cam",), np.zeros(2, row_type(1, 2, 2)))


KINDS: dict[Callable[[Store, Path], Stored], Format] = {
    store_run: formats.RUN,
    store_run_of_a_list: formats.RUN,
    store_evaluation: formats.EVALUATION,
    store_evaluation_of_a_list: formats.EVALUATION,
    store_index: formats.IMAGE_INDEX,
    store_epoch: formats.EPOCH,
    store_check: formats.CHECK_RESULT,
    store_check_of_many: formats.CHECK_RESULT,
    store_computed: formats.COMPUTED_MAPS,
    store_kept_map: formats.KEPT_MAP,
    store_spooled_epoch: formats.SPOOLED_EPOCH,
    store_spooled_end: formats.SPOOLED_END,
    store_task: formats.SAVED_TASK,
    store_walkthrough: formats.WALKTHROUGH,
    store_network: formats.NETWORK,
    store_request: formats.QUEUED_REQUEST,
}


@pytest.fixture
def own_store(store: Store) -> Store:
    """The same store, opened anew: nothing of it is remembered."""
    return open_store(store.uri)


def test_every_kind_is_tested() -> None:
    known = {value for value in vars(formats).values() if isinstance(value, Format)}
    assert set(KINDS.values()) == known


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_a_later_version_wrote_is_refused(
    own_store: Store, tmp_path: Path, kind: Callable[[Store, Path], Stored]
) -> None:
    stored, form = kind(own_store, tmp_path), KINDS[kind]
    mine = stored.read()
    stored.rewrite(lambda facts: facts.update(format=form.version + 1, unheard_of=1))
    if not stored.raises:
        assert stored.read() != mine
        return
    with pytest.raises(NewerFormat) as caught:
        stored.read()
    sentence = str(caught.value)
    assert f"format {form.version + 1}," in sentence
    assert f"up to {form.version};" in sentence
    assert "pip install --upgrade saliencnn" in sentence


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_was_written_before_there_were_formats_is_read(
    own_store: Store, tmp_path: Path, kind: Callable[[Store, Path], Stored]
) -> None:
    stored = kind(own_store, tmp_path)
    mine = stored.read()
    stored.rewrite(make_old)
    assert stored.read() == mine


def make_old(facts: dict[str, Any]) -> None:
    """Write facts as the first format had them."""
    del facts["format"]
    if "images_id" in facts:
        facts["pictures"] = facts.pop("images_id")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_written_says_todays_format(
    own_store: Store, tmp_path: Path, kind: Callable[[Store, Path], Stored]
) -> None:
    seen: list[int] = []
    kind(own_store, tmp_path).rewrite(lambda facts: seen.append(int(facts["format"])))
    assert seen == [KINDS[kind].version]


def test_a_list_goes_on_without_what_a_later_version_wrote(own_store: Store) -> None:
    older, newer = (start_run(own_store, name, {}) for name in ("older", "newer"))
    rewrite_tag(own_store, newer)(lambda facts: facts.update(format=99))
    names = [run.name for run in list_runs(own_store)]
    assert "older" in names
    assert "newer" not in names
    assert read_run(own_store, older).name == "older"
    with pytest.raises(NewerFormat):
        read_run(own_store, newer)
