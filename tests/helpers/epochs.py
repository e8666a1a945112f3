"""Where training is, from what it reports."""

import re


def epoch_and_phase(words: str) -> tuple[int, str]:
    """Return the epoch, and ``training`` or ``validating``, that training reports in words."""
    found = re.fullmatch(r"epoch (\d+) of \d+: (\w+)", words)
    assert found, words
    return int(found[1]), found[2]
