"""A longer training, for a run that was still learning when it ended."""

from collections.abc import Sequence
from dataclasses import fields, replace

from pipelines.retry.explain_proposals import Reason, format_change
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.findings.finding import Finding, Severity

RISING = "still rising"
"""The finding that a longer training answers."""
MAX_EPOCHS = next(s.metadata["high"] for s in fields(Hyperparameters) if s.name == "epochs")


def train_longer(
    start: Hyperparameters, findings: Sequence[Finding]
) -> tuple[Hyperparameters, Reason] | None:
    """Return the run's own values for twice the epochs, and why.

    Args:
        start: the run's values.
        findings: about the run, what matters most first.

    Returns:
        None where accuracy no longer rose, and where something is wrong that training longer
        would only learn better.
    """
    rising = next((one for one in findings if one.rule == RISING), None)
    longer = replace(start, epochs=min(2 * start.epochs, MAX_EPOCHS))
    if rising is None or findings[0].severity is Severity.PROBLEM or longer == start:
        return None
    title = f"Train longer: {format_change('epochs', start.epochs, longer.epochs)}"
    expected = "Expect accuracy to rise further; by how much is not known."
    return longer, Reason(title, expected, rising.sentence)
