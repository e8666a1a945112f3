import re
from html import unescape
from pathlib import Path

import mlflow
import numpy as np
import pytest
import torch

import saliencnn
from pipelines.review.decisions import decide
from pipelines.review.model_card import CardFacts, make_card, summarise
from pipelines.training.request import FinishedEpoch, OnEpoch, Request, ignore_epoch
from pipelines.training.run import train
from pipelines.trust.audit import audit
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.markdown import plain
from saliencnn.store import registry
from saliencnn.store.checkpoints import kept_epochs
from saliencnn.store.connection import Store
from saliencnn.store.history import read_history
from saliencnn.store.images import read_index
from saliencnn.store.registry import load_accepted
from saliencnn.store.runs import RunInfo, read_run, start_run
from tests.helpers.cards import read_card
from tests.helpers.loops import CLASSES, LoopNet, halves
from tests.helpers.stores import new_store

ROWDY = "a|b `c` [d](javascript:e) <img src=x> *f* $g$ #h \\i"


def make_run(store: Store, epochs: int = 2, on_epoch: OnEpoch = ignore_epoch) -> RunInfo:
    """Train a network of which only the newest checkpoint is kept."""
    request = Request(
        "planted:train=32,validation=16,counterfactual=8,size=48,seed=0",
        image_size=48,
        hyperparameters=Hyperparameters(epochs=epochs, batch_size=16),
        keep="last",
        name=ROWDY,
    )
    return read_run(store, train(store, request, on_epoch=on_epoch))


def holder(store: Store, run: RunInfo) -> int | None:
    """Return which of the run's epochs the alias marks."""
    found = [r.epoch for r in registry.registered_epochs(store, run.run_id) if r.accepted]
    return found[0] if found else None


def test_an_accepted_epoch_can_be_loaded_and_its_card_tells_its_numbers(
    any_store: Store,
) -> None:
    run = make_run(any_store)
    decided = decide(any_store, run.run_id, "accepted", "Looks at *heads* | always", "Ann", 2)
    assert decided.registered is not None
    name = decided.registered.name
    assert f"version {decided.registered.version} of {name}" in decided.sentence
    assert load_accepted(name, any_store).classes == read_index(any_store, run.images_id).classes
    assert read_run(any_store, run.run_id).verdicts == (decided.verdict,)
    assert read_run(any_store, run.run_id).standing == "accepted"
    card = read_card(any_store, decided.registered)
    history = read_history(any_store, [run.run_id], ["val_accuracy", "val_loss"])
    own = history[history["epoch"] == 2].set_index("metric")["value"]
    assert f"| Validation accuracy | {plain(format(own['val_accuracy'], '.1%'))} |" in card
    for wanted in (
        "16, input size 48 pixels",
        r"| batch\_size | 16 |",
        "Nobody has checked the maps of epoch 2.",
        "Ann accepted epoch 2 on ",
        r"UTC: Looks at \*heads\* \| always",
        "on the validation images of this image set only",
        f'load_accepted("{name}")',
    ):
        assert wanted in card
    version = any_store.client.get_model_version(name, str(decided.registered.version))
    assert "Looks at" in version.description


def test_rejecting_takes_the_alias_away_and_the_card_says_so(
    any_store: Store,
) -> None:
    run = make_run(any_store)
    accepted = decide(any_store, run.run_id, "accepted", "good", "Ann", 2).registered
    assert accepted is not None
    decide(any_store, run.run_id, "rejected", "early", "Bo", 1)
    assert holder(any_store, run) == 2, "another epoch was rejected"
    decide(any_store, run.run_id, "rejected", "one bad case", "Bo", 2, 5)
    assert holder(any_store, run) == 2, "one image is not the epoch"
    decided = decide(any_store, run.run_id, "rejected", "sees the sticker", "Bo")
    assert holder(any_store, run) is None
    assert accepted.name in decided.sentence
    card = read_card(any_store, accepted)
    history = card[card.index("## Verdicts") : card.index("## Limits")]
    told = [line.rpartition(": ")[2] for line in history.splitlines() if line.startswith("- ")]
    assert told == ["good", "early", "one bad case", "sees the sticker"]
    assert kept_epochs(any_store, run.run_id), "nothing was deleted"
    decide(any_store, run.run_id, "accepted", "no, it is fine", "Ann", 2)
    assert holder(any_store, run) == 2
    assert len(read_run(any_store, run.run_id).verdicts) == 5


def test_the_alias_goes_back_to_what_is_still_accepted(tmp_path: Path) -> None:
    """Of runs under one name; a rejected one and one that is deleted are passed over."""
    store = new_store(tmp_path)
    first, second, third, fourth = (make_run(store, epochs=1) for _ in range(4))
    for run in (first, second, third, fourth):
        decide(store, run.run_id, "accepted", "good", "Ann")
    decide(store, second.run_id, "rejected", "no", "Ann")
    assert holder(store, fourth) == 1, "another run was rejected"
    store.client.delete_run(third.run_id)
    decided = decide(store, fourth.run_id, "rejected", "no", "Ann")
    assert holder(store, first) == 1
    assert decided.registered is not None
    assert "version 1 again" in decided.sentence
    assert load_accepted(decided.registered.name, store).classes
    gone = decide(store, first.run_id, "rejected", "no", "Ann")
    assert "has no accepted version" in gone.sentence
    assert not [holder(store, run) for run in (first, second, fourth) if holder(store, run)]


def test_what_was_not_kept_is_accepted_but_not_registered(store: Store) -> None:
    run = make_run(store)
    assert list(kept_epochs(store, run.run_id)) == [2]
    decided = decide(store, run.run_id, "accepted", "good", "Ann", 1)
    assert "was not kept" in decided.sentence
    assert decided.registered is None
    assert read_run(store, run.run_id).standing == "accepted"
    whole = decide(store, run.run_id, "accepted", "good", "Ann")
    assert whole.registered is not None
    assert "Its last kept epoch, 2, is ready for others to use, as version " in whole.sentence
    assert holder(store, run) == 2
    rejected = decide(store, run.run_id, "rejected", "no", "Ann")
    assert whole.registered.name in rejected.sentence
    assert holder(store, run) is None


def test_accepting_a_run_leaves_the_alias_to_its_epoch_that_was_accepted_before(
    store: Store,
) -> None:
    def accept_the_first(finished: FinishedEpoch) -> None:
        if finished.epoch == 1:
            decide(store, finished.run_id, "accepted", "good already", "Ann", 1)

    run = make_run(store, epochs=3, on_epoch=accept_the_first)
    whole = decide(store, run.run_id, "accepted", "good", "Ann")
    assert "epoch 1 stays version " in whole.sentence
    assert holder(store, run) == 1


@pytest.mark.parametrize(
    ("epoch", "image", "said"),
    [
        (0, None, "has no epoch 0; its epochs are 1 to 3"),
        (4, None, "has no epoch 4; its epochs are 1 to 3"),
        (3, 48, "no image 48; the validation images are 0 to 47"),
        (3, -1, "no image -1"),
        (None, 3, "must name the epoch"),
    ],
)
def test_what_the_run_does_not_have_is_refused_and_nothing_is_kept(
    store: Store, tiny_run: RunInfo, epoch: int | None, image: int | None, said: str
) -> None:
    before = read_run(store, tiny_run.run_id).verdicts
    with pytest.raises(UserError, match=said):
        decide(store, tiny_run.run_id, "accepted", "good", "Ann", epoch, image)
    assert read_run(store, tiny_run.run_id).verdicts == before


def test_a_run_that_failed_before_its_first_epoch_can_be_rejected(store: Store) -> None:
    run_id = start_run(store, "early end", {})
    with pytest.raises(UserError, match="has no complete epoch yet"):
        decide(store, run_id, "rejected", "nothing learnt", "Ann", 1)
    decide(store, run_id, "rejected", "nothing learnt", "Ann")
    assert read_run(store, run_id).standing == "rejected"
    with pytest.raises(UserError, match="is not in the store"):
        decide(store, "a'b", "rejected", "nothing learnt", "Ann")


def test_a_card_shows_what_people_wrote_as_they_wrote_it(store: Store) -> None:
    run = make_run(store)
    decide(store, run.run_id, "rejected", ROWDY, ROWDY)
    judged = read_run(store, run.run_id)
    index = read_index(store, run.images_id)
    trust = {"Input variance": {"CAM": "pass  1.00  [1.00, 1.00]  8 images"}, "Stability": {}}
    facts = CardFacts("name", judged, 2, index, "", 3, {}, trust)
    card = make_card(facts)
    for line in (summarise(facts), *card[card.index("## Data") :].splitlines()):
        bare = re.sub(r"\\.", "", line.removeprefix("## "))
        assert not set("<`[*$#") & set(bare), "a mark of Markdown that nothing precedes"
    rows = [line for line in card.splitlines() if line.startswith("|")]
    cells = {line.replace(r"\|", "").count("|") for line in rows}
    assert cells == {3, 4}, "two columns, and three in the trust table"
    assert f"| CAM | {plain('pass 1.00 [1.00, 1.00] 8 images')} | not judged |" in card
    assert "Not judged: Stability." in card
    assert "could not be read were left out" in card
    assert "not the objects" not in card
    assert "no counterfactual images without it" in card


def test_an_epoch_that_is_accepted_while_training_goes_on_is_kept(store: Store) -> None:
    def accept_the_first(finished: FinishedEpoch) -> None:
        if finished.epoch == 1:
            decide(store, finished.run_id, "accepted", "good already", "Ann", 1)

    run = make_run(store, epochs=3, on_epoch=accept_the_first)
    assert list(kept_epochs(store, run.run_id)) == [1, 3], "2 is gone, as was asked for"
    assert holder(store, run) == 1


def test_a_card_tells_what_the_checks_of_its_maps_found(store: Store) -> None:
    run = make_run(store)
    table = audit(store, run, 2, 2, ["gradcam"])
    registered = decide(store, run.run_id, "accepted", "good", "Ann", 2).registered
    assert registered is not None
    card = read_card(store, registered)
    assert "| method | Input variance |" in card
    words = plain(table["variance"]["gradcam"].result.in_words())
    assert f"| {plain('Grad-CAM')} | {words} |" in card
    assert "No sanity check has judged" in card, "two images are too few"


@pytest.mark.parametrize("channels", [1, 4])
def test_an_accepted_epoch_of_a_watched_run_says_what_it_takes_to_load_it(
    channels: int, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing here knows its network until somebody names the code that builds it."""
    model = LoopNet(channels=channels).eval()
    data = halves(24, 1, channels=channels, shape=(24, 40))
    with saliencnn.watch(model, data, classes=CLASSES, store=store, name=f"w{channels}") as watched:
        watched.epoch()
        watched.epoch()
    decided = decide(store, watched.run_id, "accepted", "Looks at the bright half", "Ann", 2)
    assert decided.registered is not None
    name = decided.registered.name
    card = unescape(read_card(store, decided.registered)).replace("\\", "")
    planes = {1: 3, 4: 4}[channels]
    assert f"uint8 (N, H, W, {planes})" in card
    assert "24 x 40" in card
    assert "not known: a loop of its own read it" in card
    monkeypatch.setenv("SALIENCNN_OWN_NETWORKS", "")
    for told in (card, str(refused(name, store))):
        assert "tests.helpers.loops:LoopNet" in told
        assert "SALIENCNN_OWN_NETWORKS=loopnet=FILE.py:FUNCTION" in told
    code = tmp_path / "nets.py"
    code.write_text(
        "from tests.helpers.loops import LoopNet\n\n\n"
        f"def build(classes):\n    return LoopNet(classes, {channels})\n"
    )
    monkeypatch.setenv("SALIENCNN_OWN_NETWORKS", f"loopnet={code}:build")
    images = np.random.default_rng(0).integers(0, 256, (2, 24, 40, planes), np.uint8)
    images[..., : min(planes, 3)] = images[..., :1]  # grey, so that one channel sees it as it is
    classifier = load_accepted(name, store)
    inputs = torch.from_numpy(images).permute(0, 3, 1, 2)[:, :channels] / 255
    with torch.no_grad():
        np.testing.assert_allclose(classifier.predict(images), model(inputs), atol=1e-4)
    uri = registry.checkpoint_location(store, kept_epochs(store, watched.run_id)[2])
    served = mlflow.pyfunc.load_model(uri)
    np.testing.assert_allclose(served.predict(images), classifier.predict(images))


def refused(name: str, store: Store) -> UserError:
    with pytest.raises(UserError) as caught:
        load_accepted(name, store)
    return caught.value
