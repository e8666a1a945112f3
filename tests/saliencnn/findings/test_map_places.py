"""Whether networks look at the same place, of regions whose place and size are known."""

from dataclasses import replace

import numpy as np

from saliencnn.findings.map_location import HALF_MAXIMUM, name_location
from saliencnn.findings.map_places import MapPlaces, Spot, describe_agreement, locate_maps

NAN = float("nan")


def places(sizes: list[float], *inside: float) -> MapPlaces:
    """Return places of networks a, b, ...; the overlaps are of ab, ac, bc, ..."""
    count = len(sizes)
    matrix = np.eye(count)
    matrix[np.triu_indices(count, 1)] = inside
    names, inside_all = tuple("abcdef"[:count]), np.maximum(matrix, matrix.T)
    return MapPlaces(names, np.array(sizes), inside_all, np.full((count, 2), 0.5))


def test_all_look_at_the_same_place_whatever_their_size() -> None:
    found = places([0.05, 0.1, 0.3], 0.95, 1.0, 0.8)
    told = found.describe()
    assert told.startswith("All 3 networks look at the same place (75% or more of the smaller")
    assert (
        "80% of the region of b lies inside that of c, 3.0 times as large (by chance 30%)" in told
    )
    assert found.explain_dissimilarity(2, 0) == (
        "they lie at the same spot, but the region of c is 6.0 times as large"
    )
    assert found.explain_dissimilarity(0, 1)


def test_different_places_are_said_and_never_explained_by_size() -> None:
    found = places([0.05, 0.1, 0.3], 0.95, 0.1, 0.3)
    assert found.describe().startswith("1 of 3 pairs of networks look at the same place")
    assert found.explain_dissimilarity(0, 2) == ""
    equal = places([0.1, 0.12], 0.9)
    assert equal.explain_dissimilarity(0, 1) == "", "the sizes do not differ"
    assert equal.describe().startswith("Both networks look at the same place: 90%")
    assert places([0.1, 0.12], 0.2).describe().startswith("Both networks look at different places")


def test_where_in_the_image_the_regions_lie() -> None:
    found = places([0.1] * 3, 1.0, 1.0, 1.0)
    assert found.describe_where() == "All 3 look at the middle of the image"
    assert found.summarize() == "Same spot, similar size, in the middle of the image"
    other = replace(found, sizes=np.array([0.05, 0.1, 0.3]))
    assert other.summarize().startswith("Same spot, other size, ")
    partly = places([0.1] * 3, 1.0, 0.1, 0.1).summarize()
    assert partly.startswith("Partly the same spot (1 of 3 pairs): ")
    nearly = places([0.1] * 4, 0.5, *[1.0] * 5).summarize()
    assert nearly.startswith("Nearly the same spot (5 of 6 pairs): ")
    assert places([0.1, 0.1], 0.5).summarize().startswith("Partly the same spot: both ")
    assert places([0.1, 0.1], 0.1).summarize().startswith("Different spots: both ")
    wide = places([0.1, 0.8], 1.0).summarize()
    assert wide == "a looks at the middle of the image, b at most of it"
    assert places([0.7, 0.8], 1.0).summarize() == "Both look at most of the image"
    apart = replace(found, centres=np.array([[0.5, 0.5], [0.4, 0.6], [0.1, 0.9]]))
    assert apart.describe_where() == "2 of 3 look at the middle of the image, c at the upper right"
    two = replace(places([0.1, 0.1], 0.1), centres=np.array([[0.5, 0.5], [0.1, 0.9]]))
    assert two.describe_where() == "a looks at the middle of the image, b at the upper right"
    empty = replace(found, centres=np.full((3, 2), NAN))
    assert empty.describe_where() == ""


def test_a_small_region_at_the_end_of_a_large_one_elsewhere_is_another_spot() -> None:
    """Of 3% and 35% of the image, one at the top and one in its middle, half overlaps."""
    large, small = np.zeros((20, 20)), np.zeros((20, 20))
    large[4:16, 4:16] = 1.0
    small[2:6, 8:11] = 1.0
    found = locate_maps(("a", "b"), [large, small], 0.5)
    assert found.inside[0, 1] == 0.5
    assert found.spot is Spot.DIFFERENT
    assert found.summarize() == (
        "Different spots: a looks at the middle of the image, b at the top"
    )
    assert found.describe().startswith("Both networks look at different places: 50%")
    inner = locate_maps(("a", "b"), [large, np.roll(large, 3, axis=0)], 0.5)
    assert inner.spot is Spot.SAME
    half = locate_maps(("a", "b"), [large, np.roll(large, 6, axis=0)], 0.5)
    assert half.spot is Spot.PARTLY, "the regions have a third of what they take in common"


def test_a_region_of_most_of_the_image_proves_no_place() -> None:
    wide = places([0.1, 0.8, 0.1], 1.0, 0.9, 1.0)
    assert "left out: 2 with a region of more than 50% of the image" in wide.describe()
    assert wide.explain_dissimilarity(0, 1) == ""
    assert "cannot be said" in places([0.1, 0.8], 1.0).describe()
    assert places([0.1, 0.2], NAN).describe() == "", "a map is empty"


def test_methods_agree_differ_or_cannot_be_told() -> None:
    left = np.zeros((6, 6))
    left[2:4, :2] = 1.0
    for other, spot, least in (
        (np.kron(left, np.ones((4, 4))), Spot.SAME, "100% of the"),
        (left[:, ::-1], Spot.DIFFERENT, "0% of the region of a"),
        (np.eye(6) < 1, None, "cannot be said: the region of b takes more than 50% of the image"),
        (np.zeros((6, 6)), None, "cannot be said: the map of b is empty"),
    ):
        found = locate_maps(("a", "b"), [left, other], 0.5)
        assert found.spot is spot
        assert least in found.describe_least()
    assert locate_maps(("a",), [left], 0.5).describe_least() == ""


def test_a_shared_place_is_named_as_below_each_map() -> None:
    """The sentence on all maps says no place that is not below one of them."""
    near, top = np.zeros((24, 24)), np.zeros((24, 24))
    near[4:12, 8:16] = 1.0
    top[1:11, 8:16] = 1.0
    names = [name_location(one).removeprefix("lies ") for one in (near, top)]
    assert names == ["between the top and the middle", "at the top"]
    told = locate_maps(("a", "b"), [near, top], HALF_MAXIMUM).summarize()
    assert told.startswith("Same spot, ")
    assert told.endswith(f"size, {' or '.join(names)} of the image")


def test_a_shared_place_is_named_as_exactly_as_all_agree() -> None:
    """Regions that overlap may have their middles on either side of a third's edge."""
    found = places([0.1] * 3, 0.8, 0.9, 1.0)
    across = replace(found, centres=np.array([[0.35, 0.5], [0.3, 0.5], [0.36, 0.5]]))
    assert across.summarize().endswith("size, between the top and the middle of the image")
    corner = replace(found, centres=np.array([[0.35, 0.5], [0.3, 0.5], [0.35, 0.3]]))
    assert corner.summarize().endswith(", between the upper left and the middle of the image")
    wider = replace(found, centres=np.array([[0.2, 0.5], [0.5, 0.5], [0.5, 0.9]]))
    assert wider.summarize().endswith(" size")
    partly = replace(across, inside=places([0.1] * 3, 0.8, 0.1, 1.0).inside)
    assert partly.summarize().endswith(
        ": all 3 look at the area between the top and the middle of the image"
    )


def test_without_a_map_nothing_is_said() -> None:
    """No method that a person has chosen may be defined for a network."""
    none = locate_maps((), [], 0.5)
    assert none.describe_least() == ""
    empty = locate_maps(("a",), [np.zeros((3, 3))], 0.5)
    assert empty.describe_least() == ""


def test_methods_agree_in_so_many_images() -> None:
    left = np.zeros((6, 6))
    left[2:4, :2] = 1.0
    pair = {True: [left, left], False: [left, left[:, ::-1]]}
    maps = np.array([pair[place < 4] for place in range(6)])
    told = describe_agreement(("a", "b"), maps, "wren")
    assert told.startswith('a and b look at the same place in only 4 of 6 images of "wren"')
    assert "look at both" in told
    empty = np.concatenate([maps, np.zeros((3, 2, 6, 6))])
    assert "4 of 6 images" in describe_agreement(("a", "b"), empty, "wren"), (
        "empty maps say nothing"
    )
    same = describe_agreement(("a", "b"), maps[[0, 1, 2, 3, 0, 1]], "wren")
    assert "6 of 6 images" in same
    assert "so one of them tells as much as all" in same
    alike = np.repeat(maps[:1], 6, axis=0)
    assert "so b alone is enough" in describe_agreement(("a", "b"), alike, "wren", "b")
    assert describe_agreement(("a", "b"), maps[:4], "wren") == "", "too few"
    assert describe_agreement(("a",), maps[:, :1], "wren") == ""
