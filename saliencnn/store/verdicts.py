"""Verdicts: what people decided about a run, an epoch or one image, kept as tags of the run.

A verdict is a tag of its own under a name that nobody else draws: so it is only ever added, also
when two people add at once, and the list of runs brings all verdicts along in the same request.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import uuid4

from mlflow.entities import RunTag

from saliencnn.common.errors import UserError
from saliencnn.common.names import MAX_NAME_LENGTH, clean_line, require_line
from saliencnn.common.records import (
    Unreadable,
    WrongRecord,
    parse_object,
    require_text,
    require_time,
    require_whole,
    shorten,
    split_readable,
)
from saliencnn.common.shown import one_line
from saliencnn.store.connection import Store

ACCEPTED: Final = "accepted"
REJECTED: Final = "rejected"
NOT_REJECTED: Final = (ACCEPTED, "")
"""How runs and networks stand that are chosen from at first; empty where nobody has decided."""
MAX_REASON_LENGTH = 500
"""In characters. With a name, as ASCII JSON (up to twelve for one), it fits into a tag of 8,000."""
Decision = Literal["accepted", "rejected"]
MAX_NUMBER = 10**9
"""Of an epoch or an image."""
_PREFIX = "verdict."


@dataclass(frozen=True)
class Verdict:
    """What a person decided.

    Attributes:
        decision: ``accepted`` or ``rejected``.
        reason: why, in the person's words.
        person: their name.
        time: UTC in ISO 8601, e.g. ``2025-03-01T12:30:00.000000+00:00``.
        epoch: which one it is about; None for the run as a whole.
        image: number of the validation image it is about at that epoch; None for all.
    """

    decision: Decision
    reason: str
    person: str
    time: str
    epoch: int | None = None
    image: int | None = None

    @property
    def scope(self) -> str:
        """What it is about, in words."""
        if self.epoch is None:
            return "the run"
        if self.image is None:
            return f"epoch {self.epoch}"
        return f"image {self.image} at epoch {self.epoch}"

    def describe(self, write: Callable[[str], str] = one_line) -> str:
        """Return it in a sentence, e.g. ``Ann accepted the run on 2025-03-01 at 12:30 UTC: …``.

        Args:
            write: makes a text from people fit for where the sentence will stand.
        """
        return (
            f"{write(self.person)} {self.decision} {self.scope} on {self.time[:10]} at "
            f"{self.time[11:16]} UTC: {write(self.reason)}"
        )


def make_verdict(
    decision: Decision, reason: str, person: str, epoch: int | None = None, image: int | None = None
) -> Verdict:
    """Return a verdict of this moment.

    Raises:
        UserError: an unknown decision, a reason or name that is empty or too long, or an image
            without its epoch.
    """
    if decision not in (ACCEPTED, REJECTED):
        raise UserError(f"The decision is {decision!r}; it must be {ACCEPTED} or {REJECTED}.")
    if image is not None and epoch is None:
        raise UserError("A verdict on an image must name the epoch as well.")
    lacks = [what for what, text in (("reason", reason), ("name", person)) if not clean_line(text)]
    missing = f"A verdict needs a {' and a '.join(lacks)}."
    said = require_line(reason, "reason", MAX_REASON_LENGTH, missing)
    name = require_line(person, "name", MAX_NAME_LENGTH, missing)
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    return Verdict(decision, said, name, now, epoch, image)


def add_verdict(store: Store, run_id: str, verdict: Verdict) -> None:
    """Add a verdict to a run; earlier ones stay."""
    text = json.dumps({k: v for k, v in asdict(verdict).items() if v is not None})
    store.client.log_batch(run_id, tags=[RunTag(f"saliencnn.{_PREFIX}{uuid4().hex}", text)])


def read_verdicts(facts: Mapping[str, str]) -> tuple[tuple[Verdict, ...], tuple[str, ...]]:
    """Return the verdicts among everything that was noted about a run.

    Returns:
        The verdicts in order of time, and a sentence on each that cannot be read.
    """
    kept = sorted(item for item in facts.items() if item[0].startswith(_PREFIX))
    found, others = split_readable(_read, kept, lambda item: Unreadable("verdict", item[0], ""))
    told = tuple(f"A verdict cannot be read and does not count: {one.reason}" for one in others)
    return tuple(sorted(found, key=lambda verdict: verdict.time)), told


def find_deciding(verdicts: Iterable[Verdict]) -> Verdict | None:
    """Return the verdict that says how a run stands, or None if it stands undecided.

    A verdict on the run as a whole replaces all before it, one on an epoch those on that epoch.
    Of what was not replaced, the newest acceptance decides, else the newest rejection. Verdicts on
    single images do not count.

    Args:
        verdicts: in order of time.
    """
    newest_first = reversed(_not_replaced(verdicts).values())
    return min(newest_first, key=lambda v: v.decision == REJECTED, default=None)


def find_deciding_at(verdicts: Iterable[Verdict], epoch: int) -> Verdict | None:
    """Return the verdict that says how one epoch stands, or None if it stands undecided.

    That on the epoch itself, else that on the run as a whole, else the one by which the run stands
    rejected. That another epoch was accepted says nothing of this one.

    Args:
        verdicts: on the run, in order of time.
        epoch: the one asked about.
    """
    given = tuple(verdicts)
    standing = _not_replaced(given)
    own = standing.get(epoch) or standing.get(None)
    deciding = find_deciding(given)
    return own or (deciding if deciding and deciding.decision == REJECTED else None)


def _not_replaced(verdicts: Iterable[Verdict]) -> dict[int | None, Verdict]:
    """Return epoch, or None for the run as a whole -> the verdict on it, in order of time."""
    standing: dict[int | None, Verdict] = {}
    for verdict in verdicts:
        if verdict.image is not None:
            continue
        if verdict.epoch is None:
            standing.clear()
        standing.pop(verdict.epoch, None)
        standing[verdict.epoch] = verdict
    return standing


def _read(item: tuple[str, str]) -> Verdict:
    stored = parse_object(item[1], "verdict")
    for name in ("reason", "person", "time"):
        require_text(stored.get(name), name)
    for name in ("epoch", "image"):
        if stored.get(name) is not None:
            stored[name] = require_whole(stored[name], name, 0, MAX_NUMBER)
    if stored.get("decision") not in (ACCEPTED, REJECTED):
        raise WrongRecord(f"Its decision is {shorten(stored.get('decision'))}.")
    require_time(stored["time"])
    if unknown := {*stored} - {spec.name for spec in fields(Verdict)}:
        raise WrongRecord(f"It says {shorten(min(unknown))}, which no verdict does.")
    return Verdict(**stored)
