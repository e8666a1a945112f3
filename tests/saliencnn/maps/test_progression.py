import numpy as np
import pytest

from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.planes import decode_planes
from saliencnn.maps.history import MapHistory
from saliencnn.maps.progression import compute_missing, explain_upload
from saliencnn.models.architectures import find_architecture
from saliencnn.saliency.methods import applicable
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.store.checkpoints import delete_checkpoint, kept_epochs
from saliencnn.store.computed_maps import read_computed
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_manifest, read_predictions
from saliencnn.store.images import read_image, read_index
from saliencnn.store.maptable import unpack_maps
from saliencnn.store.runs import RunInfo, read_run
from tests.helpers.maps import read_all_maps

METHODS = ("cam", "gradcam", "gradcampp", "smoothgradcampp")
SMALL = "planted:train=32,validation=16,counterfactual=0,size=32,seed=0"


@pytest.fixture(scope="module")
def squeezed_run(store: Store) -> RunInfo:
    """A run with a seed of its own, of a network whose SmoothGrad maps depend on the noise."""
    hp = Hyperparameters(epochs=2, batch_size=16, learning_rate=1e-4, seed=3)
    request = Request(SMALL, "squeezenet1_1", hyperparameters=hp, image_size=64)
    return read_run(store, train(store, request))


@pytest.fixture(params=["tiny_run", "seeded_run", "squeezed_run"])
def run(request: pytest.FixtureRequest) -> RunInfo:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def last_only(store: Store) -> RunInfo:
    """A run of two epochs with the weights of its last one."""
    hp = Hyperparameters(epochs=2, batch_size=16)
    return read_run(
        store, train(store, Request(SMALL, hyperparameters=hp, image_size=32, keep="last"))
    )


def logged_history(store: Store, run: RunInfo, image: int, target: int) -> MapHistory:
    history = MapHistory()
    for epoch in run.epochs:
        merged = MapHistory()
        for name in read_manifest(store, run.run_id, epoch).layouts:
            table = read_all_maps(store, run.run_id, epoch, name)
            rows = table.rows[table.rows["target"] == target]
            merged.add(epoch, type(table)(table.methods, rows), image)
        for method, maps in merged.maps.items():
            history.maps.setdefault(method, {}).update(maps)
            history.focus.setdefault(method, {}).update(merged.focus[method])
        history.predictions.update(merged.predictions)
    return history


def assert_similar(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, atol=2e-3 * np.abs(expected).max() + 1e-12)


def test_computing_what_was_logged_gives_the_logged_maps(store: Store, run: RunInfo) -> None:
    index, image = read_index(store, run.images_id), 3
    target = int(index.labels[image])
    logged = logged_history(store, run, image, target)
    methods = tuple(applicable(METHODS, find_architecture(run.arch)))
    assert set(logged.maps) == set(methods)
    wanted = dict.fromkeys(run.epochs, methods)
    done = compute_missing(store, run, image, target, wanted)
    assert [epoch for epoch, _ in done] == list(run.epochs)
    history = MapHistory()
    for epoch, table in done:
        history.add(epoch, table, image)
        assert table.rows["true"].tolist() == [index.labels[image]]
        assert table.rows["target"].tolist() == [target]
        assert np.isfinite(table.rows["head_focus"]).all()
    for method in methods:
        for epoch in run.epochs:
            assert_similar(history.maps[method][epoch], logged.maps[method][epoch])
            focus = history.focus[method][epoch]
            assert focus == pytest.approx(logged.focus[method][epoch], abs=3e-3, nan_ok=True)
    for epoch in run.epochs:
        was, now = logged.predictions[epoch], history.predictions[epoch]
        assert was.predicted == now.predicted
        assert was.confidence == pytest.approx(now.confidence, abs=1e-5)
        assert was.target_confidence == pytest.approx(now.target_confidence, abs=1e-5)


def test_computed_maps_are_stored_and_no_longer_missing(store: Store, tiny_run: RunInfo) -> None:
    wrong = read_predictions(store, tiny_run.run_id, 3)
    image = int(wrong["image"][wrong["true"] != wrong["predicted"]][0])
    target = next(c for c in range(8) if not logged_history(store, tiny_run, image, c).maps)
    history = MapHistory()
    missing = history.missing(METHODS, tiny_run.epochs)
    assert missing == dict.fromkeys(tiny_run.epochs, METHODS)
    reports: list[tuple[float, str]] = []
    compute_missing(store, tiny_run, image, target, missing, lambda *done: reports.append(done))
    assert [share for share, _ in reports] == pytest.approx([1 / 3, 2 / 3, 1])
    assert reports[-1][1] == "3 of 3 checkpoints explained"
    for epoch, table in read_computed(store, tiny_run.run_id, target):
        history.add(epoch, table, image)
    assert history.missing(METHODS, tiny_run.epochs) == {}
    assert sorted(history.predictions) == [1, 2, 3]


def test_missing_names_epochs_and_methods() -> None:
    history = MapHistory(maps={"cam": {1: np.zeros((2, 2))}, "gradcam": {1: np.zeros((2, 2))}})
    assert history.missing(("cam", "gradcam"), [1]) == {}
    assert history.missing(("cam", "gradcampp"), [1, 2]) == {
        1: ("gradcampp",),
        2: ("cam", "gradcampp"),
    }


def test_complete_maps_stay_stored_if_the_caller_stops(store: Store, seeded_run: RunInfo) -> None:

    def stop(_share: float, _words: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compute_missing(store, seeded_run, 5, 7, {1: ("cam",), 2: ("cam",)}, stop)
    kept = [
        (epoch, table.rows["image"].tolist())
        for epoch, table in read_computed(store, seeded_run.run_id, 7)
    ]
    assert kept == [(1, [5])]


def test_a_stored_image_as_an_upload_gives_the_logged_maps(store: Store, run: RunInfo) -> None:
    index, image = read_index(store, run.images_id), 6
    target = int(index.labels[image])
    pixels = decode_planes([read_image(store, run.images_id, index, image)])[0]
    inputs = pixels.permute(1, 2, 0).numpy().copy()
    followed = explain_upload(store, run, inputs, target, METHODS, MapHistory())
    history, shown, explained = followed.history, followed.pixels, followed.target
    np.testing.assert_array_equal(shown, inputs)
    assert explained == target
    logged = logged_history(store, run, image, target)
    assert set(history.maps) == set(applicable(METHODS, find_architecture(run.arch)))
    for method, maps in history.maps.items():
        assert sorted(maps) == list(run.epochs)
        for epoch, found in maps.items():
            if method in logged.maps:
                assert_similar(found, logged.maps[method][epoch])


@pytest.mark.parametrize("shape", [(1, 1), (31, 47), (200, 33), (48, 48), (9, 400)])
def test_images_of_any_size_can_be_uploaded(
    store: Store, tiny_run: RunInfo, shape: tuple[int, int]
) -> None:
    image = np.random.default_rng(0).integers(0, 255, (*shape, 3), np.uint8)
    followed = explain_upload(store, tiny_run, image, None, ("cam", "gradcam"), MapHistory())
    history, shown, target = followed.history, followed.pixels, followed.target
    assert shown.shape == (48, 48, 3)
    newest = history.predictions[3]
    assert newest.predicted == target
    (second, likely), (third, least) = newest.next_likely
    assert len({target, second, third}) == 3
    assert newest.confidence >= likely >= least
    assert history.maps["cam"][1].shape == (6, 6)
    assert np.isnan(list(history.focus["cam"].values())).all()


def test_epochs_without_weights_are_absent(store: Store, last_only: RunInfo) -> None:
    done = compute_missing(store, last_only, 0, 5, {1: ("cam",), 2: ("cam", "gradcam")})
    assert [(epoch, table.methods) for epoch, table in done] == [(2, ("cam", "gradcam"))]
    image = np.zeros((50, 40, 3), np.uint8)
    history = explain_upload(store, last_only, image, None, ("cam",), MapHistory()).history
    assert list(history.maps["cam"]) == [2]
    assert history.missing(("cam",), last_only.epochs) == {1: ("cam",)}


def test_a_run_without_any_weights_says_so(store: Store) -> None:
    hp = Hyperparameters(epochs=1, batch_size=16)
    run = read_run(store, train(store, Request(SMALL, hyperparameters=hp, image_size=32)))
    for model_id in kept_epochs(store, run.run_id).values():
        delete_checkpoint(store, model_id)
    with pytest.raises(MissingArtifact):
        explain_upload(store, run, np.zeros((50, 40, 3), np.uint8), None, ("cam",), MapHistory())
    assert compute_missing(store, run, 0, 0, {1: ("cam",)}) == []
    table = read_all_maps(store, run.run_id, 1, "maps.npy")
    assert unpack_maps(table.rows).any()


def test_an_uploaded_image_is_explained_once(store: Store, tiny_run: RunInfo) -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 50, 3), dtype=np.uint8)
    calls: list[float] = []
    history = explain_upload(store, tiny_run, image, 1, ("cam",), MapHistory()).history
    known = dict(history.maps["cam"])
    more = explain_upload(
        store, tiny_run, image, 1, ("cam", "gradcam"), history, lambda n, _: calls.append(n)
    ).history
    assert calls == pytest.approx([1 / 3, 2 / 3, 1])
    assert all(more.maps["cam"][epoch] is known[epoch] for epoch in known)
    again = explain_upload(
        store, tiny_run, image, 1, ("cam", "gradcam"), more, lambda n, _: calls.append(n)
    )
    assert calls == pytest.approx([1 / 3, 2 / 3, 1])
    assert set(again.history.maps) == {"cam", "gradcam"}


def test_maps_of_any_resolution_are_kept(store: Store, seeded_run: RunInfo) -> None:
    """Pixel methods have the image's resolution, the others the target layer's."""
    methods, fractions = ("gradient", "gradcam", "smoothgrad"), list[float]()
    compute_missing(
        store, seeded_run, 3, 6, {2: methods}, lambda share, _words: fractions.append(share)
    )
    assert len(fractions) > 16, "SmoothGrad reports its copies"
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    history = MapHistory()
    for epoch, table in read_computed(store, seeded_run.run_id, 6):
        history.add(epoch, table, 3)
    assert {method: history.maps[method][2].shape for method in methods} == {
        "gradient": (48, 48),
        "gradcam": (6, 6),
        "smoothgrad": (48, 48),
    }
