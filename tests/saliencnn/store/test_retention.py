"""Whose checkpoints a run keeps."""

import pytest

from saliencnn.common.errors import UserError
from saliencnn.store.retention import check_keep, choose_keep, choose_staying


@pytest.mark.parametrize(
    ("keep", "last", "stay"),
    [
        ("all", False, {1, 2, 3, 4, 5, 6, 7}),
        ("best", False, {5, 7}),
        ("best", True, {5}),
        ("last", False, {7}),
        ("last", True, {7}),
        ("3", False, {3, 5, 6, 7}),
        ("3", True, {3, 5, 6, 7}),
        ("1", True, {1, 2, 3, 4, 5, 6, 7}),
        ("10", False, {5, 7}),
    ],
)
def test_which_of_seven_epochs_stay_where_the_fifth_is_the_best(
    keep: str, last: bool, stay: set[int]
) -> None:
    assert choose_staying(keep, 7, best=5, last=last) == stay


@pytest.mark.parametrize(
    ("megabytes", "epochs", "keep"),
    [(9, 90, "all"), (102, 39, "all"), (102, 40, "2"), (102, 90, "3"), (500, 200, "25")],
)
def test_without_a_rule_all_stay_while_they_are_small(
    megabytes: int, epochs: int, keep: str
) -> None:
    chosen, notes = choose_keep(megabytes * 10**6, epochs)
    assert chosen == keep
    assert bool(notes) is (keep != "all")
    assert all(f"--keep {keep})" in note for note in notes)


@pytest.mark.parametrize("keep", ["all", "best", "last", "1", "10000"])
def test_a_rule(keep: str) -> None:
    check_keep(keep)


@pytest.mark.parametrize("keep", ["", "0", "-1", "01", "10001", "1.5", "some", "auto", "²", "1\n"])
def test_what_is_no_rule_is_refused(keep: str) -> None:
    with pytest.raises(UserError, match="every N-th"):
        check_keep(keep)
