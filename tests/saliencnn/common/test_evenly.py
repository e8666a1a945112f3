"""A few of many, against dealing them out one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.common.evenly import spread_evenly, take_evenly


def deal(labels: list[int], count: int) -> list[int]:
    """Deal images out, one of each class in turn, in the order in which their turns come."""
    queues = {label: [i for i, own in enumerate(labels) if own == label] for label in labels}
    dealt: list[int] = []
    turn = 0
    while any(len(queue) > turn for queue in queues.values()):
        dealt += sorted(queue[turn] for queue in queues.values() if len(queue) > turn)
        turn += 1
    return dealt[:count]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(1, 45))
def test_each_class_gets_its_fair_part(labels: list[int], count: int) -> None:
    found = spread_evenly(np.array(labels), count).tolist()
    assert found == sorted({*found})
    quotas = [labels[image] for image in deal(labels, count)]
    for label in {*labels}:
        own = [i for i, one in enumerate(labels) if one == label]
        assert [i for i in found if labels[i] == label] == take_evenly(own, quotas.count(label))


def test_images_of_a_class_are_as_far_apart_as_can_be() -> None:
    labels = np.repeat([0, 1], 9)
    assert spread_evenly(labels, 6).tolist() == [0, 3, 6, 9, 12, 15]
