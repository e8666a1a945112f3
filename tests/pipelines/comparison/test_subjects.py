"""Of which images may be asked why networks err: a class, and the kinds of thing above it."""

import numpy as np

from pipelines.comparison.subjects import EVERYTHING, MAX_IMAGES, all_of, find_subjects
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
    assert not robin.enough
    assert bird.enough
    assert bird.images.tolist() == list(range(20))
    assert bird.missed.tolist() == [4, 5]
    assert bird.counted == "20 images, 4 to 5 missed: enough for 1 of 2 networks"
    songs = find_subjects(0, CLASSES, [BIRD, SONGBIRD], TRUE, miss(1, 3, 4, 5, 6)[None])
    assert [one.key for one in songs] == ["robin", all_of("songbird"), all_of("bird")]


def test_a_kind_that_a_person_chose_is_there() -> None:
    found = find_subjects(0, CLASSES, [BIRD, SONGBIRD], TRUE, miss()[None], all_of("bird"))
    assert [one.key for one in found] == ["robin", all_of("bird")]


def test_of_many_images_some_are_explained_and_counted() -> None:
    right = np.stack([miss(*range(20, 220, 4))])
    *_, everything = find_subjects(3, CLASSES, [VEHICLE], TRUE, right)
    assert everything.key == EVERYTHING
    assert len(everything.images) == MAX_IMAGES
    assert everything.known == len(TRUE)
    assert everything.missed.tolist() == [int((~right[0][everything.images]).sum())]
    assert everything.counted.startswith(f"{MAX_IMAGES} of 220 images, ")


def test_nothing_is_offered_where_nothing_is_missed() -> None:
    (robin,) = find_subjects(0, CLASSES, [BIRD, SONGBIRD], TRUE, miss()[None])
    assert robin.counted == "2 images, 0 missed"
    (empty,) = find_subjects(0, CLASSES, [BIRD], TRUE[TRUE > 2], miss()[None, TRUE > 2])
    assert not len(empty.images)
    assert not empty.enough
