"""Why a proposal, and changes of hyperparameters in words."""

from dataclasses import dataclass, replace
from typing import Any

from saliencnn.common.sentences import count

TOO_SHORT = 0.5
"""Fraction of a run's epochs up to which another has not trained long enough to be judged by."""


@dataclass(frozen=True)
class Reason:
    """Why a proposal.

    Attributes:
        title: what kind of proposal it is, and what it changes.
        expected: what to expect of it, and how sure that is.
        why: what is known of these changes.
        is_known: whether they are known to work.
        epochs: of how many epochs the numbers are that it quotes; 0 where it quotes none.
    """

    title: str
    expected: str
    why: str
    is_known: bool = False
    epochs: int = 0

    def in_epochs(self, epochs: int) -> "Reason":
        """Return it for a training of so many epochs, which may be fewer than it quotes."""
        if epochs >= self.epochs:
            return self
        short = count(epochs, "epoch is", "epochs are")
        told = f"Expect less in {count(epochs, 'epoch', 'epochs')}."
        if epochs <= TOO_SHORT * self.epochs:
            told = f"{short} too few to judge by."
        return replace(self, expected=f"{self.expected} {told}")

    def __str__(self) -> str:
        """Return all of it as one paragraph."""
        return f"{self.title}. {self.expected} {self.why}"


def format_value(value: Any) -> str:
    """Return a hyperparameter as people read it: fractions with three digits."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def format_change(name: str, old: Any, new: Any) -> str:
    """Return a change of a hyperparameter as people read it: ``batch size 32 → 64``."""
    return f"{name.replace('_', ' ')} {format_value(old)} → {format_value(new)}"
