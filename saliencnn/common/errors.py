"""Errors that a person can act on."""


class UserError(Exception):
    """One clear sentence that names the offending value and says what is allowed.

    The command line prints it and exits with 2; a page shows it in place of a traceback.
    """
