"""What a person looks at on the Colours page, kept in the session and in the URL."""

from dataclasses import dataclass

from app.parts.carried import carried_to, carry
from app.parts.page_state import PageState
from pipelines.comparison.subject_keys import present_key
from pipelines.comparison.view import SUBJECT
from saliencnn.findings.methods import choose_method


@dataclass(frozen=True)
class ColoursState:
    """What the person looks at; an empty name where nothing was chosen yet.

    Attributes:
        run: id of a training run or of an evaluation.
        class_name: name of the class.
        method: key of ``METHODS``.
        threshold: fraction of a map's maximum from which on a pixel is highlighted, 0 to 1.
        subject: key of the images, the class's or a wider kind's.
    """

    run: str = ""
    class_name: str = ""
    method: str = ""
    threshold: float = 0.5
    subject: str = ""


AT, IMAGES = "at", "images"
"""Name in the address of the part of the page that a link leads to, and that of the images."""
MIN_THRESHOLD, MAX_THRESHOLD = 0.05, 0.95
STATE = PageState(
    "colours",
    ColoursState(),
    {
        "run": "network",
        "class": "class",
        "epoch": "epoch",
        "method": "method",
        "threshold": "threshold",
        "ignore": "group to ignore",
        SUBJECT: "images",
        AT: "part of the page",
    },
    {"space": "colour space", "bins": "number of bins"},
)


def settle() -> ColoursState:
    """Return the state: the link's that was just followed, else the session's.

    A person who comes from another page sees what was chosen there, as far as it is here.
    """
    now = STATE.get()
    if link := STATE.link():
        first = {name: values[0] for name, values in link.items()}
        STATE.update(
            run=first.get("run", ""),
            class_name=first.get("class", ""),
            method=first.get("method", ""),
            threshold=_read_threshold(first.get("threshold", "")),
            subject=present_key(first.get(SUBJECT, "")),
        )
    elif not STATE.address():
        last = carried_to(STATE.page)
        threshold = now.threshold if last.threshold is None else last.threshold
        STATE.update(
            run=next(iter(last.networks), now.run),
            class_name=last.class_name or now.class_name,
            method=now.method
            if now.method in last.methods
            else choose_method(last.methods, last.methods),
            threshold=min(max(threshold, MIN_THRESHOLD), MAX_THRESHOLD),
        )
    return STATE.get()


def carry_on(trained_run: str) -> None:
    """Note for the other pages what this one shows.

    Args:
        trained_run: id of the run that the network is of; empty where the store has none.
    """
    now = STATE.get()
    networks = tuple(filter(None, (now.run, trained_run)))
    carry(
        STATE.page,
        networks=networks,
        **({"class_name": now.class_name} if now.class_name else {}),
        methods=(now.method,),
        threshold=now.threshold,
    )


def write_address(network: str) -> None:
    """Write what the person looks at into the URL.

    Args:
        network: how people call it.
    """
    now = STATE.get()
    STATE.write(
        {
            "run": [now.run],
            "class": [now.class_name],
            "method": [now.method],
            "threshold": [f"{now.threshold:g}"],
            SUBJECT: [now.subject],
        },
        names={now.run: network},
        keep=True,
    )


def _read_threshold(text: str) -> float:
    try:
        threshold = float(text)
    except ValueError:
        return ColoursState().threshold
    inside = MIN_THRESHOLD <= threshold <= MAX_THRESHOLD
    return threshold if inside else ColoursState().threshold
