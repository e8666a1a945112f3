"""Jobs side by side, each on its share of the cores, told about by whoever asked for them."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits

from saliencnn.common.progress import Progress, part_of

Result = TypeVar("Result")

MOST = 4
"""Jobs at once, so that memory is bounded on machines of many cores."""


class _Stopped(BaseException):
    """Ends a job because another one, or the report, has failed."""


def count_workers(device: torch.device) -> int:
    """Return how many jobs on a device gain from being done at once."""
    return min(MOST, torch.get_num_threads()) if device.type == "cpu" else 1


def run_side_by_side(
    jobs: Sequence[Callable[[Progress], Result]], workers: int, report: Progress
) -> list[Result]:
    """Do jobs that share nothing they change.

    The layers of a small network are so short that two threads mostly wait for each other; two
    jobs of one thread each do not.

    Args:
        jobs: at least one; each is given its own report, calls it now and then, and lets through
            what it raises.
        workers: how many at a time. One alone runs in this thread, on all cores.
        report: told, in this thread, the share of all jobs that is done; whatever it raises ends
            the others at their next report and comes out.

    Returns:
        The jobs' results in their order.

    Raises:
        BaseException: the first that a job raised, once the others have ended.
    """
    if workers == 1:
        count = len(jobs)
        return [
            job(part_of(report, done / count, (done + 1) / count)) for done, job in enumerate(jobs)
        ]
    stopped = Event()
    told: SimpleQueue[tuple[int, float, str] | None] = SimpleQueue()
    threads = max(1, torch.get_num_threads() // workers)

    def work(number: int) -> Result:
        def tell(share: float, words: str) -> None:
            if stopped.is_set():
                raise _Stopped
            told.put((number, share, words))

        try:
            with threadpool_limits(threads, user_api="openmp"):  # of this thread alone
                return jobs[number](tell)
        except BaseException:
            stopped.set()
            raise
        finally:
            told.put(None)

    # torch gives a thread its number of threads when that first asks: before the limit, not after.
    with ThreadPoolExecutor(workers, initializer=torch.get_num_threads) as pool:
        futures = [pool.submit(work, number) for number in range(len(jobs))]
        try:
            _relay(told, len(jobs), report)
        finally:
            stopped.set()
    return _results(futures)


def _relay(told: "SimpleQueue[tuple[int, float, str] | None]", jobs: int, report: Progress) -> None:
    """Pass on what jobs tell until all have ended."""
    shares, left = [0.0] * jobs, jobs
    while left:
        news = told.get()
        if news is None:
            left -= 1
        else:
            number, shares[number], words = news
            report(sum(shares) / jobs, words)


def _results(futures: Sequence[Future[Result]]) -> list[Result]:
    failures = [failure for future in futures if (failure := future.exception())]
    for failure in failures:
        if not isinstance(failure, _Stopped):
            raise failure
    return [future.result() for future in futures]
