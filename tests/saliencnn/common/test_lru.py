from saliencnn.common.lru import LRU


def holding(*keys: str, most: int) -> LRU[str, str]:
    recent: LRU[str, str] = LRU(most)
    for key in keys:
        recent.put(key, key.upper())
    return recent


def test_the_one_that_was_put_longest_ago_makes_room() -> None:
    recent = holding("a", "b", "c", most=2)
    assert [recent.get(key) for key in "abc"] == [None, "B", "C"]


def test_reading_a_value_is_using_it() -> None:
    recent = holding("a", "b", most=2)
    assert recent.get("a") == "A"
    recent.put("c", "C")
    assert [recent.get(key) for key in "abc"] == ["A", None, "C"]


def test_looking_for_what_is_not_there_changes_nothing() -> None:
    recent = holding("a", "b", most=2)
    assert recent.get("x") is None
    assert [recent.get(key) for key in "ab"] == ["A", "B"]


def test_a_key_that_is_put_again_has_its_new_value_and_counts_once() -> None:
    recent = holding("a", "b", most=2)
    recent.put("a", "new")
    recent.put("c", "C")
    assert [recent.get(key) for key in "abc"] == ["new", None, "C"]


def test_one_value_may_be_all() -> None:
    recent = holding("a", "b", most=1)
    assert [recent.get(key) for key in "ab"] == [None, "B"]
