"""Jobs side by side, each on its part of the cores; their progress comes together in one thread."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits

from saliencnn.common.progress import Progress, part_of

Result = TypeVar("Result")
News = SimpleQueue[tuple[int, float, str] | None]
"""A job's number, its fraction and words; None where a job has ended."""

MAX_WORKERS = 4
"""Jobs at once, so that memory is bounded on machines of many cores."""


class _Stopped(BaseException):
    """Ends a job because another one, or the progress callback, has failed."""


def count_workers(device: torch.device) -> int:
    """Return how many jobs on a device gain from being done at once."""
    return min(MAX_WORKERS, torch.get_num_threads()) if device.type == "cpu" else 1


def run_side_by_side(
    jobs: Sequence[Callable[[Progress], Result]], workers: int, report: Progress
) -> list[Result]:
    """Do jobs that share nothing they change.

    The layers of a small network are so short that two threads mostly wait for each other; two
    jobs of one thread each do not.

    Args:
        jobs: at least one; each is given its own progress callback, calls it now and then, and
            lets through what it raises.
        workers: how many at a time. One alone runs in this thread, on all cores.
        report: called, in this thread, with the fraction of all jobs that is done; whatever it
            raises ends the jobs at their next report and comes out.

    Returns:
        The jobs' results in their order.

    Raises:
        BaseException: the first that a job raised, once the others have ended.
    """
    count = len(jobs)
    if workers == 1:
        return [
            job(part_of(report, done / count, (done + 1) / count)) for done, job in enumerate(jobs)
        ]
    stopped, news = Event(), News()
    threads = max(1, torch.get_num_threads() // workers)

    def work(number: int) -> Result:
        def report_job(fraction: float, words: str) -> None:
            if stopped.is_set():
                raise _Stopped
            news.put((number, fraction, words))

        try:
            with threadpool_limits(threads, user_api="openmp"):  # of this thread alone
                return jobs[number](report_job)
        except BaseException:
            stopped.set()
            raise
        finally:
            news.put(None)

    # torch gives a thread its number of threads when that first asks: before the limit, not after.
    with ThreadPoolExecutor(workers, initializer=torch.get_num_threads) as pool:
        futures = [pool.submit(work, number) for number in range(count)]
        try:
            _relay(news, count, report)
        finally:
            stopped.set()
    return _results(futures)


def _relay(news: News, jobs: int, report: Progress) -> None:
    """Pass on the jobs' progress until all have ended."""
    fractions, running = [0.0] * jobs, jobs
    while running:
        found = news.get()
        if found is None:
            running -= 1
        else:
            number, fractions[number], words = found
            report(sum(fractions) / jobs, words)


def _results(futures: Sequence[Future[Result]]) -> list[Result]:
    failures = [failure for future in futures if (failure := future.exception())]
    for failure in failures:
        if not isinstance(failure, _Stopped):
            raise failure
    return [future.result() for future in futures]
