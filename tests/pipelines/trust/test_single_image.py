"""One image under a check: computed once, kept with the run, and what the checks say it is."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.training.request import Request
from pipelines.training.run import train
from pipelines.trust.answers import MapQuery
from pipelines.trust.single_image import show_check
from saliencnn.checks.evidence import CurveComparison, MapComparison
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.progress import Progress
from saliencnn.data.decode import decode_image
from saliencnn.maps.history import MapHistory
from saliencnn.store.artifacts import list_files, location_of
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_class_maps, read_predictions
from saliencnn.store.images import read_image, read_index
from saliencnn.store.runs import RunInfo, read_run

IMAGE = 3
METHODS = ("gradcam", "gradxinput")


def quiet(_share: float, _words: str) -> None:
    pass


def show_maps(
    query: MapQuery, check: str, report: Progress = quiet, **options: object
) -> MapComparison:
    found = show_check(query, check, report, options)
    assert isinstance(found, MapComparison)
    return found


def show_variance(
    query: MapQuery, signal: str, strength: float, report: Progress = quiet, **options: object
) -> MapComparison:
    return show_maps(query, "variance", report, signal=signal, strength=strength, **options)


@pytest.fixture
def query(store: Store, seeded_run: RunInfo) -> MapQuery:
    return ask(store, seeded_run)


def ask(store: Store, run: RunInfo) -> MapQuery:
    """Ask about the maps of an image with its true class as target."""
    index = read_index(store, run.images_id)
    image = decode_image(read_image(store, run.images_id, index, IMAGE), index.names[IMAGE])
    return MapQuery(store, run, run.epoch, image, IMAGE, int(index.labels[IMAGE]), METHODS)


def kept(query: MapQuery, check: str) -> list[str]:
    return list_files(query.store, location_of(query.store, query.run.run_id), f"checks/{check}")


def test_the_first_map_is_the_logged_one(query: MapQuery) -> None:
    found = show_variance(query, "constant", 1.0)
    track = MapHistory()
    logged_maps = read_class_maps(query.store, query.run.run_id, [query.epoch], query.target)
    for table in logged_maps[query.epoch]:
        track.add(query.epoch, table, IMAGE)
    logged = track.maps["gradcam"][query.epoch]
    tolerance = 2e-3 * logged.max()
    np.testing.assert_allclose(found.maps["gradcam"][0], logged, atol=tolerance)


def test_an_exact_signal_moves_the_methods_that_see_pixels_alone(query: MapQuery) -> None:
    found = show_variance(query, "checkerboard", 1.0)
    assert found.names == ("before", "after")
    assert found.logit_change[0] <= found.tolerance
    assert found.similarity["spearman"]["gradcam"][0] > 0.999
    assert found.similarity["spearman"]["gradxinput"][0] < 0.95
    before, after = found.maps["gradcam"]
    np.testing.assert_allclose(after, before, atol=1e-4 * before.max())


def test_another_image_as_signal(query: MapQuery) -> None:
    by_other = show_variance(query, "image", 1.0, other=5)
    by_third = show_variance(query, "image", 1.0, other=6)
    assert by_other.logit_change[0] <= by_other.tolerance
    first, second = (found.maps["gradxinput"] for found in (by_other, by_third))
    np.testing.assert_array_equal(first[0], second[0])
    assert np.abs(first[1] - second[1]).max() > 0.01 * np.abs(first[0]).max()
    with pytest.raises(UserError, match="needs an image"):
        show_variance(query, "image", 1.0)


def test_an_answer_is_computed_once_a_method(query: MapQuery) -> None:
    told: list[float] = []
    first = show_variance(query, "noise", 0.5, lambda s, _: told.append(s))
    before, calls = kept(query, "variance"), len(told)
    again = show_variance(query, "noise", 0.5, lambda s, _: told.append(s))
    assert len(told) == calls > 0, "the second time it is read"
    assert kept(query, "variance") == before
    for method in METHODS:
        np.testing.assert_array_equal(again.maps[method], first.maps[method])
    more = replace(query, methods=(*METHODS, "gradient"))
    joined = show_variance(more, "noise", 0.5, lambda s, _: told.append(s))
    assert list(joined.maps) == [*METHODS, "gradient"]
    assert len(kept(query, "variance")) == len(before) + 1, "the new method's answer alone"
    assert len(told) > calls


def test_an_image_from_outside_leaves_nothing_behind(query: MapQuery) -> None:
    before = kept(query, "variance")
    own = replace(query, image=None, pixels=query.pixels[::-1].copy())
    found = show_variance(own, "constant", 2.0)
    assert found.maps["gradcam"].shape[0] == 2
    assert kept(query, "variance") == before


def test_randomization_goes_block_by_block(query: MapQuery) -> None:
    cascading = show_maps(query, "randomization")
    alone = show_maps(query, "randomization", blocks="independent")
    assert cascading.names == alone.names
    assert cascading.names[0] == "trained"
    count = len(cascading.names) - 1
    assert count >= 2
    for method in METHODS:
        first, second = (found.maps[method] for found in (cascading, alone))
        assert len(first) == len(second) == count + 1
        # Up to the first block both have the same network, then no more.
        np.testing.assert_array_equal(first[:2], second[:2])
        assert not np.array_equal(first[2], second[2])
    assert cascading.similarity["spearman"]["gradxinput"][-1] < 0.9


def test_labels_need_a_control_network(query: MapQuery) -> None:
    with pytest.raises(UserError, match="--shuffle-labels true"):
        show_maps(query, "labels")


def test_a_control_network_is_compared(store: Store) -> None:
    runs = []
    for randomized in (False, True):
        hp = Hyperparameters(epochs=1, batch_size=16, shuffle_labels=randomized)
        data = "planted:train=48,validation=16,counterfactual=0,size=48,seed=17"
        runs.append(read_run(store, train(store, Request(data, image_size=48, hyperparameters=hp))))
    found = show_maps(ask(store, runs[0]), "labels")
    assert found.names == ("true labels", "randomized labels")
    other = show_variance(ask(store, runs[1]), "constant", 0.0)
    for method in METHODS:
        np.testing.assert_allclose(found.maps[method][1], other.maps[method][0], rtol=1e-4)


def test_stability_shows_what_moved(query: MapQuery) -> None:
    found = show_maps(query, "stability")
    assert found.names == ("the image", "noise", "shift")
    assert (found.logit_change >= 0).all()
    for method in METHODS:
        assert len(found.maps[method]) == 3
        assert not np.array_equal(found.maps[method][0], found.maps[method][1])
        assert (found.similarity["spearman"][method] <= 1).all()


def test_curves_begin_and_end_at_the_images_own_probability(query: MapQuery) -> None:
    found = show_check(query, "faithfulness", quiet)
    assert isinstance(found, CurveComparison)
    rows = read_predictions(query.store, query.run.run_id, query.epoch)
    assert int(rows["true"][IMAGE]) == query.target
    scored = float(rows["true_confidence"][IMAGE])
    assert set(found.fractions) == {"deletion", "insertion", "road"}
    for method in METHODS:
        for kind, place in (("deletion", 0), ("insertion", -1), ("road", 0)):
            assert found.own[kind][method][place] == pytest.approx(scored, abs=1e-4)
            np.testing.assert_allclose(
                found.random_baseline[kind][method][:, place], scored, atol=1e-4
            )
        assert 0 <= found.beaten[method] <= 1
    again = show_check(query, "faithfulness", lambda *_: pytest.fail("the second time it is read"))
    assert isinstance(again, CurveComparison)
    assert again.beaten == found.beaten


def test_a_missing_checkpoint_is_a_sentence(query: MapQuery) -> None:
    with pytest.raises(UserError, match="keeps no checkpoint of epoch 9"):
        show_maps(replace(query, epoch=9), "stability")
