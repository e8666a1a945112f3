"""Walkthroughs: views that people pinned, in an order, each with a sentence; kept with a run.

Each is a file of its own under a name that nobody else draws, so it is only ever added, also when
two people keep one at once. A changed walkthrough is another one.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from saliencnn.common.errors import UserError
from saliencnn.common.formats import WALKTHROUGH
from saliencnn.common.names import MAX_NAME_LENGTH, clean_line, require_line
from saliencnn.common.records import (
    WrongRecord,
    parse_object,
    readable,
    require_text,
    require_texts,
    require_time,
    shorten,
)
from saliencnn.store.artifacts import list_files, location_of, read_bytes, write_files
from saliencnn.store.codec import decoding
from saliencnn.store.connection import Store
from saliencnn.store.networks import keep_network
from saliencnn.store.runs import read_run

PAGES = ("overview", "progression", "trust", "retrain", "compare", "colours")
"""Whose views can be pinned."""
MAX_PINS = 60
MAX_LISTED = 30
"""Of a run's walkthroughs, the newest."""
MAX_TITLE_LENGTH = 200
MAX_SENTENCE_LENGTH = 500
MAX_QUERY_LENGTH = 8000
"""In characters."""
_FOLDER = "walkthroughs"
_ID = re.compile(r"\d{8}T\d{12}-[0-9a-f]{12}")
_EPOCH = re.compile(r"[1-9][0-9]{0,4}")
Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Pin:
    """A view that somebody pinned.

    Attributes:
        page: one of ``PAGES``.
        query: the parameters of the page's address. They come from people: whoever reads them
            checks them against what the store has.
        title: what it shows, in short.
        sentence: what the person says about it.
        person: their name.
        time: UTC in ISO 8601, e.g. ``2025-03-01T12:30:00.000000+00:00``.
    """

    page: str
    query: Query
    title: str
    sentence: str
    person: str
    time: str


@dataclass(frozen=True)
class Walkthrough:
    """Pins in the order in which they are shown.

    Attributes:
        run_id: the run with which it is kept.
        id: its own, unique in the run; the time comes first.
        name: for people.
        person: who kept it.
        time: when, UTC in ISO 8601.
        pins: at least one.
    """

    run_id: str
    id: str
    name: str
    person: str
    time: str
    pins: tuple[Pin, ...]


def make_pin(page: str, query: Query, title: str, sentence: str, person: str) -> Pin:
    """Return a pin of this moment.

    Raises:
        UserError: the page has no views to pin, or a text is missing or too long.
    """
    if page not in PAGES:
        raise UserError(f"Views of the page {page[:20]!r} cannot be pinned.")
    kept = {name: tuple(values) for name, values in query.items()}
    if (length := len(json.dumps(kept))) > MAX_QUERY_LENGTH:
        raise UserError(
            f"The page's address has {length} characters; at most {MAX_QUERY_LENGTH} are kept."
        )
    return Pin(
        page,
        kept,
        require_line(title, "title", MAX_TITLE_LENGTH, "A pinned view needs a title."),
        require_line(
            sentence,
            "sentence",
            MAX_SENTENCE_LENGTH,
            "A pinned view needs a sentence: what should others see in it?",
        ),
        require_line(person, "name", MAX_NAME_LENGTH, "A pinned view needs your name."),
        datetime.now(UTC).isoformat(timespec="microseconds"),
    )


def keep_walkthrough(
    store: Store, run_id: str, name: str, person: str, pins: Sequence[Pin]
) -> Walkthrough:
    """Keep a walkthrough with a run; those that are there stay as they are.

    Raises:
        UserError: there is no pin or there are too many, or a name is missing or too long.
        NotWritable: nothing can be written to the store.
    """
    if not 1 <= len(pins) <= MAX_PINS:
        raise UserError(
            f"A walkthrough has 1 to {MAX_PINS} pinned views; this one has {len(pins)}."
        )
    now = datetime.now(UTC)
    kept = Walkthrough(
        run_id,
        f"{now:%Y%m%dT%H%M%S%f}-{uuid4().hex[:12]}",
        require_line(name, "name", MAX_TITLE_LENGTH, "A walkthrough needs a name."),
        require_line(person, "name", MAX_NAME_LENGTH, "A walkthrough needs your name."),
        now.isoformat(timespec="microseconds"),
        tuple(pins),
    )
    facts = {name: value for name, value in asdict(kept).items() if name not in ("run_id", "id")}
    content = json.dumps(WALKTHROUGH.stamp | facts).encode()
    write_files(store, location_of(store, run_id), {f"{kept.id}.json": content}, _FOLDER)
    for shown, epoch in sorted({one for pin in pins for one in _find_shown(pin.query)}):
        with suppress(UserError):  # what stands in an address comes from people
            keep_network(store, read_run(store, shown), epoch)
    return kept


def _find_shown(query: Query) -> list[tuple[str, int]]:
    """Return the runs that a view shows, each with the epoch, where it names one."""
    known = [int(text) for text in query.get("epoch", ()) if _EPOCH.fullmatch(text)]
    return [(run_id, known[0]) for run_id in query.get("run", ())] if known else []


def list_walkthroughs(store: Store, run_id: str) -> list[Walkthrough]:
    """Return the walkthroughs that are kept with a run and can be read, newest first."""
    names = list_files(store, location_of(store, run_id), _FOLDER)
    ids = sorted((name.removesuffix(".json") for name in names), reverse=True)
    known = [one for one in ids if _ID.fullmatch(one)]
    return list(readable(lambda one: read_walkthrough(store, run_id, one), known[:MAX_LISTED]))


def read_walkthrough(store: Store, run_id: str, walkthrough_id: str) -> Walkthrough:
    """Read one walkthrough.

    Raises:
        UserError: the run keeps no such walkthrough, or it cannot be read.
        NewerFormat: a later version of this program wrote it.
    """
    if not _ID.fullmatch(walkthrough_id):
        raise UserError(f"No walkthrough has the id {shorten(walkthrough_id)}.")
    path = f"{_FOLDER}/{walkthrough_id}.json"
    content = read_bytes(store, location_of(store, run_id), path)
    with decoding(path):
        facts = parse_object(content.decode(), "walkthrough")
        WALKTHROUGH.check(facts)
        return Walkthrough(
            run_id,
            walkthrough_id,
            _require_line(facts, "name", MAX_TITLE_LENGTH),
            _require_line(facts, "person", MAX_NAME_LENGTH),
            require_time(facts.get("time")),
            _read_pins(facts.get("pins")),
        )


def _read_pins(stored: object) -> tuple[Pin, ...]:
    if not isinstance(stored, list) or not 1 <= len(stored) <= MAX_PINS:
        raise WrongRecord(
            f"Its pins are {shorten(stored)}; they must be a list of 1 to {MAX_PINS}."
        )
    return tuple(map(_read_pin, stored))


def _read_pin(stored: object) -> Pin:
    if not isinstance(stored, dict):
        raise WrongRecord(f"A pin is {shorten(stored)}; it must be an object.")
    if (page := stored.get("page")) not in PAGES:
        raise WrongRecord(f"A pin is of the page {shorten(page)}, which has no views to pin.")
    query = stored.get("query")
    if not isinstance(query, dict):
        raise WrongRecord("A pin holds no query.")
    return Pin(
        str(page),
        {name: require_texts(values, "query") for name, values in query.items()},
        _require_line(stored, "title", MAX_TITLE_LENGTH),
        _require_line(stored, "sentence", MAX_SENTENCE_LENGTH),
        _require_line(stored, "person", MAX_NAME_LENGTH),
        require_time(stored.get("time")),
    )


def _require_line(stored: Mapping[str, Any], name: str, longest: int) -> str:
    return clean_line(require_text(stored.get(name), name, longest))
