"""Reading the command line's words, with a sentence for each that cannot be used."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from saliencnn.common.errors import UserError


class Parser(argparse.ArgumentParser):
    """A parser that refuses in one sentence, as everything else does."""

    def error(self, message: str) -> NoReturn:
        """Refuse what cannot be parsed.

        Raises:
            UserError: always.
        """
        raise UserError(f"{message}; `{self.prog} --help` lists what is allowed.")


def check_words(words: Sequence[str]) -> None:
    """Refuse what neither argparse nor a store can take, whichever option it is given to.

    Raises:
        UserError: a word holds bytes that are not UTF-8 or a NUL, or an option's value is ``--``.
    """
    for word in words:
        option, equals, value = word.partition("=")
        if option.startswith("--") and equals and value == "--":
            raise UserError(f"{option} is '--'; it must have a value of its own.")
        if "\0" in word:
            raise UserError(f"{word!r} holds a NUL character, which no name or value may.")
        if any("\ud800" <= character <= "\udfff" for character in word):
            raise UserError(f"'{word}' is not UTF-8, and the store keeps nothing else; rename it.")
