from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from saliencnn.common.lru import LRU


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers())), st.integers(1, 4))
def test_it_holds_what_was_used_last(steps: list[tuple[bool, int, int]], most: int) -> None:
    recent: LRU[int, int] = LRU(most)
    used: OrderedDict[int, int] = OrderedDict()
    for puts, key, value in steps:
        if puts:
            recent.put(key, value)
            used[key] = value
        else:
            assert recent.get(key) == (used.get(key) if key in list(used)[-most:] else None)
        if key in list(used)[-most:]:
            used.move_to_end(key)
        while len(used) > most:
            used.popitem(last=False)
