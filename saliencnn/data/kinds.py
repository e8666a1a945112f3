"""What people are told of a kind of thing for which WordNet has a word that misleads them."""

NAMES = {
    "artifact": "things made by people",
    "container": "containers and wheeled vehicles",
    "craft": "ships and aircraft",
    "instrument": "clocks, weapons and measuring instruments",
    "instrumentality": "tools, vehicles and furniture",
    "natural object": "seeds and fruits",
    "ray": "rays (fish)",
    "vessel": "bottles, bowls and tubs",
}
"""WordNet's word -> theirs: an artifact is a fault of an image elsewhere, an instrument plays."""


def name_kind(word: str) -> str:
    """Return what people are told of a kind of thing, by WordNet's word or by theirs."""
    return NAMES.get(word, word)
