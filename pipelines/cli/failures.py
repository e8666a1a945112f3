"""What the command line says when a command fails, and where its traceback is kept."""

import os
import sys
import tempfile
import traceback

from saliencnn.common.errors import UserError
from saliencnn.common.secrets import mask_secrets
from saliencnn.common.translation import translate

DEBUG = "SALIENCNN_DEBUG"
"""Environment variable that has tracebacks printed, too."""


def report_failure(error: Exception) -> int:
    """Print an error as one sentence on stderr, and keep its traceback in a file.

    Returns:
        The exit status: 2 for what a person or the surroundings can mend, 1 for a fault of ours.
    """
    kept = "" if isinstance(error, UserError) else _keep_traceback(error)
    if os.environ.get(DEBUG):
        print(_format(error), file=sys.stderr)
    told = translate(error, kept)
    print(f"saliencnn: {told.sentence}", file=sys.stderr)
    return 1 if told.ours else 2


def _keep_traceback(error: Exception) -> str:
    """Write an error's traceback into a file of its own; return the file, if that was possible."""
    try:
        number, path = tempfile.mkstemp(prefix="saliencnn-", suffix=".log")
        with open(number, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(_format(error))
    except OSError:  # the disk is full, or nothing may be written at all
        return f"set {DEBUG}=1 to see it"
    return path


def _format(error: Exception) -> str:
    return mask_secrets("".join(traceback.format_exception(error)))
