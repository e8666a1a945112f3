from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.data.classset import ClassSet
from saliencnn.store.artifacts import location_of, read_bytes, write_files
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import read_evaluation, write_evaluation
from saliencnn.store.mapcache import MapKey, as_kept, read_maps, write_maps
from tests.saliencnn.store.test_evaluations import make_facts, make_results

KEY = MapKey("m" * 64, "i" * 64, 3, "gradcam", "size 224")
CLASSES = ClassSet("birds", ("a", "b", "c"))


def make_evaluation(store: Store, digest: str, weights: str = "") -> EvaluationInfo:
    facts = make_facts(digest, weights=weights, images=digest[::-1].ljust(64, "0"))
    return read_evaluation(store, write_evaluation(store, facts, CLASSES, make_results(), None))


def test_what_was_kept_is_read(any_store: Store) -> None:
    info = make_evaluation(any_store, "kept")
    rng = np.random.default_rng(0)
    keys = [replace(KEY, target=t, method=m) for t in (0, 1) for m in ("cam", "gradient")]
    maps = {key: rng.normal(size=(7, 5)) * 10.0**-n for n, key in enumerate(keys)}
    assert read_maps(any_store, info, keys) == {}
    write_maps(any_store, info, maps)
    other = replace(KEY, image="j" * 64)
    read = read_maps(any_store, info, [*keys, other])
    assert read.keys() == maps.keys()
    for key, saliency in maps.items():
        assert read[key].dtype == np.float32
        np.testing.assert_allclose(read[key], saliency, atol=abs(saliency).max() / 2000)
        np.testing.assert_array_equal(read[key], as_kept(saliency))


@pytest.mark.parametrize("name", ["model", "image", "target", "method", "options"])
def test_each_part_of_the_key_tells_maps_apart(store: Store, name: str) -> None:
    info = make_evaluation(store, "apart")
    write_maps(store, info, {KEY: np.ones((2, 2))})
    other: MapKey = replace(KEY, **{name: 4 if name == "target" else "other"})  # type: ignore[arg-type]
    assert list(read_maps(store, info, [KEY, other])) == [KEY]


def test_evaluations_of_one_network_share_its_maps(store: Store) -> None:
    first = make_evaluation(store, "shares")
    second = make_evaluation(store, "shared", weights=first.run_id)
    write_maps(store, second, {KEY: np.ones((2, 2))})
    assert list(read_maps(store, first, [KEY])) == [KEY]


def test_a_file_cut_short_or_of_something_else_is_none(store: Store) -> None:
    info = make_evaluation(store, "cut")
    location = location_of(store, info.run_id)
    write_maps(store, info, {KEY: np.random.default_rng(0).random((7, 7))})
    whole = read_bytes(store, location, f"{KEY.folder}/{KEY.name}")
    other = replace(KEY, image="other")
    for content in (b"", whole[:10], whole[: len(whole) // 2], whole[:-1], b"\x80\x04junk" * 50):
        write_files(store, location, {KEY.name: content}, KEY.folder)
        assert read_maps(store, info, [KEY]) == {}
    write_files(store, location, {other.name: whole}, other.folder)
    assert read_maps(store, info, [other]) == {}
    write_files(store, location, {KEY.name: whole}, KEY.folder)
    assert list(read_maps(store, info, [KEY])) == [KEY]


@pytest.mark.parametrize("saliency", [np.zeros((3, 3)), np.full((3, 3), 1e-30)])
def test_maps_without_relief_are_kept_as_they_are(store: Store, saliency: np.ndarray) -> None:
    info = make_evaluation(store, "flat")
    write_maps(store, info, {KEY: saliency})
    np.testing.assert_allclose(read_maps(store, info, [KEY])[KEY], saliency, rtol=1e-3)


def test_a_map_that_is_not_finite_says_so(store: Store) -> None:
    info = make_evaluation(store, "infinite")
    write_maps(store, info, {KEY: np.array([[np.nan, 1.0]])})
    assert np.isnan(read_maps(store, info, [KEY])[KEY][0, 0])


@given(st.text(), st.text(), st.integers(0, 10**6), st.text(), st.text())
def test_no_key_builds_a_path_of_its_own(
    model: str, image: str, target: int, method: str, options: str
) -> None:
    key = MapKey(model, image, target, method, options)
    path = Path(key.folder) / key.name
    assert path.parts[:1] == ("maps",)
    assert len(path.parts) == 3
    assert ".." not in path.parts
