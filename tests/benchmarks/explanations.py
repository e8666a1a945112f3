"""What a comparison task costs beside the forward passes of its networks."""

import tempfile
from pathlib import Path

import numpy as np
import torch

from saliencnn.data.classset import ClassSet
from saliencnn.data.encode import encode_jpeg
from saliencnn.data.image_index import ImageIndex
from saliencnn.data.planes import decode_planes
from saliencnn.data.preparation import normalise
from saliencnn.maps.explainer import Explainer
from saliencnn.maps.requests import MapRequest
from saliencnn.models.architectures import TABLE
from saliencnn.models.catalogue import build_evaluable, digest_state
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationFacts, EvaluationInfo, Results
from saliencnn.store.evaluations import read_evaluation, write_evaluation
from saliencnn.store.images import publish_pack
from tests.benchmarks.measure import paired
from tests.benchmarks.row import Row
from tests.helpers.stores import new_store
from tests.saliencnn.store.test_evaluations import make_results

NETWORKS = ("squeezenet1_1", "mobilenet_v2", "resnet18", "resnet50", "densenet121")
PAIRS = 9
CLASSES = ClassSet("numbers", tuple(str(n) for n in range(1000)))
SCALING = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        store = new_store(Path(folder))
        encoded = _draw_images(PAIRS + 1)
        inputs = _publish(store, Path(folder), encoded)
        infos = [_evaluate(store, arch, inputs, number) for number, arch in enumerate(NETWORKS)]
        explainer = Explainer(store)
        networks = [_load(explainer, info) for info in infos]
        # Each comparison needs an image that nobody asked about before.
        fresh = iter(range(PAIRS + 1))

        def plain() -> None:
            with torch.inference_mode():
                for network in networks:
                    images = normalise(decode_planes(encoded[:1]), *SCALING)
                    network(images.contiguous(memory_format=torch.channels_last))

        def explained() -> None:
            image = next(fresh)
            result = explainer.compute([MapRequest(info, image, 3) for info in infos], ["gradcam"])
            assert len(result.maps) == len(infos)

        forward, maps, ratio = paired(plain, explained, PAIRS)
    return [
        Row(
            "Grad-CAM task on five networks in memory for one image, in their forward passes",
            ratio,
            1.5,
            f"forward {forward:.3f} s, task {maps:.3f} s",
        )
    ]


def _draw_images(count: int) -> list[bytes]:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 224, 224, 3), np.uint8)
    return [encode_jpeg(image) for image in pixels]


def _publish(store: Store, folder: Path, encoded: list[bytes]) -> str:
    path = folder / "pictures.bin"
    path.write_bytes(b"".join(encoded))
    nowhere = np.full((len(encoded), 4), np.nan, np.float32)
    index = ImageIndex(
        name="noise",
        classes=CLASSES.classes,
        size=224,
        names=tuple(str(n) for n in range(len(encoded))),
        labels=np.zeros(len(encoded), np.int64),
        offsets=np.cumsum([0, *map(len, encoded)]),
        object_boxes=nowhere,
        head_boxes=nowhere,
        skipped=(),
    )
    return publish_pack(store, "noise", index, path, [f"{n:064d}" for n in range(len(encoded))])


def _evaluate(store: Store, arch: str, images: str, seed: int) -> EvaluationInfo:
    torch.manual_seed(seed)
    state = TABLE[arch].build(num_classes=len(CLASSES)).state_dict()
    mean, std = SCALING
    facts = EvaluationFacts(
        arch, arch, digest_state(state), "noise", "1" * 64, images, CLASSES.digest,
        224, None, mean, std,
    )  # fmt: skip
    results: Results = make_results()
    return read_evaluation(store, write_evaluation(store, facts, CLASSES, results, state))


def _load(explainer: Explainer, info: EvaluationInfo) -> torch.nn.Module:
    """Bring a network into the explainer's memory, and return one like it."""
    explainer.compute(
        [MapRequest(info, PAIRS, 3)], ["cam" if info.arch != "densenet121" else "gradcampp"]
    )
    network = explainer._networks.get(info.model_digest)
    assert network is not None
    return build_evaluable(info.arch, len(CLASSES), network.state_dict())
