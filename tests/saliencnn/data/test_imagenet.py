from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from torchvision.models import ResNet18_Weights

from saliencnn.data.imagenet import ROOT_SPANS, imagenet_classes, validation_labels


def test_classes_are_in_torchvisions_order() -> None:
    classes = imagenet_classes()
    assert len(classes) == len(set(classes.classes)) == len(set(classes.wnids)) == 1000
    theirs = ResNet18_Weights.IMAGENET1K_V1.meta["categories"]
    strange = {"crane bird", "maillot tank suit"}  # torchvision's own words for two doubles
    for name, synonyms in zip(theirs, classes.synonyms, strict=True):
        assert name in synonyms or name in strange


def test_roots_are_wordnets() -> None:
    classes = imagenet_classes()
    assert Counter(classes.roots) == {
        "animal": 398,
        "artifact": 526,
        "food": 48,
        "geological formation": 10,
        "fungus": 7,
        "natural object": 6,
        "person": 3,
        "plant": 2,
    }
    assert all(before < after for (before, _), (after, _) in pairwise(ROOT_SPANS))
    known = {
        "tench": "animal",
        "toilet paper": "artifact",
        "pizza": "food",
        "volcano": "geological formation",
        "agaric": "fungus",
        "acorn": "natural object",
        "scuba diver": "person",
        "daisy": "plant",
    }
    for name, root in known.items():
        assert classes.roots[classes.classes.index(name)] == root


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("n01440764", 0),
        ("tench", 0),
        ("Tinca tinca", 0),
        ("great_white_shark", 2),
        ("017.Great-White-Shark", 2),
        ("missile", 657),
        ("projectile", 744),
    ],
)
def test_classes_are_found_by_any_of_their_names(name: str, index: int) -> None:
    assert imagenet_classes().match([name]) == {name: index}


def test_names_of_none_or_of_several_classes_mean_nothing() -> None:
    assert imagenet_classes().match(["crane", "unicorn", ""]) == {}


def test_validation_labels_are_the_real_ones(test_data: Path) -> None:
    labels = validation_labels()
    assert len(labels) == 50_000
    assert set(Counter(labels.values()).values()) == {50}
    lines = (test_data / "imagenet-val" / "labels.txt").read_text().splitlines()
    for line in lines:
        name, label = line.split()
        assert labels[name] == int(label)
