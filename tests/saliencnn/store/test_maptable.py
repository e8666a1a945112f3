import io

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saliencnn.store.codec import decode_array
from saliencnn.store.maptable import (
    Layout,
    MapTable,
    decode_span,
    encode,
    pack_maps,
    row_type,
    unpack_maps,
)

CLASSES = 7
METHODS = ("cam", "gradcam", "gradcampp")


def make_table(targets: list[int], shape: tuple[int, int] = (3, 4)) -> MapTable:
    rng = np.random.default_rng(len(targets))
    rows = np.zeros(len(targets), row_type(len(METHODS), *shape))
    rows["image"], rows["target"] = rng.permutation(len(targets)), targets
    for name in ("true", "predicted"):
        rows[name] = rng.integers(0, CLASSES, len(targets))
    for name in ("confidence", "target_confidence", "focus", "head_focus"):
        rows[name] = rng.random(rows[name].shape)
    pack_maps(rows, rng.standard_normal((len(targets), len(METHODS), *shape)))
    return MapTable(METHODS, rows)


def by_image(rows: np.ndarray) -> np.ndarray:
    return rows[np.argsort(rows["image"])]


@given(st.lists(st.integers(0, CLASSES - 1), max_size=40))
@example([])
@example([CLASSES - 1] * 3)
def test_what_was_encoded_is_decoded(targets: list[int]) -> None:
    table = make_table(targets)
    content, _ = encode(table, CLASSES)
    assert by_image(decode_array(content)).tobytes() == by_image(table.rows).tobytes()


@given(st.lists(st.integers(0, CLASSES - 1), max_size=40))
@example([])
@example([2, 2, 5])
def test_a_class_is_one_span_of_bytes(targets: list[int]) -> None:
    table = make_table(targets)
    content, layout = encode(table, CLASSES)
    for target in range(CLASSES):
        start, stop = layout.span(target)
        rows = decode_span(content[start:stop], layout)
        own = by_image(table.rows[table.rows["target"] == target])
        assert rows.tobytes() == own.tobytes()
        assert rows.dtype == own.dtype


def test_anybody_can_open_the_file() -> None:
    table = make_table([3, 1, 1])
    content, _ = encode(table, CLASSES)
    rows = np.load(io.BytesIO(content), allow_pickle=False)
    assert rows["target"].tolist() == [1, 1, 3]
    assert rows.dtype == table.rows.dtype


def test_the_layout_survives_json() -> None:
    _, layout = encode(make_table([0, 6]), CLASSES)
    assert Layout.from_json(layout.as_json()) == layout


@given(exponent=st.integers(-12, 12), seed=st.integers(0, 2**16))
@example(exponent=-12, seed=0)
@example(exponent=12, seed=0)
def test_maps_of_any_magnitude_keep_eleven_bits(exponent: int, seed: int) -> None:
    maps = np.random.default_rng(seed).standard_normal((4, 2, 7, 7)) * 10.0**exponent
    rows = np.zeros(4, row_type(2, 7, 7))
    pack_maps(rows, maps)
    largest = np.abs(maps).max(axis=(2, 3), keepdims=True)
    # Half a unit in the eleventh bit; below 2**-14 of the largest value, float16's finest step.
    allowed = np.abs(maps) * 2.0**-11 * 1.001 + largest * 2.0**-25
    assert (np.abs(unpack_maps(rows) - maps) <= allowed).all()


def test_a_map_of_zeros_stays_one_beside_others() -> None:
    maps = np.ones((1, 2, 3, 3), np.float32)
    maps[0, 1] = 0
    rows = np.zeros(1, row_type(2, 3, 3))
    pack_maps(rows, maps)
    np.testing.assert_array_equal(unpack_maps(rows), maps)


def test_a_map_that_is_no_number_stays_none() -> None:
    maps = np.full((1, 1, 2, 2), np.nan, np.float32)
    rows = np.zeros(1, row_type(1, 2, 2))
    pack_maps(rows, maps)
    assert np.isnan(unpack_maps(rows)).all()


@pytest.mark.parametrize("target", [0, 3, CLASSES - 1])
def test_classes_nobody_asked_for_have_empty_spans(target: int) -> None:
    _, layout = encode(make_table([]), CLASSES)
    start, stop = layout.span(target)
    assert start == stop
