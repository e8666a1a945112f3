"""Work spread over a Ray cluster: what evaluations, checks and searches share.

What jobs have in common is sent once to each machine, so no common disk is needed for it. Results
come back to the process that started them, and a job whose worker is lost goes to another one.
"""

import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, chdir, closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import torch

from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress
from saliencnn.common.tuning import THREADS
from saliencnn.models.own_networks import own_modules
from saliencnn.plugins import load_plugins, plugin_variables

Result = TypeVar("Result")

AHEAD = 2
"""Jobs that are handed out for each place: enough to keep all busy, and no more."""
RETRIES = 10
"""Times that a job whose worker was lost is tried again."""
LEAVE = 10.0
"""Seconds that jobs under way have to end by themselves when nobody wants them any more."""


@dataclass(frozen=True)
class Cluster:
    """A Ray cluster that this process has joined.

    Attributes:
        machines: of each machine how many it has of what, by Ray's names, ``CPU`` and ``GPU``.
    """

    machines: tuple[Mapping[str, float], ...]
    _ray: Any

    @property
    def has_gpus(self) -> bool:
        """Whether jobs have a GPU each; otherwise they have cores."""
        return bool(self._count("GPU"))

    @property
    def places(self) -> int:
        """How many jobs it does at a time: one a GPU, or a core where there are none."""
        return self._count("GPU") or max(1, self._count("CPU"))

    def cores_each(self, at_once: int) -> int:
        """Return how many cores each of some jobs at a time can have on every machine."""
        on_one = -(-at_once // len(self.machines))
        fewest = min(int(machine.get("CPU", 1)) for machine in self.machines)
        return max(1, fewest // on_one)

    def share(self, value: Any) -> Any:
        """Return what stands for a value among the arguments of jobs, sent once to each machine.

        On a worker it may be read and not changed.
        """
        return self._ray.put(value)

    def spread(
        self,
        work: Callable[..., Result],
        jobs: Iterable[tuple[Any, ...]],
        at_once: int | None = None,
    ) -> Generator[tuple[int, Result]]:
        """Do jobs, and yield the number of each one and its result as they come.

        Args:
            work: called on a worker with a job's arguments.
            jobs: asked for the next one when there is room for it.
            at_once: how many at a time, with as many cores each as there are for them, and none
                handed out before it can begin; by default as many as there are places.
        """
        limit = AHEAD * self.places if at_once is None else min(at_once, self.places)
        cores = 1 if at_once is None else self.cores_each(limit)
        # A lost worker or machine is no fault of the job: others try it again.
        compute = self._ray.remote(work).options(
            num_cpus=0 if self.has_gpus else cores,
            num_gpus=1 if self.has_gpus else 0,
            max_retries=RETRIES,
        )
        waiting, running = enumerate(jobs), dict[Any, int]()
        try:
            while True:
                for number, job in islice(waiting, limit - len(running)):
                    running[compute.remote(*job)] = number
                if not running:
                    return
                (finished, *_), _ = self._ray.wait(list(running), num_returns=1)
                yield running.pop(finished), self._get(finished)
        finally:
            self._leave(list(running))

    def gather(
        self,
        work: Callable[..., Result],
        jobs: Iterable[tuple[Any, ...]],
        report: Progress,
        words: str,
    ) -> list[Result]:
        """Do jobs, and return their results in order.

        Args:
            work: called on a worker with a job's arguments.
            jobs: all of them.
            report: called with the progress; what it raises ends them.
            words: what is being done.
        """
        listed = list(jobs)
        found: dict[int, Result] = {}
        with closing(self.spread(work, listed)) as results:
            for number, result in results:
                found[number] = result
                report(len(found) / len(listed), words)
        return [found[number] for number in range(len(listed))]

    def _count(self, what: str) -> int:
        return int(sum(machine.get(what, 0) for machine in self.machines))

    def _get(self, finished: Any) -> Any:
        """Return a job's result; a sentence for people comes through as it was raised."""
        try:
            return self._ray.get(finished)
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, UserError):
                raise error.cause from None
            raise

    def _leave(self, running: list[Any]) -> None:
        """End what is under way as Ctrl-C does, so that it can leave all in order."""
        with suppress(self._ray.exceptions.RayError):
            for one in running:
                self._ray.cancel(one)
            if running:
                self._ray.wait(running, num_returns=len(running), timeout=LEAVE)


@contextmanager
def open_cluster() -> Iterator[Cluster]:
    """Join the Ray cluster that ``RAY_ADDRESS`` names, or one of this machine.

    Its machines need this package.

    Raises:
        UserError: Ray is not installed, the cluster is not there, or a job fails again and again.
    """
    try:
        import ray
    except ImportError as error:
        raise UserError(
            "--engine ray needs Ray: pip install 'saliencnn[cluster]', or use --engine local."
        ) from error
    try:
        with _joined(ray), _carried(ray):
            there = [node["Resources"] for node in ray.nodes() if node["Alive"]]
            yield Cluster(tuple(there), ray)
    except (ConnectionError, ray.exceptions.RayError) as error:
        reason = str(error).splitlines()[0][:200]
        raise UserError(f"The Ray cluster failed: {reason} Start the same again.") from error


def copy_network(network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
    """Move a network that all jobs share to a device, as this job's own, to be changed by it."""
    state = network.state_dict()
    for name, value in state.items():
        state[name] = value.clone()
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(False).to(device)


@contextmanager
def _joined(ray: Any) -> Iterator[None]:
    """Join the cluster, unless the caller has, and leave it afterwards."""
    if ray.is_initialized():
        yield
        return
    # Networks may be made of a plugin's classes, so the rows come before they do.
    variables = {**THREADS, **plugin_variables()}
    environment = {"env_vars": variables, "worker_process_setup_hook": load_plugins}
    # Ray puts the working directory before all else that its workers import from.
    with TemporaryDirectory() as empty:
        try:
            with chdir(empty), _keeping_signals():
                ray.init(log_to_driver=False, configure_logging=False, runtime_env=environment)
            yield
        finally:
            ray.shutdown()


@contextmanager
def _keeping_signals() -> Iterator[None]:
    """Keep this process's own answers to signals; Ray's own to SIGTERM is to abort."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, own in before.items():
        signal.signal(number, own)


@contextmanager
def _carried(ray: Any) -> Iterator[None]:
    """Let networks bring a person's own code along, which the cluster's machines do not have."""
    with ExitStack() as carried:
        for module in own_modules():
            ray.cloudpickle.register_pickle_by_value(module)
            carried.callback(ray.cloudpickle.unregister_pickle_by_value, module)
        yield
