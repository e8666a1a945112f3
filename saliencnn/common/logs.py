"""What this process logs, without secrets."""

import logging
import traceback
from typing import Any

from saliencnn.common.secrets import mask_secrets


def hide_secrets_in_logs() -> None:
    """Let no log record of this process show a password, whichever library writes it."""
    logging.setLogRecordFactory(_make_masked)


def _make_masked(*details: Any, **more: Any) -> logging.LogRecord:
    record = logging.LogRecord(*details, **more)
    try:
        message = record.getMessage()
    except (TypeError, ValueError):  # whoever wrote it gave wrong arguments: logging says so
        return record
    masked = mask_secrets(message)
    if masked != message:
        record.msg, record.args = masked, None
    if record.exc_info and record.exc_info[1]:
        written = "".join(traceback.format_exception(record.exc_info[1])).rstrip("\n")
        record.exc_text = mask_secrets(written)
    return record
