"""Fractions in percent, as people read them: what is computed from them is what can be read off."""


def round_percent(fraction: float, digits: int = 1) -> float:
    """Return a fraction in percent, rounded as sentences write it.

    Args:
        fraction: such as 0.8625; sentences write ``86.2%``, halves to even, where a browser
            would write ``86.3%``.
        digits: behind the point.
    """
    return float(f"{fraction:.{digits}%}"[:-1])


def points_between(value: float, other: float, digits: int = 1) -> float:
    """Return by how many percentage points a fraction is above another, both as they are shown.

    Args:
        value: a fraction.
        other: likewise.
        digits: behind the point of both.
    """
    return round(round_percent(value, digits) - round_percent(other, digits), digits)
