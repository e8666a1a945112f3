"""Real networks on real images: the numbers that were found elsewhere."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision.transforms import v2

from pipelines.evaluation.run import Task, evaluate
from saliencnn.data.decode import decode_image
from saliencnn.data.imagenet import imagenet_classes
from saliencnn.data.kinds import name_kind
from saliencnn.data.preparation import normalise
from saliencnn.models.architectures import TABLE
from saliencnn.models.catalogue import build_evaluable
from saliencnn.saliency import explain
from saliencnn.store import evaluation_files
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import list_evaluations, read_evaluation
from saliencnn.store.images import read_image, read_index
from tests.helpers.commands import Forker

WHOLE = "mobilenet_v2"
ACCURACY = 0.771
"""What the images' own description gives for it; of others, tests of their weights tell it."""
PART = 4
"""One in so many of the images is taken; `make bench` takes all."""
SPREAD = 0.04
"""Two standard deviations of the accuracy on so few."""
FILES = {
    WHOLE: "mobilenet_v2-imagenet.safetensors",
    "squeezenet1_1": "squeezenet1_1-imagenet.safetensors",
    "squeezenet1_0": "squeezenet1_0-imagenet.pth",
}
LITE = "efficientnet_lite0"
SAMPLE = 30
# Some 600 forward passes: few seconds on two idle cores, and many on busy ones.
pytestmark = pytest.mark.timeout(2400)


@pytest.fixture(scope="module")
def labels(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the classes of the images that are taken."""
    lines = (test_data / "imagenet-val" / "labels.txt").read_text().splitlines()
    path = tmp_path_factory.mktemp("labels") / "labels.txt"
    path.write_text("\n".join(lines[::PART]))
    return path


@pytest.fixture(scope="module")
def every(
    store: Store,
    program: Forker,
    test_data: Path,
    labels: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, EvaluationInfo]:
    """Evaluations by architecture: of one on hundreds of images, of the others on a few."""
    work = tmp_path_factory.mktemp("work")
    whole, *others = (f"{arch}@{test_data / 'weights' / file}" for arch, file in FILES.items())
    images = str(test_data / "imagenet-val")
    arguments = ("--models", whole, "--images", images, "--labels", str(labels))
    command = program.start(
        *("evaluate", *arguments, "--resize", "none", "--work", str(work)),
        MLFLOW_TRACKING_URI=store.uri,
    )
    assert program.wait(command) == 0, command.log.read_text()
    count = len(labels.read_text().splitlines())
    assert command.log.read_text().count(f"of {count} images") == 1
    few = evaluate(store, Task([LITE, *others], images, limit=2 * SAMPLE, resize=None, work=work))
    assert few.failures == ()
    (large,) = (info for info in list_evaluations(store) if info.metrics["images"] == count)
    infos = [large, *(read_evaluation(store, run_id) for run_id in few.evaluated)]
    return {info.arch: info for info in infos}


def test_accuracy_is_the_described_one(every: dict[str, EvaluationInfo]) -> None:
    info = every[WHOLE]
    assert info.metrics["top1"] == pytest.approx(ACCURACY, abs=SPREAD)
    assert info.metrics["top1"] < info.metrics["top5"] < 1
    assert info.metrics["images_per_second"] > 0


def test_all_speak_of_the_same_images(store: Store, every: dict[str, EvaluationInfo]) -> None:
    alike = [every[arch] for arch in FILES if arch != WHOLE]
    assert len({info.images for info in alike}) == 1
    assert len({info.images_id for info in alike}) == 1
    index = read_index(store, every[WHOLE].images_id)
    assert (np.diff(index.labels) >= 0).all()
    assert index.classes == imagenet_classes().classes


def brute_force(network: nn.Module, paths: list[Path], mean: list[float], std: list[float]):  # type: ignore[no-untyped-def]
    """Softmax image by image, prepared by other code."""
    prepare = v2.Compose([v2.ToImage(), v2.CenterCrop(224), v2.ToDtype(torch.float32, scale=True)])
    scale = v2.Normalize(mean, std)
    with torch.no_grad():
        for path in paths:
            image = prepare(Image.open(path).convert("RGB"))
            yield network(scale(image)[None]).softmax(1)[0].numpy()


@pytest.mark.parametrize("arch", [*FILES, LITE])
def test_predictions_are_those_of_a_plain_loop(
    store: Store, every: dict[str, EvaluationInfo], test_data: Path, arch: str
) -> None:
    info = every[arch]
    index = read_index(store, info.images_id)
    rows = evaluation_files.read_predictions(store, info.run_id)
    chosen = np.linspace(0, len(index) - 1, SAMPLE).astype(int)
    paths = [test_data / "imagenet-val" / "images" / index.names[i] for i in chosen]
    network = build_evaluable(arch, 1000, evaluation_files.read_weights(store, info))
    mean = [127 / 255] * 3 if "lite" in arch else [0.485, 0.456, 0.406]
    std = [128 / 255] * 3 if "lite" in arch else [0.229, 0.224, 0.225]
    for i, expected in zip(chosen, brute_force(network, paths, mean, std), strict=True):
        row = rows.loc[i]
        assert row["image"] == i
        assert row["true"] == index.labels[i]
        assert row["true_confidence"] == pytest.approx(expected[int(row["true"])], abs=1e-4)
        best = np.sort(expected)[::-1][:5]
        found = [row[f"confidence_{n}"] for n in range(1, 6)]
        np.testing.assert_allclose(found, best, atol=1e-4)
        np.testing.assert_allclose(
            [expected[int(row[f"class_{n}"])] for n in range(1, 6)], best, atol=1e-4
        )


def test_numbers_by_class_and_root_are_counted(
    store: Store, every: dict[str, EvaluationInfo], labels: Path
) -> None:
    info = every[WHOLE]
    true = [int(line.split()[1]) for line in labels.read_text().splitlines()]
    rows = evaluation_files.read_predictions(store, info.run_id)
    right = rows["class_1"] == rows["true"]
    by_class = evaluation_files.read_by_class(store, info.run_id)
    assert len(by_class) == 1000
    assert by_class["images"].tolist() == np.bincount(true, minlength=1000).tolist()
    for label in (true[0], int(by_class["images"].argmax())):
        assert by_class["accuracy"][label] == pytest.approx(right[rows["true"] == label].mean())
    empty = by_class[by_class["images"] == 0]
    assert empty["accuracy"].isna().all()
    told = f"{1000 - len(set(true))} of 1000 classes have no image"
    assert any(note.startswith(told) for note in info.notes)
    kinds = np.array([name_kind(root) for root in imagenet_classes().roots])
    roots = kinds[rows["true"].to_numpy()]
    assert set(info.root_accuracy) == set(roots)
    for root, accuracy in info.root_accuracy.items():
        assert accuracy == pytest.approx(right[roots == root].mean())


def test_distances_and_places_leave_out_classes_without_images(
    store: Store, every: dict[str, EvaluationInfo]
) -> None:
    info = every[WHOLE]
    present = evaluation_files.read_by_class(store, info.run_id)["images"].to_numpy() > 0
    distances = evaluation_files.read_distances(store, info.run_id)
    places = evaluation_files.read_projection(store, info.run_id)
    np.testing.assert_array_equal(np.isfinite(places).all(1), present)
    np.testing.assert_array_equal(np.isfinite(distances), np.outer(present, present))
    # By chance it would be four in ten: animals are taken for animals.
    roots = np.array(imagenet_classes().roots)[present]
    known = distances[np.ix_(present, present)].copy()
    np.fill_diagonal(known, 2)
    nearest = roots[known.argmin(1)]
    assert (nearest == roots)[roots == "animal"].mean() > 0.9


def test_a_page_can_explain_an_image_from_the_store_alone(
    store: Store, every: dict[str, EvaluationInfo]
) -> None:
    info = every[LITE]
    index = read_index(store, info.images_id)
    rows = evaluation_files.read_predictions(store, info.run_id)
    sure = int(rows["true_confidence"].to_numpy().argmax())
    image = decode_image(read_image(store, info.images_id, index, sure), "kept")
    assert image.shape == (224, 224, 3)
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None]
    images = normalise(pixels, info.mean, info.std)
    network = build_evaluable(info.arch, 1000, evaluation_files.read_weights(store, info))
    label = int(rows["true"][sure])
    with torch.no_grad():
        # What is kept is a JPEG of high quality, so not exactly what was measured.
        again = float(network(images).softmax(1)[0, label])
    assert again == pytest.approx(rows["true_confidence"][sure], abs=0.05)
    maps = explain(network, images, label, ["gradcam"], spec=TABLE[info.arch])
    assert maps["gradcam"].max() > 0
