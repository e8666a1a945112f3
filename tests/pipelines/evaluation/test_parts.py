"""How a shard's images are decoded and its parts kept."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pipelines.evaluation.models import Candidate
from pipelines.evaluation.parts import Part, ShardJob, load_ahead, make_parts
from pipelines.evaluation.run import compute_here
from pipelines.evaluation.work import Workplace
from saliencnn.data.classset import ClassSet
from saliencnn.data.decode import decode_image
from saliencnn.data.geometry import Geometry
from saliencnn.data.imageset import Sample
from saliencnn.data.preparation import Preparation
from saliencnn.models.architectures import TABLE
from saliencnn.models.catalogue import digest_state
from saliencnn.saliency.passes import explaining

SIZE = 48


class Counting(ThreadPoolExecutor):
    """Counts what it is given to do."""

    given = 0

    def submit(self, *arguments, **options) -> Future:  # type: ignore[no-untyped-def]
        self.given += 1
        return super().submit(*arguments, **options)


def make_candidate(seed: int, geometry: Geometry) -> Candidate:
    torch.manual_seed(seed)
    network = TABLE["smallgap"].build(num_classes=7).eval().requires_grad_(False)
    classes = ClassSet("seven", tuple("abcdefg"))
    digest = digest_state(network.state_dict())
    spec, preparation = TABLE["smallgap"], Preparation(geometry)
    return Candidate(f"net {seed}", "smallgap", network, classes, preparation, digest, spec)


def make_shards(count: int, size: int, *candidates: Candidate) -> list[ShardJob]:
    rng = np.random.default_rng(0)
    geometries = tuple(dict.fromkeys(c.preparation.geometry for c in candidates))
    samples = [
        Sample(f"{i}", i % 7, rng.integers(0, 255, (60, 70, 3), np.uint8), (5, 6, 40, 30))
        for i in range(count * size)
    ]
    return [
        ShardJob(n, n * size, tuple(samples[n * size : (n + 1) * size]), candidates, geometries)
        for n in range(count)
    ]


def test_an_image_is_decoded_once_for_all_and_ahead_of_time() -> None:
    shared = Geometry(SIZE, 50)
    candidates = [make_candidate(0, shared), make_candidate(1, shared)]
    candidates.append(make_candidate(2, Geometry(SIZE + 16, None)))
    with Counting(2) as pool:
        loaded = load_ahead(make_shards(3, 5, *candidates), pool)
        _, images = next(loaded)
        # The second shard is under way before the first one is scored.
        assert pool.given == 10
        assert {g.slug for g in images[0].pixels} == {
            shared.slug,
            Geometry(SIZE + 16, None).slug,
        }
        rest = [len(fitted) for _, fitted in loaded]
        assert rest == [5, 5]
        assert pool.given == 15


def test_without_threads_the_parts_are_the_same() -> None:
    jobs = make_shards(2, 5, make_candidate(0, Geometry(SIZE, 50)))
    threads, alone = (list(compute_here(jobs, loaders)) for loaders in (2, 0))
    assert [(part.key, part.shard) for part in alone] == [(p.key, p.shard) for p in threads]
    for one, other in zip(alone, threads, strict=True):
        for name in one.arrays.keys() - {"seconds"}:
            np.testing.assert_array_equal(one.arrays[name], other.arrays[name], name)


def test_parts_say_what_the_networks_say() -> None:
    candidate = make_candidate(3, Geometry(SIZE, 50))
    [job] = make_shards(1, 40, candidate)
    with ThreadPoolExecutor(2) as pool:
        [(_, images)] = list(load_ahead([job], pool))
    packed, scored = make_parts(job, images)
    geometry = candidate.preparation.geometry
    assert (packed.key, scored.key) == (geometry.slug, candidate.slug)
    pixels = torch.stack([image.pixels[geometry] for image in images])
    mean, std = (
        torch.tensor(v).view(3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    )
    with explaining(candidate.network), torch.no_grad():
        expected = candidate.network((pixels / 255 - mean) / std).softmax(1).numpy()
    labels = np.arange(40) % 7
    arrays = scored.arrays
    np.testing.assert_array_equal(arrays["classes"], np.argsort(-expected, axis=1)[:, :5])
    np.testing.assert_allclose(arrays["true_confidence"], expected[range(40), labels], rtol=1e-4)
    sums = np.zeros((7, 7))
    np.add.at(sums, labels, expected.astype(np.float64))
    np.testing.assert_allclose(arrays["sums"], sums, atol=1e-5)
    # Drawn images are kept without loss, one after the other.
    bounds = np.concatenate([[0], np.cumsum(packed.arrays["length"])])
    content = packed.arrays["bytes"].tobytes()
    kept = decode_image(content[bounds[7] : bounds[8]], "kept")
    np.testing.assert_array_equal(kept, pixels[7].permute(1, 2, 0))
    box = geometry.fit_box((5, 6, 40, 30), 60, 70)
    np.testing.assert_array_equal(packed.arrays["boxes"][7, 0], box)
    assert np.isnan(packed.arrays["boxes"][7, 1]).all()


def test_a_shard_without_a_readable_image_has_empty_parts() -> None:
    candidate = make_candidate(4, Geometry(SIZE, 50))
    [job] = make_shards(1, 3, candidate)
    broken = tuple(replace(sample, image=b"no image") for sample in job.samples)
    job = replace(job, samples=broken)
    with ThreadPoolExecutor(2) as pool:
        [(_, images)] = list(load_ahead([job], pool))
    for part in make_parts(job, images):
        assert len(part.arrays["position"]) == 0


def test_parts_are_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    arrays = {"a": np.arange(3), "b": np.array(["ü"])}
    place.keep(Part("net", 0, arrays))
    place.keep(Part("net", 1, arrays))
    assert place.has("net", 1)
    assert not place.has("net", 2)
    assert [list(found["a"]) for found in place.read("net", 2)] == [[0, 1, 2]] * 2
    # A full disk or a crash of the machine can still leave half a file.
    path = tmp_path / "net" / "000001.npz"
    path.write_bytes(path.read_bytes()[:-30])
    place.drop_damaged("net", 3)
    assert place.has("net", 0)
    assert not place.has("net", 1)
    place.clear("net")
    assert not place.has("net", 0)
    with pytest.raises(FileNotFoundError):
        next(place.read("net", 1))
