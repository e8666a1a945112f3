"""Which network explains an uploaded image, what it knows, and others that know other things."""

from collections.abc import Sequence

from app.parts.first_run import find_usable
from app.parts.leads import draw_row, lead
from app.parts.upload import OWN
from app.parts.widgets import plain
from app.reads import stored_images
from saliencnn.common.sentences import count, list_quoted, quote
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

MOST_LISTED = 100
"""Classes that the help mark names."""
OTHERS = 2
"""Networks for other images that are offered."""


def draw_network(store: Store, run: RunInfo, runs: Sequence[RunInfo]) -> None:
    """Say which network is asked and what it knows, and offer those that know other classes.

    Args:
        store: where they are.
        run: the run whose network is asked.
        runs: all, newest first.
    """
    classes = stored_images.image_index(store, run.images_id).classes
    known = count(len(classes), "class", "classes")
    row = draw_row(
        f"**{plain(run.name, LONGEST_NAME)}** answers any image with one of {known}, such as "
        f"{plain(quote(classes[0], LONGEST_NAME))}.",
        plain(f"Its classes: {list_quoted(classes, MOST_LISTED)}."),
    )
    for other in find_others(run, runs)[:OTHERS]:
        name = plain(f"{other.name} ({other.image_set})", LONGEST_NAME)
        lead(row, "progression", f"Ask {name}", {"run": other.run_id, "images": OWN})


def find_others(run: RunInfo, runs: Sequence[RunInfo]) -> list[RunInfo]:
    """Return the network to take of each other image set, see ``find_usable``, newest set first."""
    sets = dict.fromkeys(one.images_id for one in runs if one.images_id != run.images_id)
    usable = (find_usable([one for one in runs if one.images_id == own]) for own in sets)
    return [found.run for found in usable if found]
