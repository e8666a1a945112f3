from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from threading import Barrier

import numpy as np
import pytest
from mlflow.entities import RunTag

from saliencnn.data.encode import encode_png
from saliencnn.data.image_index import ImageIndex, Images
from saliencnn.store.artifacts import location_of, write_files
from saliencnn.store.connection import Store
from saliencnn.store.images import (
    find_images,
    publish_images,
    read_all_images,
    read_image,
    read_index,
    read_region,
    read_regions,
)

SIZE = 11  # 121 pixels do not fill whole bytes


def make_images(exact: bool, seed: int = 0) -> Images:
    rng = np.random.default_rng(seed)
    encoded = tuple(encode_png(p) for p in rng.integers(0, 255, (3, SIZE, SIZE, 3), np.uint8))
    boxes = np.array([[2, 3, 4, 5], [np.nan] * 4, [0.5, 0, 1.2, 11]], np.float32)
    index = ImageIndex(
        name="birds, öäü",
        classes=("a", "b"),
        size=SIZE,
        names=("x/1", "x/2", "y/日本"),
        labels=np.array([0, 0, 1]),
        offsets=np.cumsum([0, *map(len, encoded)]),
        object_boxes=boxes,
        head_boxes=boxes[::-1].copy(),
        object_masked=np.array([exact, False, exact]),
        head_masked=np.array([False, exact, False]),
        skipped=("bad.jpg",),
    )
    masks = rng.random((3, SIZE, SIZE)) < 0.5
    return Images(index, encoded, *((masks[:2], masks[2:]) if exact else (None, None)))


@pytest.mark.parametrize("exact", [True, False])
def test_what_was_published_is_read(any_store: Store, exact: bool) -> None:
    given = make_images(exact)
    images_id = publish_images(any_store, f"round-{exact}", lambda: given)
    read = read_all_images(any_store, images_id)
    assert tuple(read.encoded) == given.encoded
    for spec in fields(ImageIndex):
        was, now = getattr(given.index, spec.name), getattr(read.index, spec.name)
        np.testing.assert_array_equal(now, was)
        assert type(now) is type(was)
    if exact:
        np.testing.assert_array_equal(read.object_masks, given.object_masks)
        np.testing.assert_array_equal(read.head_masks, given.head_masks)
    else:
        assert read.object_masks is None
        assert read.head_masks is None
    index = read_index(any_store, images_id)
    one_by_one = [read_image(any_store, images_id, index, i) for i in range(3)]
    assert tuple(one_by_one) == given.encoded


def test_images_are_published_once(any_store: Store) -> None:
    first = publish_images(any_store, "once", lambda: make_images(False))

    def never() -> Images:
        raise AssertionError("made a second time")

    assert publish_images(any_store, "once", never) == first
    assert publish_images(any_store, "another", lambda: make_images(False)) != first


def test_writers_of_the_same_images_use_those_of_who_finished_first(any_store: Store) -> None:
    inner: list[str] = []

    def overtaken() -> Images:
        inner.append(publish_images(any_store, "overtaken", lambda: make_images(False)))
        return make_images(False)

    assert publish_images(any_store, "overtaken", overtaken) == inner[0]
    assert find_images(any_store, "overtaken") == inner[0]


def test_writers_that_write_at_once_agree(any_store: Store) -> None:
    together = Barrier(4)

    def make() -> Images:
        together.wait(60)  # by now nobody has found any
        return make_images(False)

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(publish_images, any_store, "together", make) for _ in range(4)]
        found = {one.result() for one in asked}
    assert found == {find_images(any_store, "together")}
    entries = any_store.client.search_runs(
        [any_store.image_sets], "tags.`saliencnn.digest` = 'together'"
    )
    assert {one.info.run_id for one in entries} == found


@pytest.mark.parametrize("status", ["RUNNING", "FAILED", "KILLED"])
def test_an_unfinished_publication_is_never_found(store: Store, status: str) -> None:
    digest = f"unfinished-{status}"
    run_id = store.client.create_run(store.image_sets).info.run_id
    store.client.log_batch(run_id, tags=[RunTag("saliencnn.digest", digest)])
    write_files(store, location_of(store, run_id), {"index.json": b"{"}, "")
    store.client.update_run(run_id, status)
    published = publish_images(store, digest, lambda: make_images(True))
    assert published != run_id
    assert len(read_all_images(store, published).encoded) == 3


def test_a_failing_maker_leaves_nothing(store: Store) -> None:
    def fail() -> Images:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        publish_images(store, "failing", fail)
    assert read_all_images(store, publish_images(store, "failing", lambda: make_images(True)))


def test_regions_are_exact_where_masks_are_kept(any_store: Store) -> None:
    given = make_images(True)
    images_id = publish_images(any_store, "regions", lambda: given)
    index = read_index(any_store, images_id)
    assert given.object_masks is not None
    assert given.head_masks is not None
    for region, image, mask in (
        ("object", 0, given.object_masks[0]),
        ("object", 2, given.object_masks[1]),
        ("head", 1, given.head_masks[0]),
    ):
        found = read_region(any_store, images_id, index, image, region)
        np.testing.assert_array_equal(found, mask)
    assert read_region(any_store, images_id, index, 1, "object") is None
    every = np.arange(len(index))[::-1]
    for image, found in zip(
        every.tolist(), read_regions(any_store, images_id, index, every, "object"), strict=True
    ):
        single = read_region(any_store, images_id, index, image, "object")
        assert (found is None) == (single is None)
        assert found is None or np.array_equal(found, single)


def test_regions_are_boxes_where_only_these_are_known(store: Store) -> None:
    images_id = publish_images(store, "boxes", lambda: make_images(False))
    index = read_index(store, images_id)
    box = np.zeros((SIZE, SIZE), bool)
    box[3:8, 2:6] = True
    np.testing.assert_array_equal(read_region(store, images_id, index, 0, "object"), box)
    np.testing.assert_array_equal(read_region(store, images_id, index, 2, "head"), box)
    assert read_region(store, images_id, index, 1, "object") is None
    # From 0.5 to 1.7 lie the centres of the columns 0 and 1.
    narrow = read_region(store, images_id, index, 2, "object")
    assert narrow is not None
    assert narrow.any(axis=0).tolist() == [True, True] + [False] * 9
