"""Checking a run's maps: on how many images, and offered where they are shown."""

from collections.abc import Sequence

from app.parts.estimates import estimate_check
from app.parts.slow_work import offer_work
from app.parts.works import check_maps
from app.reads import stored_images
from pipelines.trust.audit import AUDITED_METHODS
from saliencnn.common.sentences import count, duration
from saliencnn.saliency.methods import applicable
from saliencnn.store.connection import Store
from saliencnn.store.networks import describe_missing
from saliencnn.store.runs import RunInfo

IMAGE_COUNTS = (16, 32, 64, 128, 256)
"""Numbers of images to choose from; more tell more, and take as many times longer."""
SHORT, QUICK = 120.0, 30.0
"""Seconds that the check takes at most that is offered first, where so few images can do: on Trust,
and where somebody waits for the answer of one image."""


def list_counts(store: Store, run: RunInfo) -> list[int]:
    """Return on how many images a run's maps can be checked."""
    available = len(stored_images.image_index(store, run.images_id))
    return [number for number in IMAGE_COUNTS if number < available] + [available]


def choose_count(counts: Sequence[int], pace: float | None, longest: float = SHORT) -> int:
    """Return the place of how many images are checked first: as many as take a short time.

    Args:
        counts: to choose from.
        pace: seconds an image; None where nobody knows.
        longest: how long that may be, in seconds.
    """
    short = [number for number in counts if pace and number * pace <= longest]
    return max(0, len(short) - 1)


def offer_map_check(store: Store, run: RunInfo, epoch: int, methods: Sequence[str]) -> None:
    """Draw how the check of an epoch's maps stands, and else offer that of a few methods.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint is kept.
        methods: that are shown.
    """
    own = applicable([name for name in AUDITED_METHODS if name in methods], run.spec)
    if not own or describe_missing(run):
        return
    counts, pace = list_counts(store, run), estimate_check(store, run, own)
    images = max(2, counts[choose_count(counts, pace, QUICK)])
    about = f" · about {duration(max(1, images * pace))}" if pace else ""
    words = f"On {count(images, 'validation image', 'validation images')}."
    offer_work(check_maps(store, run, epoch, images, own), f"Check this map{about}", words)
