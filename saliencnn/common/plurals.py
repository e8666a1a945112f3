"""Plurals of English nouns, by which people search as much as by the singular."""

from collections.abc import Iterable, Iterator

IRREGULAR = {
    "fungus": "fungi",
    "gas": "gases",
    "goose": "geese",
    "iris": "irises",
    "lens": "lenses",
    "mantis": "mantises",
    "ox": "oxen",
    "person": "people",
    "quiz": "quizzes",
    "scarf": "scarves",
}
ENDINGS = {"child": "children", "foot": "feet", "man": "men", "mouse": "mice", "tooth": "teeth"}
"""Likewise at the end of longer words, such as ``fireman``."""
REGULAR = {"caiman", "doberman", "german", "golf", "gulf", "human", "norman", "ottoman", "roman"}
"""Words with such an ending that are no exceptions."""
UNCHANGED = {
    "aircraft", "bison", "catus", "cutlery", "deer", "domesticus", "equipment", "furniture",
    "moose", "people", "salmon", "sheep", "trout", "watercraft",
}  # fmt: skip
TAKE_ES = {
    "buffalo", "cargo", "dingo", "domino", "echo", "hero", "mango", "mosquito", "potato", "tomato",
    "tornado", "torpedo", "volcano",
}  # fmt: skip
"""Of the words in -o, which mostly take -s."""


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
    known = word.lower()
    if known in UNCHANGED:
        return word
    if several := IRREGULAR.get(known):
        return word[:1] + several[1:]
    if known in REGULAR:
        return f"{word}s"
    for ending, several in ENDINGS.items():
        if known.endswith(ending):
            return f"{word[: 1 - len(ending)]}{several[1:]}"
    if word.endswith(("lf", "af")):
        return f"{word[:-1]}ves"
    if word.endswith("ife"):
        return f"{word[:-2]}ves"
    if known in TAKE_ES or word.endswith(("ch", "sh", "x", "z", "ss", "us")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return word if word.endswith("s") else f"{word}s"  # goods, Canis familiaris
