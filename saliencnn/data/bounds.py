"""What one image may take of a machine, decided before anything is allocated for it."""

import math

MAX_BYTES = 600_000_000
"""Memory that any step may take for one image: eight loaders, the most there are, then stay within
5 GB."""
MAX_PIXELS = 25_000_000
"""Pixels of a decoded or scaled image: at 24 bytes each, which is what a WebP takes and no other
format exceeds, they fill ``MAX_BYTES``."""
MAX_FILE_BYTES = MAX_BYTES
"""Size of an image's file, since some decoders read all of it at once."""
MAX_SIDE = math.isqrt(MAX_PIXELS)
"""Pixels to which an image's shorter side can be scaled: a square one then has ``MAX_PIXELS``."""


def longest_side(short: int) -> int:
    """Return how long an image's other side may be, if one side is ``short`` pixels."""
    return MAX_PIXELS // short
