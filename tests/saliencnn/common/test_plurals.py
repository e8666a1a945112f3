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
        ("woman", "women"),
        ("Woman", "Women"),
        ("fireman", "firemen"),
        ("German", "Germans"),
        ("human", "humans"),
        ("child", "children"),
        ("foot", "feet"),
        ("tooth", "teeth"),
        ("mouse", "mice"),
        ("mongoose", "mongooses"),
        ("ox", "oxen"),
        ("potato", "potatoes"),
        ("tomato", "tomatoes"),
        ("hero", "heroes"),
        ("mango", "mangoes"),
        ("water buffalo", "water buffaloes"),
        ("piano", "pianos"),
        ("quiz", "quizzes"),
        ("sheep", "sheep"),
        ("deer", "deer"),
        ("gulf", "gulfs"),
        ("loaf", "loaves"),
        ("lens", "lenses"),
        ("octopus", "octopuses"),
        ("Felis catus", "Felis catus"),
        ("military aircraft", "military aircraft"),
    ],
)
def test_nouns_have_their_plural(noun: str, plural: str) -> None:
    assert pluralize(noun) == plural


def test_a_plural_that_begins_with_its_singular_stands_for_both() -> None:
    assert search_words(["dog", "butterfly", "dogs"]) == ["dogs", "butterfly", "butterflies"]
    assert search_words(["woman", "sheep", "lens"]) == ["woman", "women", "sheep", "lenses"]
