import pickle
import sys
from dataclasses import replace

import mlflow
import numpy as np
import pytest
import torch

from saliencnn.common.errors import UserError
from saliencnn.data.preparation import normalise, prepare_at
from saliencnn.models.served import NetworkFacts
from saliencnn.models.weights import build_network
from saliencnn.store import registry
from saliencnn.store.artifacts import MissingArtifact, read_bytes, write_files
from saliencnn.store.checkpoints import (
    checkpoint_location,
    delete_checkpoint,
    kept_epochs,
    read_checkpoint,
    write_checkpoint,
)
from saliencnn.store.connection import Store
from saliencnn.store.registry import Registered, load_accepted, register_checkpoint
from saliencnn.store.runs import start_run
from tests.helpers.cards import read_card
from tests.helpers.records import SMALLGAP

CLASSES = ("häher: *a*", "tit", "<b>")
FACTS = NetworkFacts("smallgap", CLASSES, prepare_at(40))
unpickled: list[object] = []
"""What Python's unpicklers were asked for while ``watching``."""
watching = False


def hear(event: str, arguments: tuple[object, ...]) -> None:
    if watching and event == "pickle.find_class":
        unpickled.append(arguments)


# Python raises this event for whatever unpickles, be it in C; a hook cannot be taken away.
sys.addaudithook(hear)


def make_run(store: Store, epochs: int = 2) -> tuple[str, list[torch.nn.Module]]:
    """Keep the checkpoints of random networks."""
    run_id, networks = start_run(store, "registered", {}), []
    for epoch in range(1, epochs + 1):
        torch.manual_seed(epoch)
        network = build_network("smallgap", len(CLASSES)).model.eval()
        write_checkpoint(store, run_id, epoch, network.state_dict(), SMALLGAP)
        networks.append(network)
    return run_id, networks


def accept(store: Store, run_id: str, epoch: int, name: str) -> Registered:
    registered = register_checkpoint(store, run_id, epoch, name, FACTS)
    assert registered is not None
    registry.mark_accepted(store, registered)
    return replace(registered, accepted=True)


def test_an_accepted_network_is_loaded_by_name_and_scores_as_it_did(any_store: Store) -> None:
    run_id, networks = make_run(any_store)
    name = registry.registered_name("birds", "smallgap", (*CLASSES, "load"))
    accepted = accept(any_store, run_id, 2, name)
    assert registry.registered_epochs(any_store, run_id) == [accepted]
    classifier = load_accepted(name, any_store)
    assert (classifier.classes, classifier.image_size) == (CLASSES, 40)
    assert classifier.architecture.target_layer == "features"
    assert not classifier.network.training
    images = np.random.default_rng(0).integers(0, 256, (70, 40, 40, 3), dtype=np.uint8)
    with torch.no_grad():
        inputs = normalise(torch.from_numpy(images).permute(0, 3, 1, 2))
        wanted = torch.cat([networks[1](some) for some in inputs.split(64)]).numpy()
    np.testing.assert_array_equal(classifier.predict(images), wanted)


def test_mlflow_loads_it_with_its_own_call_and_unpickles_nothing(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    global watching
    monkeypatch.setenv("MLFLOW_TRACKING_URI", any_store.uri)
    run_id, _ = make_run(any_store)
    name = registry.registered_name("birds", "smallgap", (*CLASSES, "pyfunc"))
    accept(any_store, run_id, 1, name)
    images = np.random.default_rng(1).integers(0, 256, (3, 50, 60, 3), dtype=np.uint8)
    for name_of_call in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name_of_call, None)
    unpickled.clear()
    watching = True
    try:
        model = mlflow.pyfunc.load_model(f"models:/{name}@accepted")
        scores = model.predict(images)
        own = load_accepted(name)
    finally:
        watching = False
    assert not unpickled
    assert scores.dtype == np.float32
    np.testing.assert_array_equal(scores, own.predict(images))
    with pytest.raises(mlflow.MlflowException, match="dtype"):
        model.predict(images / 255)
    with pytest.raises(UserError, match="this is a list"):
        own.predict(["bird.png"])  # type: ignore[arg-type]


def test_the_watch_for_unpickling_sees_it() -> None:
    global watching
    unpickled.clear()
    watching = True
    pickle.loads(pickle.dumps(FACTS))
    watching = False
    assert unpickled


def test_the_alias_moves_to_what_was_accepted_last_and_can_be_withdrawn(any_store: Store) -> None:
    run_id, _ = make_run(any_store, epochs=3)
    name = registry.registered_name("birds", "smallgap", (*CLASSES, "alias"))
    first, second = (accept(any_store, run_id, epoch, name) for epoch in (1, 3))
    assert (second.name, second.version) == (name, first.version + 1)
    assert registry.registered_epochs(any_store, run_id) == [
        replace(first, accepted=False),
        second,
    ]
    assert registry.withdraw(any_store, run_id, 1) is None, "another epoch holds the alias"
    assert registry.withdraw(any_store, run_id, 3) == second
    with pytest.raises(UserError, match="has no accepted network"):
        load_accepted(name, any_store)
    accept(any_store, run_id, 1, name)
    assert registry.withdraw(any_store, run_id, None) == first
    versions = registry.registered_epochs(any_store, run_id)
    assert [found.version for found in versions] == [first.version, second.version], "all stay"


def test_another_run_that_takes_the_alias_keeps_it_when_the_first_is_rejected(
    store: Store,
) -> None:
    name = registry.registered_name("birds", "smallgap", (*CLASSES, "two runs"))
    runs = [make_run(store, 1)[0] for _ in range(2)]
    for run_id in runs:
        accept(store, run_id, 1, name)
    assert registry.withdraw(store, runs[0], None) is None
    assert registry.registered_epochs(store, runs[1])[0].accepted


def test_accepting_again_makes_no_second_version(store: Store) -> None:
    run_id, _ = make_run(store, 1)
    name = registry.registered_name("birds", "smallgap", (*CLASSES, "again"))
    assert accept(store, run_id, 1, name) == accept(store, run_id, 1, name)


def test_training_does_not_delete_what_was_registered(any_store: Store) -> None:
    run_id, _ = make_run(any_store)
    name = registry.registered_name("birds", "smallgap", (*CLASSES, "kept"))
    accept(any_store, run_id, 1, name)
    for model_id in kept_epochs(any_store, run_id).values():
        delete_checkpoint(any_store, model_id)
    assert list(kept_epochs(any_store, run_id)) == [1]
    assert load_accepted(name, any_store).classes == CLASSES


def test_a_checkpoint_that_is_gone_is_not_registered(store: Store) -> None:
    run_id, _ = make_run(store, 1)
    delete_checkpoint(store, kept_epochs(store, run_id)[1])
    for epoch in (1, 2):
        assert register_checkpoint(store, run_id, epoch, "gone", FACTS) is None
    assert registry.registered_epochs(store, run_id) == []


@pytest.mark.parametrize("name", ["never", "no/such", "a:b", "../x", "@", ""])
def test_an_unknown_name_is_one_sentence(any_store: Store, name: str) -> None:
    with pytest.raises(UserError, match="has no accepted network"):
        load_accepted(name, any_store)


def test_a_name_keeps_image_sets_apart_and_is_safe() -> None:
    names = {
        registry.registered_name(image_set, "smallgap", classes)
        for image_set in ("a", "../a: b/c", "鳥", "Vögel", "x" * 400)
        for classes in (("a", "b"), ("b", "a"), ("a, b",))
    }
    assert len(names) == 15
    for name in names:
        assert name.isascii()
        assert len(name) < 200
        assert not set("/:@ ") & set(name)
    assert registry.registered_name("Vögel!", "vgg16", ("a",)).startswith("Vogel-vgg16-")


def test_the_card_is_renewed_beside_the_weights(any_store: Store) -> None:
    run_id, _ = make_run(any_store, 1)
    name = registry.registered_name("birds", "smallgap", (*CLASSES, "card"))
    registered = accept(any_store, run_id, 1, name)
    for text in ("# first\n", "# zweite Fassung 鳥\n"):
        registry.write_card(any_store, registered, text, text * 2000)
        assert read_card(any_store, registered) == text
        version = any_store.client.get_model_version(name, str(registered.version))
        assert version.description == (text * 2000)[:5000]
        assert version.run_id == run_id
    missing = replace(registered, epoch=9)
    with pytest.raises(MissingArtifact):
        registry.write_card(any_store, missing, "x", "x")


def test_a_new_model_names_todays_loader(store: Store) -> None:
    """The name is written into the registry for good; the golden store holds the former one."""
    run_id, _ = make_run(store, 1)
    accept(store, run_id, 1, registry.registered_name("birds", "smallgap", (*CLASSES, "loader")))
    location = checkpoint_location(store, kept_epochs(store, run_id)[1])
    mlmodel = read_bytes(store, location, "MLmodel")
    assert b"loader_module: saliencnn.models.served\n" in mlmodel


@pytest.mark.parametrize("epoch", [None, "newest", "-1"])
def test_a_version_that_names_no_epoch_is_refused(store: Store, epoch: str | None) -> None:
    """Somebody else registered it; no epoch must be taken in its place."""
    run_id, _ = make_run(store, 1)
    name = registry.registered_name("birds", "smallgap", (*CLASSES, f"foreign {epoch}"))
    store.client.create_registered_model(name)
    source = checkpoint_location(store, kept_epochs(store, run_id)[1])
    tags = {} if epoch is None else {"saliencnn.epoch": epoch}
    store.client.create_model_version(name, source, run_id=run_id, tags=tags)
    store.client.set_registered_model_alias(name, registry.ALIAS, "1")
    for read in (registry.find_accepted, load_accepted):
        with pytest.raises(UserError, match="is no checkpoint of this program"):
            read(name, store)


def test_weights_that_do_not_fit_their_description_are_an_error(store: Store) -> None:
    run_id, _ = make_run(store, 1)
    name = registry.registered_name("birds", "smallgap", (*CLASSES, "tampered"))
    accept(store, run_id, 1, name)
    model_id = kept_epochs(store, run_id)[1]
    location = checkpoint_location(store, model_id)
    write_files(store, location, {"network.json": replace(FACTS, arch="os.system").encode()}, "")
    with pytest.raises(UserError, match=r"'os\.system' is unknown"):
        load_accepted(name, store)
    assert read_checkpoint(store, model_id)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((40, 40, 3), np.uint8),
        np.zeros((1, 3, 40, 40), np.uint8),
        np.zeros((1, 40, 40, 3), np.float32),
        np.zeros((0, 40, 40, 3), np.uint8),
    ],
)
def test_images_of_another_form_are_refused(store: Store, images: np.ndarray) -> None:
    run_id, _ = make_run(store, 1)
    name = registry.registered_name("birds", "smallgap", (*CLASSES, "form"))
    accept(store, run_id, 1, name)
    with pytest.raises(UserError, match=r"uint8 \(N, H, W, 3\)"):
        load_accepted(name, store).predict(images)
