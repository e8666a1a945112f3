"""BBMP's masks of one image from several starts: kept with the run, and what they say."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from pipelines.trust.answers import MapQuery
from pipelines.trust.mask_spread import STARTS, read_spread, show_mask_spread
from saliencnn.data.decode import decode_image
from saliencnn.store.artifacts import list_files, location_of
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.images import read_image, read_index
from saliencnn.store.runs import RunInfo


@pytest.fixture
def query(store: Store, tiny_run: RunInfo) -> MapQuery:
    """Ask about the image that the network is surest of, so that there is something to delete."""
    index = read_index(store, tiny_run.images_id)
    predictions = read_predictions(store, tiny_run.run_id, tiny_run.epoch)
    row = predictions[predictions["confidence"].argmax()]
    surest, target = int(row["image"]), int(row["predicted"])
    image = decode_image(read_image(store, tiny_run.images_id, index, surest), "surest")
    return MapQuery(store, tiny_run, tiny_run.epoch, image, surest, target, ("gradcam", "bbmp"))


def test_the_spread_is_that_of_the_masks_and_is_kept(query: MapQuery) -> None:
    assert read_spread(query) is None
    told: list[tuple[float, str]] = []
    found = show_mask_spread(query, lambda share, words: told.append((share, words)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    for n in range(1, 5):
        assert any(f"start {n} of {len(STARTS)}" in words for _, words in told)
    assert found.starts == STARTS
    assert found.maps.shape[0] == len(found.objectives) == len(STARTS)
    assert 0 <= found.maps.min() <= found.maps.max() <= 1
    assert found.maps[0].std() > 0
    np.testing.assert_allclose(found.mean, found.maps.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.deviation, found.maps.std(axis=0), atol=1e-6)
    pairs = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in combinations(found.maps, 2)]
    assert found.correlation == pytest.approx(np.mean(pairs), abs=1e-4)
    assert found.correlation < 0.999, "starts end at different masks"

    told.clear()
    again = show_mask_spread(query, lambda share, words: told.append((share, words)))
    assert not told, "nothing is computed twice"
    kept = read_spread(query)
    assert kept is not None
    for other in (again, kept):
        np.testing.assert_array_equal(other.maps, found.maps)
        assert other.correlation == found.correlation
    assert read_spread(replace(query, target=query.target + 1)) is None


def test_an_image_from_outside_leaves_nothing_and_a_cancelled_search_too(query: MapQuery) -> None:
    location = location_of(query.store, query.run.run_id)
    before = list_files(query.store, location, "checks/spread")

    def cancel(share: float, _words: str) -> None:
        if share > 0.1:
            raise KeyboardInterrupt

    other = replace(query, target=(query.target + 1) % 2)
    with pytest.raises(KeyboardInterrupt):
        show_mask_spread(other, cancel)
    assert read_spread(replace(query, image=None)) is None
    assert list_files(query.store, location, "checks/spread") == before
