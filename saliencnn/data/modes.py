"""The ways in which an image can become a square; see ``Geometry``."""

from typing import Literal

Mode = Literal["crop", "pad", "stretch"]
MODES: tuple[Mode, ...] = ("crop", "pad", "stretch")
