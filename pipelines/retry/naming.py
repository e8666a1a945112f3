"""What a retry is called: after its start, and what it changes."""

from collections.abc import Mapping
from typing import Any

from pipelines.retry.reason import format_value
from saliencnn.common.sentences import count

EPOCHS = "epochs"
"""The setting that says how long a run trains."""
LONGEST_RUN_NAME = 80
"""Characters of a run's name."""


def name_retry(start: str, changed: Mapping[str, Any]) -> str:
    """Return a name that says what a retry changes, e.g. ``planted · grayscale 1, 3 epochs``.

    Args:
        start: name of the run that it starts from.
        changed: hyperparameter -> its new value.
    """
    changes = [
        f"{name.replace('_', ' ')} {format_value(value)}"
        for name, value in changed.items()
        if name != EPOCHS
    ]
    if EPOCHS in changed:
        changes.append(count(int(changed[EPOCHS]), "epoch", "epochs"))
    return f"{start.split(' · ')[0]} · {', '.join(changes) or 'again'}"[:LONGEST_RUN_NAME]
