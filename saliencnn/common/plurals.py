"""Plurals of English nouns, by which people search as much as by the singular."""

from collections.abc import Iterable, Iterator

IRREGULAR = {
    "fungus": "fungi",
    "goose": "geese",
    "mouse": "mice",
    "person": "people",
    "scarf": "scarves",
}


def pluralize(noun: str) -> str:
    """Return the plural of a noun or of its phrase, such as ``birds of prey``."""
    noun, of, rest = noun.partition(" of ")
    before, space, last = noun.rpartition(" ")
    return f"{before}{space}{_pluralize_word(last)}{of}{rest}"


def search_words(nouns: Iterable[str]) -> list[str]:
    """Return in few words all that a search for the singular or the plural of nouns finds.

    A plural that begins with its singular stands for both.
    """
    return list(dict.fromkeys(one for noun in nouns for one in _forms_of(noun)))


def _forms_of(noun: str) -> Iterator[str]:
    plural = pluralize(noun)
    if not plural.startswith(noun):
        yield noun
    yield plural


def _pluralize_word(word: str) -> str:
    if irregular := IRREGULAR.get(word):
        return irregular
    if word.endswith(("lf", "af")):
        return f"{word[:-1]}ves"
    if word.endswith("ife"):
        return f"{word[:-2]}ves"
    if word.endswith(("ch", "sh", "x", "z", "ss", "bus")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return word if word.endswith("s") else f"{word}s"  # goods, Canis familiaris
