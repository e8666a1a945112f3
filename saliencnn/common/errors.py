"""Errors that a person can act on."""

from saliencnn.common.secrets import mask_secrets


class UserError(Exception):
    """One clear sentence that names the offending value and says what is allowed.

    The command line prints it and exits with 2; a page shows it in place of a traceback. No
    password of an address is in it, whatever it quotes.
    """

    def __init__(self, sentence: str = "") -> None:
        super().__init__(mask_secrets(sentence))


class PluginError(UserError):
    """A plugin's own code fails; the sentence names it."""
