"""The shards of an evaluation on a Ray cluster.

An image is sent as its file's bytes, and a network once to each machine, so no common disk is
needed. Results come back as parts, which the process that started the evaluation keeps; a shard
whose worker is lost goes to another one.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from pipelines.evaluation.models import Candidate
from pipelines.evaluation.parts import Original, Part, ShardJob, load_ahead, make_parts
from saliencnn.common.devices import choose_device
from saliencnn.common.errors import UserError
from saliencnn.common.tuning import THREADS, keep_freed_memory
from saliencnn.models.own_networks import own_modules
from saliencnn.plugins import load_plugins, plugin_variables

AHEAD = 2
"""Shards that lie waiting for each one being computed: enough to keep all busy, and no more."""
RETRIES = 10
"""Times that a shard whose worker was lost is tried again."""


def compute_on_cluster(shards: Sequence[ShardJob]) -> Iterator[Part]:
    """Do shards on the Ray cluster that ``RAY_ADDRESS`` names, or on one of this machine.

    Its machines need this package; they take one shard a GPU, or a core where there are none.

    Raises:
        UserError: Ray is not installed, the cluster is not there, or a shard fails again and
            again.
    """
    try:
        import ray
    except ImportError as error:
        raise UserError(
            "--engine ray needs Ray: pip install 'saliencnn[cluster]', or use --engine local."
        ) from error
    try:
        with _joined(ray), _carried(ray):
            yield from _distribute(ray, shards)
    except (ConnectionError, ray.exceptions.RayError) as error:
        reason = str(error).splitlines()[0][:200]
        raise UserError(f"The Ray cluster failed: {reason} What is finished is kept.") from error


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
            with chdir(empty):
                ray.init(log_to_driver=False, configure_logging=False, runtime_env=environment)
            yield
        finally:
            ray.shutdown()


@contextmanager
def _carried(ray: Any) -> Iterator[None]:
    """Let networks bring a person's own code along, which the cluster's machines do not have."""
    with ExitStack() as carried:
        for module in own_modules():
            ray.cloudpickle.register_pickle_by_value(module)
            carried.callback(ray.cloudpickle.unregister_pickle_by_value, module)
        yield


def _distribute(ray: Any, shards: Sequence[ShardJob]) -> Iterator[Part]:
    """Keep all places of the cluster busy, and yield parts as they come."""
    resources = ray.cluster_resources()
    gpus = 1 if resources.get("GPU") else 0
    places = int(resources.get("GPU") or resources.get("CPU", 1))
    # A lost worker or machine is no fault of the shard: others try it again.
    options = {"num_cpus": 0 if gpus else 1, "num_gpus": gpus, "max_retries": RETRIES}
    compute = ray.remote(_compute_shard).options(**options)
    candidates = {c.slug: c for job in shards for c in job.networks}
    networks = {slug: ray.put(_on_cpu(c)) for slug, c in candidates.items()}
    waiting = list(reversed(shards))
    running: list[Any] = []
    while waiting or running:
        while waiting and len(running) < AHEAD * places:
            job = waiting.pop()
            held = [networks[c.slug] for c in job.networks]
            light = replace(job, networks=(), originals=tuple(map(_load, job.originals)))
            running.append(compute.remote(light, *held))
        finished, running = ray.wait(running, num_returns=1)
        yield from ray.get(finished[0])


def _compute_shard(light: ShardJob, *networks: Candidate) -> list[Part]:
    """Do one shard; runs on a worker."""
    keep_freed_memory()
    device = choose_device()
    # What lies in the object store is shared and read-only; a network's own copy is not.
    here = tuple(replace(c, network=_copy_to(c.network, device)) for c in networks)
    job = replace(light, networks=here)
    with ThreadPoolExecutor(2) as pool:
        return [
            part
            for complete, images in load_ahead([job], pool)
            for part in make_parts(complete, images)
        ]


def _copy_to(network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
    state = {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(False).to(device)


def _on_cpu(candidate: Candidate) -> Candidate:
    return replace(candidate, network=candidate.network.cpu())


def _load(original: Original) -> Original:
    """Read an image's file; one that does not open is left to the worker to leave out."""
    if not isinstance(original.content, Path):
        return original
    try:
        return replace(original, content=original.content.read_bytes())
    except OSError:
        return replace(original, content=b"")
