"""Keys of what may be asked of: a class by its name, a kind of thing, all classes."""

from saliencnn.common.plurals import pluralize
from saliencnn.common.sentences import show
from saliencnn.data.kinds import name_kind

EVERYTHING = "all classes"


def all_of(kind: str) -> str:
    """Return the key of the subject that is a kind of thing."""
    return f"all of {kind}"


def kind_of(key: str) -> str:
    """Return the kind of thing that a subject is, by its key; "" of a class and of everything."""
    kind = key.removeprefix(all_of(""))
    return "" if kind == key else kind


def kind_things(kind: str) -> str:
    """Return a kind of thing in the plural, as part of a sentence, e.g. ``dogs``."""
    return pluralize(show(kind))


def present_key(key: str) -> str:
    """Return a subject's key, also of a link or a task that was kept when WordNet's words stood."""
    kind = kind_of(key)
    return all_of(name_kind(kind)) if kind else key
