"""The shards of an evaluation on a Ray cluster.

An image is sent as its file's bytes, and a network once to each machine. Results come back as
parts, which the process that started the evaluation keeps.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from pipelines.computing.cluster import copy_network, open_cluster
from pipelines.evaluation.models import Candidate
from pipelines.evaluation.parts import Part, ShardJob, load_ahead, make_parts
from saliencnn.common.devices import choose_device
from saliencnn.common.tuning import keep_freed_memory
from saliencnn.data.imageset import Sample


def compute_on_cluster(shards: Sequence[ShardJob]) -> Iterator[Part]:
    """Do shards on a Ray cluster, see ``open_cluster``.

    Raises:
        UserError: Ray is not installed, the cluster is not there, or a shard fails again and
            again.
    """
    with open_cluster() as cluster:
        candidates = {c.slug: c for job in shards for c in job.networks}
        networks = {slug: cluster.share(_on_cpu(c)) for slug, c in candidates.items()}
        jobs = ((_lighten(job), *(networks[c.slug] for c in job.networks)) for job in shards)
        for _, parts in cluster.spread(_compute_shard, jobs):
            yield from parts


def _compute_shard(light: ShardJob, *networks: Candidate) -> list[Part]:
    """Do one shard; runs on a worker."""
    keep_freed_memory()
    device = choose_device()
    here = tuple(replace(c, network=copy_network(c.network, device)) for c in networks)
    job = replace(light, networks=here)
    with ThreadPoolExecutor(2) as pool:
        return [
            part
            for complete, images in load_ahead([job], pool)
            for part in make_parts(complete, images)
        ]


def _on_cpu(candidate: Candidate) -> Candidate:
    return replace(candidate, network=candidate.network.cpu())


def _lighten(job: ShardJob) -> ShardJob:
    """Return a shard's job with its images read, and without its networks."""
    return replace(job, networks=(), samples=tuple(map(_load, job.samples)))


def _load(sample: Sample) -> Sample:
    """Read an image's file; one that does not open is left to the worker to leave out."""
    if not isinstance(sample.image, Path):
        return sample
    try:
        return replace(sample, image=sample.image.read_bytes())
    except OSError:
        return replace(sample, image=b"")
