"""Jobs side by side: their results, what is told of them, and how they end."""

import threading
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from saliencnn.checks.batches import run_checks
from saliencnn.checks.parallel import MAX_WORKERS, count_workers, run_side_by_side
from saliencnn.checks.table import CHECKS
from saliencnn.common.progress import Progress
from tests.saliencnn.checks.networks import (
    assert_as_it_came,
    quiet,
    small_subject,
    smallgap,
    state_of,
)


@pytest.fixture
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def count_to(most: int, report: Progress) -> int:
    for number in range(most):
        report(number / most, f"{number} of {most}")
    report(1.0, "Counted")
    return most


@given(st.lists(st.integers(1, 5), min_size=1, max_size=9), st.integers(1, 4))
def test_results_keep_their_order_and_progress_rises_to_one(sizes: list[int], workers: int) -> None:
    told: list[float] = []
    jobs = [partial(count_to, size) for size in sizes]
    assert run_side_by_side(jobs, workers, lambda share, _: told.append(share)) == sizes
    assert told == sorted(told)
    assert len(told) == sum(sizes) + len(sizes)
    assert (told[0], told[-1]) == pytest.approx((0.0, 1.0))


def test_jobs_meet_and_each_has_its_share_of_the_threads(four_threads: None) -> None:
    """The barrier lets nobody through until both jobs are there."""
    barrier = threading.Barrier(2, timeout=60)

    def meet(report: Progress) -> tuple[int, int]:
        barrier.wait()
        report(1.0, "Met")
        return threading.get_ident(), torch.get_num_threads()

    found = run_side_by_side([meet, meet], 2, quiet)
    idents, threads = zip(*found, strict=True)
    assert threads == (2, 2)
    assert len({*idents, threading.get_ident()}) == 3
    assert torch.get_num_threads() == 4, "this thread keeps its own"


def test_it_is_told_where_it_was_asked() -> None:
    told: set[int] = set()
    run_side_by_side([partial(count_to, 3)] * 3, 2, lambda *_: told.add(threading.get_ident()))
    assert told == {threading.get_ident()}


def test_what_a_job_raises_comes_out_and_ends_the_others() -> None:
    started = threading.Event()

    def endless(report: Progress) -> None:
        while True:
            started.set()
            report(0.0, "Going on")

    def fail(_report: Progress) -> None:
        assert started.wait(60)
        raise ArithmeticError("Two and two")

    with pytest.raises(ArithmeticError, match="Two and two"):
        run_side_by_side([endless, fail, endless], 2, quiet)


def test_what_the_report_raises_comes_out_and_ends_all() -> None:
    ended: list[int] = []

    def endless(number: int, report: Progress) -> None:
        try:
            while True:
                report(0.0, "Going on")
        finally:
            ended.append(number)

    def interrupt(_share: float, _words: str) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        run_side_by_side([partial(endless, n) for n in range(2)], 2, interrupt)
    assert sorted(ended) == [0, 1]
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("device", "threads", "workers"),
    [("cpu", 1, 1), ("cpu", 3, 3), ("cpu", 64, MAX_WORKERS), ("meta", 8, 1)],
)
def test_workers_follow_threads_but_not_beyond_memory(
    device: str, threads: int, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert count_workers(torch.device(device)) == workers


def threads_of_pools() -> dict[str, int]:
    return {str(pool["filepath"]): int(pool["num_threads"]) for pool in threadpool_info()}


def test_checks_find_the_same_side_by_side(four_threads: None) -> None:
    subject = small_subject("cam", "smoothgrad", "scorecam_fast", count=10)
    other = smallgap(seed=4)
    before = state_of(subject.model), state_of(other)
    limits = threads_of_pools()
    together = run_checks(subject, tuple(CHECKS), quiet, other)
    assert_as_it_came(subject.model, before[0])
    assert_as_it_came(other, before[1])
    assert threads_of_pools().items() >= limits.items(), "others may have been loaded meanwhile"
    torch.set_num_threads(1)
    alone = run_checks(subject, tuple(CHECKS), quiet, other)
    for check, quantities in alone.items():
        for quantity, by_method in quantities.items():
            for name, values in by_method.items():
                found = together[check][quantity][name]
                np.testing.assert_allclose(found, values, atol=2e-3, err_msg=f"{quantity} {name}")


def test_many_batches_can_be_stopped(four_threads: None) -> None:
    subject = small_subject("cam", "gradient", count=9)
    before = state_of(subject.model)
    left = iter(range(7))

    def stop(_share: float, _words: str) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_checks(subject, tuple(CHECKS), stop)
    assert_as_it_came(subject.model, before)
