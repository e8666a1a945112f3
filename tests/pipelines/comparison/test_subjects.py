"""Of which images may be asked why networks err: a class, and the kinds of thing above it."""

import numpy as np
import pytest

from pipelines.comparison.subject import MAX_IMAGES
from pipelines.comparison.subject_keys import EVERYTHING, all_of, present_key
from pipelines.comparison.subjects import find_subjects
from saliencnn.data.wordnet import ClassGroup

CLASSES = ("robin", "jay", "hen", "boat")
BIRD = ClassGroup("bird", ("bird",), (0, 1, 2))
SONGBIRD = ClassGroup("songbird", ("songbird",), (0, 1))
VEHICLE = ClassGroup("vehicle", ("vehicle",), (3,))
TRUE = np.repeat(np.arange(4), (2, 8, 10, 200))


def miss(*images: int) -> np.ndarray:
    right = np.ones(len(TRUE), bool)
    right[list(images)] = False
    return right


def test_the_narrowest_kind_that_is_missed_often_enough_follows_the_class() -> None:
    right = np.stack([miss(1, 3, 4, 5), miss(1, 12, 13, 14, 15)])
    found = find_subjects(0, CLASSES, [BIRD, SONGBIRD, VEHICLE], TRUE, right)
    assert [one.key for one in found] == ["robin", all_of("bird")]
    robin, bird = found
    assert [one.things for one in found] == ['"robin"', "birds"]
    assert not robin.enough
    assert bird.enough
    assert bird.images.tolist() == list(range(20))
    assert bird.missed.tolist() == [4, 5]
    assert bird.counted == "4 to 5 of 20 missed"
    assert bird.sides == (8, 19), "one is missed by both"
    songs = find_subjects(0, CLASSES, [BIRD, SONGBIRD], TRUE, miss(1, 3, 4, 5, 6)[None])
    assert [one.key for one in songs][:3] == ["robin", all_of("songbird"), all_of("bird")]
    assert songs[-1].key == EVERYTHING, "all missed ones are among those explained"


def test_what_is_lacking_is_told_of_the_side_with_fewer_images() -> None:
    right = np.stack([miss(*range(2, 6)), miss(2, 3), miss()])
    jay = find_subjects(1, CLASSES, [], TRUE, right)[0]
    assert not jay.enough
    assert jay.lacking == "only 4 of its 8 images are missed by any network, 5 are needed"
    alone = find_subjects(1, CLASSES, [], TRUE, miss(*range(2, 9))[None])[0]
    assert alone.lacking == "only 1 of its 8 images is right with the network, 5 are needed"


def test_images_of_networks_that_are_all_right_or_all_wrong_do_not_count() -> None:
    """Each network is compared with itself alone."""
    right = np.stack([miss(), miss(*range(10, 20))])
    hen = find_subjects(2, CLASSES, [], TRUE, right)[0]
    assert (hen.sides, hen.enough) == ((0, 0), False)
    assert (hen.seen, hen.lacking) == (
        (10, 10),
        "no network misses enough of them and gets enough right",
    )
    robin = find_subjects(0, CLASSES, [], TRUE, np.stack([miss(0, 1), miss()]))[0]
    assert robin.lacking == "it has 2 images, and 5 missed and 5 right ones are needed"


def test_a_kind_that_a_person_chose_is_there() -> None:
    found = find_subjects(0, CLASSES, [BIRD, SONGBIRD], TRUE, miss()[None], all_of("bird"))
    assert [one.key for one in found] == ["robin", all_of("bird")]


def test_a_kind_that_the_class_is_not_of_comes_last_where_it_may() -> None:
    right = miss(1, *range(20, 30))[None]
    key = all_of("vehicle")
    kinds = [BIRD, VEHICLE]
    assert key not in [one.key for one in find_subjects(0, CLASSES, kinds, TRUE, right, key)]
    found = find_subjects(0, CLASSES, kinds, TRUE, right, key, anywhere=True)
    assert [one.key for one in found] == ["robin", EVERYTHING, key]
    assert [one.class_name for one in found] == ["robin", "robin", "boat"], "what a link names"
    assert (found[-1].things, found[-1].known) == ("vehicles", 200)
    of_it = find_subjects(3, CLASSES, kinds, TRUE, right, key, anywhere=True)
    assert [one.key for one in of_it].count(key) == 1


def test_of_a_class_alone_it_is_said_where_nothing_can_be_said() -> None:
    right = np.stack([miss(2), miss(2, 3)])
    jay = find_subjects(1, CLASSES, [], TRUE, right)[0]
    assert jay.alone == (
        '"jay" as a class does not tell: only 2 of its 8 images are missed by any network, '
        "5 are needed."
    )
    hen = find_subjects(2, CLASSES, [], TRUE, miss(*range(10, 15))[None])[0]
    assert hen.alone == ""


def test_of_a_class_alone_all_its_images_are_counted() -> None:
    """Not only those explained; where these alone are too few, it is said of them."""
    boat = find_subjects(3, CLASSES, [], TRUE, miss(*range(20, 220))[None])[0]
    assert len(boat.images) == MAX_IMAGES
    assert boat.alone.endswith(": none of its 200 images is right with the network, 5 are needed.")
    few = np.flatnonzero(TRUE == 3)[1:15:2]  # of which none is taken evenly
    sampled = find_subjects(3, CLASSES, [], TRUE, np.stack([miss(*few), miss()]))[0]
    assert (sampled.known_missed.max(), sampled.known_seen) == (7, (7, 200))
    assert not sampled.enough
    assert "none of the 96 of 200 images explained is missed by any network" in sampled.alone


def test_of_one_network_all_missed_images_come_first() -> None:
    right = miss(*range(20, 220, 8))[None]
    *_, everything = find_subjects(3, CLASSES, [VEHICLE], TRUE, right)
    assert everything.key == EVERYTHING
    assert {*np.flatnonzero(~right[0])} <= {*everything.images}
    assert (len(everything.images), everything.known) == (MAX_IMAGES, len(TRUE))
    assert everything.missed.tolist() == everything.known_missed.tolist() == [25]
    assert everything.counted == "25 of 220 missed"
    assert everything.describe_taken(25, 71) == "all 25 missed and 71 of 195 correct images"
    # The correct ones are taken from all over: no neighbour is far away.
    taken = everything.images[right[0][everything.images]]
    assert np.diff(taken).max() <= 2 * 195 / 71 + 2


def test_of_more_missed_images_as_many_are_correct_where_there_are() -> None:
    *_, half = find_subjects(3, CLASSES, [VEHICLE], TRUE, miss(*range(20, 220, 2))[None])
    assert half.missed.tolist() == [MAX_IMAGES // 2]
    *_, most = find_subjects(3, CLASSES, [VEHICLE], TRUE, miss(*range(10, 220))[None])
    assert most.missed.tolist() == [MAX_IMAGES - 10]
    assert most.describe_taken(86, 10) == "86 of 210 missed and all 10 correct images"


def test_images_that_stand_for_all_hold_as_many_missed_ones() -> None:
    right = miss(*range(20, 220, 8))[None]
    *_, everything = find_subjects(3, CLASSES, [VEHICLE], TRUE, right)
    correct = right[0][everything.images]
    fair = everything.take_even(correct)
    assert correct[fair].sum() == 71
    assert (~correct[fair]).sum() == round(71 * 25 / 195)
    few = find_subjects(0, CLASSES, [], TRUE, miss()[None])[0]
    assert few.take_even(np.ones(2, bool)).tolist() == [0, 1]


def test_of_several_networks_images_are_taken_evenly() -> None:
    right = np.stack([miss(*range(20, 220, 8)), miss(*range(21, 220, 8))])
    *_, everything = find_subjects(3, CLASSES, [VEHICLE], TRUE, right)
    assert np.diff(everything.images).max() <= 3
    assert everything.sampled == "96 of 220 images"


def test_nothing_is_offered_where_nothing_is_missed() -> None:
    (robin,) = find_subjects(0, CLASSES, [BIRD, SONGBIRD], TRUE, miss()[None])
    assert robin.counted == "0 of 2 missed"
    (empty,) = find_subjects(0, CLASSES, [BIRD], TRUE[TRUE > 2], miss()[None, TRUE > 2])
    assert not len(empty.images)
    assert not empty.enough


@pytest.mark.parametrize(
    ("kept", "key"),
    [
        ("all of artifact", "all of things made by people"),
        ("all of dog", "all of dog"),
        ("artifact", "artifact"),  # a class of somebody's own
        ("", ""),
    ],
)
def test_a_kept_key_is_todays(kept: str, key: str) -> None:
    assert present_key(kept) == key
