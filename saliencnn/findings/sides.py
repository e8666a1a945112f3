"""In how many wrong and right images a network looks where it should: counts, and how they join."""

from dataclasses import dataclass, replace

from saliencnn.common.sentences import count

ALIKE_WITHIN, FAR_APART = 0.15, 0.35
"""Of two shares: how far apart those are at most that are alike, and at least those that are not:
about an image of seven, and more than one of three."""


@dataclass(frozen=True)
class Sides:
    """Wrong and right images, and of how many of each something holds.

    Attributes:
        there: wrong images of which it holds.
        wrong: all of them, at least one.
        on_right: right images of which it holds.
        right: all of them.
    """

    there: int
    wrong: int
    on_right: int
    right: int

    @property
    def shift(self) -> float:
        """By how much larger the share of wrong images is, -1 to 1; 0 without right ones."""
        if not self.right:
            return 0.0
        return round(self.there / self.wrong - self.on_right / self.right, 6)

    @property
    def much_fewer(self) -> bool:
        """Whether it holds of a far smaller share of the wrong images than of the right ones."""
        return self.shift <= -FAR_APART

    def turn(self) -> "Sides":
        """Return of how many it does not hold."""
        there, on_right = self.wrong - self.there, self.right - self.on_right
        return replace(self, there=there, on_right=on_right)

    def describe(self, wrong: str) -> str:
        """Say of how many wrong images it holds, as, and or but of how many right ones.

        Args:
            wrong: what a wrong image is, in words.
        """
        told = _say_part(self.there, self.wrong, wrong)
        if not self.right:
            return told
        only = "only " if self.shift >= FAR_APART and self.on_right else ""
        apart = abs(self.shift)
        link = "as " if apart <= ALIKE_WITHIN else f"but {only}" if apart >= FAR_APART else "and "
        return f"{told}, {link}{_say_part(self.on_right, self.right, 'right one')}"


def _say_part(part: int, whole: int, what: str) -> str:
    """Say in how many of how many, e.g. ``in all 4 missed images``, ``not in the right one``."""
    if whole == 1:
        return f"in the {what}" if part else f"not in the {what}"
    if part == whole == 2:
        return f"in both {what}s"
    of = "all" if part == whole else f"{part:,} of" if part else "none of"
    return f"in {of} {count(whole, what, f'{what}s')}"
