"""Plurals of what people search for."""

import pytest

from saliencnn.common.plurals import pluralize, search_words


@pytest.mark.parametrize(
    ("noun", "plural"),
    [
        ("dog", "dogs"),
        ("fox", "foxes"),
        ("fish", "fishes"),
        ("finch", "finches"),
        ("butterfly", "butterflies"),
        ("monkey", "monkeys"),
        ("wolf", "wolves"),
        ("knife", "knives"),
        ("bus", "buses"),
        ("glass", "glasses"),
        ("baked goods", "baked goods"),
        ("Canis familiaris", "Canis familiaris"),
        ("bird of prey", "birds of prey"),
        ("New World monkey", "New World monkeys"),
        ("fungus", "fungi"),
    ],
)
def test_nouns_have_their_plural(noun: str, plural: str) -> None:
    assert pluralize(noun) == plural


def test_a_plural_that_begins_with_its_singular_stands_for_both() -> None:
    assert search_words(["dog", "butterfly", "dogs"]) == ["dogs", "butterfly", "butterflies"]
