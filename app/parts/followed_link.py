"""A link that a person followed: what it asks for, and what of it the page cannot show."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.parts.widgets import plain
from saliencnn.common.sentences import join_words, list_some

Query = dict[str, list[str]]
"""URL parameter -> its values."""
MAX_VALUE = 60
"""Characters of a value that a sentence names."""


@dataclass(frozen=True)
class Link:
    """A link that was followed, and what the page made of it.

    Attributes:
        asked: parameter -> its values, each once.
        fresh: parameters that the page has not taken over yet.
        answers: parameter -> what the page shows for it.
        names: value -> how people call it, where it is an id.
    """

    asked: Query
    fresh: set[str]
    answers: Query = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def answer(self, shown: Query) -> None:
        """Note what the page shows; once a person has chosen something else, a link is settled."""
        for name, values in shown.items():
            if name in self.asked and self.answers.setdefault(name, values) != values:
                del self.asked[name], self.answers[name]

    def missing(self) -> Query:
        """Return what was asked for and is not shown."""
        shown = {name: {*map(_comparable, values)} for name, values in self.answers.items()}
        left = {
            name: [one for one in values if _comparable(one) not in shown[name]]
            for name, values in self.asked.items()
            if name in shown
        }
        return {name: values for name, values in left.items() if values}


def describe_missing(link: Link, parameters: Mapping[str, str]) -> str:
    """Say what a link names that the page does not show, and what it shows instead.

    Args:
        link: the followed one.
        parameters: parameter -> its name for people.

    Returns:
        A sentence, safe for Markdown; "" where nothing is missing.
    """
    missing = link.missing()
    if not missing:
        return ""
    asked = [f"{parameters[n]} {plain(list_some(v, 3), MAX_VALUE)}" for n, v in missing.items()]
    shown = [
        f"{parameters[n]} {plain(list_some([link.names.get(one, one) for one in v], 3), MAX_VALUE)}"
        for n, v in link.answers.items()
        if n in missing and v
    ]
    instead = f"Shown instead: {', '.join(shown)}." if shown else "Nothing is shown for it."
    here = "which is not here" if sum(map(len, missing.values())) == 1 else "which are not here"
    return f"The link names {join_words(asked, len(asked))}, {here}. {instead}"


def _comparable(value: str) -> str | float:
    """Return a value such that 0.50 and 0.5 are the same."""
    try:
        return float(value)
    except ValueError:
        return value
