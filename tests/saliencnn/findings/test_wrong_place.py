"""What the place at which networks look says of their mistakes, of regions that are known."""

from dataclasses import replace

import numpy as np
import pytest

from saliencnn.findings.map_facts import MapFacts
from saliencnn.findings.map_places import MapPlaces
from saliencnn.findings.wrong_place import conclude_from_places

NAMES = ("a", "b", "c", "d")
SIZES = np.array([0.22, 0.04, 0.1, 0.18])


def conclude(
    *right: bool,
    inside: dict[str, float] | None = None,
    sizes: np.ndarray = SIZES,
    method: str = "",
) -> str:
    """Conclude from four networks whose regions lie inside each other but for some pairs."""
    overlaps = np.ones((4, 4))
    for pair, share in (inside or {}).items():
        one, other = (NAMES.index(name) for name in pair)
        overlaps[one, other] = overlaps[other, one] = share
    places = MapPlaces(NAMES, sizes, overlaps, np.full((4, 2), 0.5))
    none = np.full(4, np.nan)
    facts = MapFacts(
        "image", NAMES, ("jay",) * 4, ("jay",) * 4, np.array(right), np.ones(4, int),
        np.ones(4, int), sizes, none, method=method, places=places,
    )  # fmt: skip
    return conclude_from_places(facts)


def test_a_wrong_network_at_the_same_spot_is_not_explained_by_its_place() -> None:
    assert conclude(False, True, True, True) == (
        "The wrong one, a, looks at the same spot as the right ones, but at a larger part (22% of "
        "the image; the right ones 4% to 18%), so the place does not explain its mistake; one "
        "image proves little"
    )
    smaller = conclude(True, False, True, True, method="Grad-CAM")
    assert "but at a smaller part (4% of the image; the right ones 10% to 22%)" in smaller
    assert smaller.endswith("; one image proves little (maps by Grad-CAM)")
    assert "and at about as large a part (10% of" in conclude(True, True, False, True)
    apart = conclude(False, True, True, True, inside={"ab": 0.1})
    assert "at the same spot as 2 of the right ones, but" in apart


def test_a_wrong_network_elsewhere_may_be_explained_by_it() -> None:
    away = {"ab": 0.1, "ac": 0.1, "ad": 0.1}
    said = conclude(False, True, True, True, inside=away)
    assert said.startswith("The wrong one, a, looks elsewhere than the right ones, at the middle, ")
    assert "and at a larger part (22% of" in said
    assert "so the place may explain its mistake; one" in said
    partly = conclude(False, True, True, True, inside=away | {"ac": 0.5})
    assert "looks at partly the same spot as the right ones" in partly
    assert "may or may not explain its mistake" in partly


def test_several_wrong_ones_are_told_together_where_they_look_alike() -> None:
    said = conclude(False, False, False, True)
    assert said.startswith(
        "The wrong ones, a, b and c, look at the same spot as the right one, and"
    )
    assert "(4% to 22% of the image; the right one 18%)" in said
    assert "does not explain their mistakes" in said
    said = conclude(False, False, True, True, inside={"ac": 0.1, "ad": 0.1})
    assert said.startswith("Of the 2 wrong ones, a looks elsewhere than the right ones, ")
    assert "may explain its mistake; b looks at the same spot as" in said
    assert said.count("one image proves little") == 1


@pytest.mark.parametrize("unknown", [{"ab": np.nan}, {}])
def test_an_unknown_place_explains_nothing(unknown: dict[str, float]) -> None:
    inside = {"ab": 0.1, "ac": 0.1, "ad": 0.1} | unknown
    sizes = SIZES if unknown else np.array([0.6, 0.04, 0.1, 0.18])
    said = conclude(False, True, True, True, inside=inside, sizes=sizes)
    assert said.startswith("Whether the wrong one, a, looks at the same spot as the right ones (")
    assert "% of the image; the right ones 4% to 18%) cannot be said" in said
    assert "may explain" not in said


def test_all_or_none_wrong_leaves_nothing_to_compare() -> None:
    same = "Same spot, other size, in the middle of the image"
    assert conclude(True, True, True, True) == same
    assert conclude(False, False, False, False) == (
        f"{same}; without a right network to compare, that does not tell why they are wrong"
    )


def test_without_maps_nothing_is_concluded() -> None:
    facts = MapFacts(
        "image", NAMES, NAMES, NAMES, np.ones(4, bool), np.ones(4, int), np.ones(4, int), SIZES,
        SIZES,
    )  # fmt: skip
    assert conclude_from_places(facts) == ""
    assert conclude_from_places(replace(facts, right=np.zeros(4, bool))) == ""
