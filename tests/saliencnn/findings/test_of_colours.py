"""Which colours maps highlight, of regions whose colours are known."""

import numpy as np

from saliencnn.findings.finding import Evidence
from saliencnn.findings.of_colours import find_colours

HERE = Evidence("colours")
WHOLE = np.full((20, 3), 0.5)


def test_a_colour_is_named_where_chance_does_not_put_it() -> None:
    region = WHOLE + [-0.1, 0.0, 0.0]
    region[:2, 0] = 0.7
    region[::2, 1:] += 0.01
    region[1::2, 1:] -= 0.01
    found = find_colours(region, WHOLE, HERE)
    assert found is not None
    assert "is clearly darker than the whole image" in found.sentence
    assert found.detail.startswith("By more than chance: darker in 18 of 20 images; on average by")
    found = find_colours(WHOLE + [0.0, 0.01, -0.01], WHOLE, HERE)
    assert found is not None
    assert "is a little " in found.sentence
    assert "more purple than" in found.sentence
    assert "redder in 20 of 20 images and bluer in 20 of 20 images" in found.detail


def test_nothing_is_said_of_colours_that_chance_puts_there() -> None:
    said = 0
    for seed in range(200):
        region = WHOLE + np.random.default_rng(seed).normal(0, 0.1, WHOLE.shape)
        found = find_colours(region, WHOLE, HERE)
        said += found is not None and "no colours of their own" not in found.sentence
    assert said <= 20, "at 5% it is 10 of 200"


def test_a_few_images_or_empty_maps_say_nothing() -> None:
    region = np.where(np.arange(20)[:, None] < 16, np.nan, WHOLE - 0.1)
    assert find_colours(region, WHOLE, HERE) is None
