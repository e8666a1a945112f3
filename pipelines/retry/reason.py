"""Why a proposal, and changes of hyperparameters in words."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reason:
    """Why a proposal.

    Attributes:
        title: what kind of proposal it is, and what it changes.
        expected: what to expect of it, and how sure that is.
        why: what is known of these changes.
        is_known: whether they are known to work.
    """

    title: str
    expected: str
    why: str
    is_known: bool = False

    def __str__(self) -> str:
        """Return all of it as one paragraph."""
        return f"{self.title}. {self.expected} {self.why}"


def format_value(value: Any) -> str:
    """Return a hyperparameter as people read it: fractions with three digits."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def format_change(name: str, old: Any, new: Any) -> str:
    """Return a change of a hyperparameter as people read it: ``batch size 32 → 64``."""
    return f"{name.replace('_', ' ')} {format_value(old)} → {format_value(new)}"
