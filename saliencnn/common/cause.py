"""A row of the tables of causes: from an error's class and words to its cause and remedy.

Classes are named and not imported: whoever translates an error needs neither torch nor MLflow.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """A row: which errors it is about, and what a person reads.

    Attributes:
        kinds: dotted names of exception classes; their subclasses are meant too.
        cause: what happened. ``{reason}`` stands for the error's own words, ``{file}`` for the
            file it names; groups of ``said`` stand for what they matched.
        remedy: what a person does about it.
        said: regular expression that is found in the error's words; any words where empty.
        codes: the operating system's numbers of the error; any where empty.
    """

    kinds: tuple[str, ...]
    cause: str
    remedy: str
    said: str = ""
    codes: tuple[int, ...] = ()
