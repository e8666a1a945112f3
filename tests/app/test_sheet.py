"""What a sheet of maps sends to the browser."""

from base64 import b64decode

import numpy as np
import pytest

from app.drawing.sheet import MAX_BYTES, REDUCED, Cell, Sheet, pack_cell, pack_prediction

IMAGE = np.full((64, 64, 3), 120, np.uint8)
RAMP = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)


def values(packed: dict) -> np.ndarray:
    flat = np.frombuffer(b64decode(packed["values"]), np.uint8)
    return flat.reshape(packed["height"], packed["width"]) / 255


def test_a_map_is_sent_row_by_row_at_its_own_resolution() -> None:
    packed = pack_cell(Cell(RAMP, ("focus 0.62",)), threshold=0)
    np.testing.assert_allclose(values(packed), RAMP, atol=0.5 / 255)
    assert (packed["caption"], packed["note"]) == (["focus 0.62"], "")


@pytest.mark.parametrize(
    ("cell", "note"),
    [
        (Cell(None, note="not logged"), "not logged"),
        (Cell(np.zeros((7, 7))), "constant map"),
        (Cell(np.full((7, 7), np.nan)), "constant map"),
    ],
)
def test_a_cell_without_a_map_says_why(cell: Cell, note: str) -> None:
    packed = pack_cell(cell, threshold=0)
    assert packed["note"] == note
    assert "values" not in packed


def test_a_map_below_the_threshold_says_so_and_can_be_enlarged() -> None:
    packed = pack_cell(Cell(0.1 * RAMP), threshold=0.25)
    assert packed["note"] == "below threshold"
    assert "values" in packed


def test_many_maps_of_pixels_are_sent_smaller_and_keep_their_mean() -> None:
    fine = np.random.default_rng(0).random((224, 224)).astype(np.float32)
    few = Sheet("", IMAGE, [("Gradient", [Cell(fine)])], ["epoch 1"]).pack()
    np.testing.assert_allclose(values(few["rows"][0]["cells"][0]), fine, atol=0.5 / 255)
    count = MAX_BYTES // fine.size + 1
    row = ("Gradient", [Cell(fine), Cell(RAMP)] * count)
    many = Sheet("", IMAGE, [row], ["epoch"] * 2 * count).pack()["rows"][0]["cells"]
    reduced, coarse = values(many[0]), values(many[1])
    assert reduced.shape == (REDUCED, REDUCED)
    expected = fine.reshape(REDUCED, 2, REDUCED, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(reduced, expected, atol=0.6 / 255)
    np.testing.assert_allclose(coarse, RAMP, atol=0.5 / 255)


def test_what_the_network_predicts_comes_from_the_first_method_that_knows() -> None:
    known = Cell(None, predicted="Ani", confidence=0.874, correct=True)
    assert pack_prediction([Cell(None), known]) == {
        "name": "Ani",
        "confidence": "87%",
        "correct": True,
    }
    assert pack_prediction([Cell(None)]) is None


def test_names_and_texts_are_lines_of_their_own() -> None:
    packed = Sheet("a\nb", IMAGE, [("CAM\nZhou 2016\n✓ 4", [Cell(RAMP)])], ["epoch\u202e 1"]).pack()
    assert packed["title"] == "a b"
    assert packed["columns"] == ["epoch 1"]
    assert packed["rows"][0]["name"] == "CAM"
    assert packed["rows"][0]["details"] == ["Zhou 2016", "✓ 4"]


def test_rows_must_match_the_columns() -> None:
    with pytest.raises(ValueError, match="zip"):
        Sheet("", IMAGE, [("CAM", [Cell(None)])], ["1", "2"]).pack()
