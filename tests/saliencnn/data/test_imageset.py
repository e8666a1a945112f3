from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.data.imageset import ImageSet, Sample, randomize_labels

IMAGE = np.zeros((2, 2, 3), np.uint8)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(0, 2**31 - 1))
def test_randomized_labels_are_the_same_labels_on_other_images(
    labels: list[int], seed: int
) -> None:
    samples = tuple(Sample(f"{i}", label, IMAGE) for i, label in enumerate(labels))
    given_set = ImageSet("s", tuple("abcde"), samples, samples[:3], samples[:2])
    randomized = randomize_labels(given_set, seed)
    assert Counter(s.label for s in randomized.train) == Counter(labels)
    assert [s.name for s in randomized.train] == [s.name for s in samples]
    assert all(s.image is IMAGE for s in randomized.train)
    assert randomized.validation is given_set.validation
    assert randomized.counterfactual is given_set.counterfactual
    assert "randomized" in randomized.notes[-1]
    again = randomize_labels(given_set, seed)
    assert [s.label for s in again.train] == [s.label for s in randomized.train]


def test_the_seed_decides_the_deal() -> None:
    samples = tuple(Sample(f"{i}", i % 8, IMAGE) for i in range(400))
    given_set = ImageSet("s", tuple("abcdefgh"), samples, ())
    randomized = [
        np.array([s.label for s in randomize_labels(given_set, seed).train]) for seed in (0, 1)
    ]
    own = np.array([s.label for s in samples])
    assert (randomized[0] != randomized[1]).mean() > 0.7
    # Chance leaves one in eight where it was.
    assert all(0.04 < (labels == own).mean() < 0.25 for labels in randomized)
