"""Score-CAM's approximation against the exact map: cost against rank correlation.

`make bench` takes a few images; `python -m tests.benchmarks.scorecam 52` prints the frontier
over that many images and three networks (about an hour on two cores).
"""

import sys
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import torch
from scipy.stats import spearmanr
from sklearn.cluster import KMeans
from torch import Tensor, nn

from saliencnn.common.progress import silent
from saliencnn.models.architectures import ARCHITECTURES
from saliencnn.saliency.cam_family import weigh
from saliencnn.saliency.passes import cut_pass, explaining
from saliencnn.saliency.scorecam import score_masked, score_rounds
from saliencnn.saliency.task import SharedPass, Task
from tests.benchmarks.real import NETWORKS, data_folder, labelled, real_images, real_network
from tests.benchmarks.row import Row

CLUSTERS = (16, 64, 128)


@dataclass
class Frontier:
    """Correlations with the exact map by how a map was made, and the channels it tried."""

    correlation: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    tried: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    channels: int = 0

    def add(self, how: str, tried: int, exact: Tensor, found: Tensor) -> None:
        self.correlation[how].append(float(spearmanr(exact.flatten(), found.flatten()).statistic))
        self.tried[how].append(tried)

    def lines(self) -> list[str]:
        return [
            f"{how}: {np.median(self.tried[how]):.0f} channels tried of {self.channels} "
            f"({self.channels / np.median(self.tried[how]):.1f} x fewer), Spearman median "
            f"{np.median(r):.4f}, tenth percentile {np.percentile(r, 10):.4f}, least {min(r):.4f}"
            for how, r in self.correlation.items()
        ]


def measure(model: nn.Module, arch: str, images: Tensor) -> Frontier:
    """Compare maps of the predicted classes, image by image."""
    frontier = Frontier()
    with explaining(model), torch.no_grad():
        for image in images.split(1):
            _compare(_make_task(model, arch, image), frontier)
    return frontier


def _make_task(model: nn.Module, arch: str, image: Tensor) -> Task:
    cut = cut_pass(model, image, ARCHITECTURES[arch])
    shared = SharedPass(lambda: cut, cut.logits.argmax(1))
    return Task(model, image, ARCHITECTURES[arch], shared, 0, silent)


def _compare(task: Task, frontier: Frontier) -> None:
    maps = task.activations.detach()
    frontier.channels = maps.shape[1]
    scores = score_masked(task, 0, maps[0])
    exact = _draw(maps, scores.softmax(0))
    frontier.add("equal weights", 1, exact, _draw(maps, torch.ones_like(scores)))
    for clusters in CLUSTERS:
        guessed = _by_centroids(task, maps[0], clusters)
        frontier.add(f"k-means, {clusters}", clusters, exact, _draw(maps, guessed.softmax(0)))
    for tried, weights in score_rounds(task, 0, settled=2.0):
        if tried in (16, 32, 64, 96, 128):
            frontier.add(f"ours, {tried}", tried, exact, _draw(maps, weights))
    *_, (tried, weights) = score_rounds(task, 0)
    frontier.add("ours, until settled", tried, exact, _draw(maps, weights))


def _by_centroids(task: Task, maps: Tensor, clusters: int) -> Tensor:
    """Give each channel the score of its cluster's centre."""
    low, high = maps.amin(dim=(1, 2), keepdim=True), maps.amax(dim=(1, 2), keepdim=True)
    places = ((maps - low) / (high - low + 1e-8)).flatten(1).numpy()
    found = KMeans(clusters, n_init=1, random_state=0).fit(places)
    centres = torch.from_numpy(found.cluster_centers_).reshape(-1, *maps.shape[1:])
    return score_masked(task, 0, centres.float())[torch.from_numpy(found.labels_).long()]


def _draw(maps: Tensor, weights: Tensor) -> Tensor:
    return weigh(maps, weights[None].to(maps)).relu()


def run(inputs: int = 4, networks: tuple[str, ...] = ("squeezenet1_1",)) -> list[Row]:
    folder = data_folder()
    if folder is None:
        print("SKIP  approximate Score-CAM: SALIENCNN_TEST_DATA is not set")
        return []
    names = [name for name, _ in labelled(folder)]
    chosen = names[:: len(names) // inputs][:inputs]
    images, rows = real_images(folder, chosen), []
    for arch in networks:
        frontier = measure(real_network(folder, arch), arch, images)
        print(*(f"      {arch}, {line}" for line in frontier.lines()), sep="\n", flush=True)
        lost = 1 - float(np.median(frontier.correlation["ours, until settled"]))
        cost = float(np.median(frontier.tried["ours, until settled"])) / frontier.channels
        what = f"Approximate Score-CAM, {arch}, {inputs} images, "
        rows += [
            Row(f"{what}1 - Spearman to the exact map", lost, 0.02, "median over the images"),
            Row(f"{what}share of the channels tried", cost, 1 / 6, "median over the images"),
        ]
    return rows


if __name__ == "__main__":
    for row in run(int(sys.argv[1]), tuple(NETWORKS)):
        print(row)
