"""Score-CAM (Wang 2020): exact, and approximated from a few channels."""

from collections.abc import Iterator

import numpy as np
import torch
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn.cluster import KMeans
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern
from torch import Tensor
from torch.nn.functional import interpolate

from pipelines.saliency.cam_family import weigh
from pipelines.saliency.task import Task

BATCH = 32
"""Masked pictures in one forward pass; masks exist at the picture's size for these only."""
FIRST_CHANNELS = 16
MORE_CHANNELS = 16
MOST_CHANNELS = 128
"""How many channels the approximation tries: at first, in each further round, and in all."""
SETTLED = 0.995
"""Spearman's correlation of the maps after two rounds at which it stops."""
OPTIMISM = 2.0
"""Standard deviations of the guess that are added to it when the next channels are chosen."""


def scorecam(task: Task) -> Tensor:
    """Score-CAM (Wang 2020, algorithm 1), exact: every channel masks the picture once.

    A channel's weight is the softmax over channels of the class's logit on the picture seen
    through the channel. The baseline's score, which the algorithm subtracts from every logit,
    cancels in that softmax. Channels without relief all show the same black picture, so one pass
    serves them all.
    """
    with torch.no_grad():
        activations = task.activations.detach()
        weights = torch.empty(activations.shape[:2], device=activations.device)
        for position, maps in enumerate(activations):
            flat = _is_flat(maps)
            distinct = torch.cat([maps[~flat], torch.zeros_like(maps[:1])])
            scores = score_masked(task, position, distinct)
            weights[position] = scores[-1]
            weights[position, ~flat] = scores[:-1]
            task.report(position + 1, len(activations))
        return weigh(activations, weights.softmax(1)).relu()


def approximate_scorecam(task: Task) -> Tensor:
    """Score-CAM with most channels' scores guessed from those of a few.

    The score is a smooth function of the mask, so a Gaussian process on the channels' maps
    (each from its minimum to its maximum, 0 to 1) guesses the scores of channels not tried. It
    starts from the medoids of a k-means clustering; each round tries the channels that might
    weigh most, and it ends when the map has settled or the budget is spent. How well it agrees
    with the exact map is measured by ``tests/benchmarks/scorecam.py``.
    """
    with torch.no_grad():
        activations = task.activations.detach()
        weights = torch.empty(activations.shape[:2], device=activations.device)
        for position in range(len(activations)):
            *_, (_tried, weights[position]) = score_rounds(task, position)
            task.report(position + 1, len(activations))
        return weigh(activations, weights).relu()


def score_rounds(
    task: Task, position: int, most: int = MOST_CHANNELS, settled: float = SETTLED
) -> Iterator[tuple[int, Tensor]]:
    """Yield (channels tried, weights (C,) of all channels) after every round.

    Args:
        task: the batch.
        position: of the picture in the batch.
        most: channels tried at most.
        settled: correlation of two rounds' maps at which it stops; above 1 it never does.
    """
    maps = task.activations[position].detach()
    live = (~_is_flat(maps)).nonzero()[:, 0]
    places = _stretch(maps[live]).flatten(1).double().cpu().numpy()
    black = float(score_masked(task, position, torch.zeros_like(maps[:1])))
    scores = torch.full((len(maps),), black, device=maps.device)
    tried, found = np.empty(0, int), np.empty(0)
    chosen = _first_channels(places, most, task.seed)
    before: Tensor | None = None
    while True:
        fresh = score_masked(task, position, maps[live[torch.from_numpy(chosen)]])
        tried, found = np.append(tried, chosen), np.append(found, fresh.cpu().numpy())
        guesses, doubts = _guess(places, tried, found)
        scores[live] = torch.from_numpy(guesses).to(scores)
        weights = scores.softmax(0)
        yield len(tried), weights
        now = weigh(maps[None], weights[None].to(maps))[0].relu()
        if len(tried) >= min(most, len(live)) or _agree(before, now, settled):
            return
        hopes = guesses + OPTIMISM * doubts
        hopes[tried] = -np.inf
        chosen = np.argsort(-hopes, kind="stable")[: min(MORE_CHANNELS, most - len(tried))]
        before = now


def score_masked(task: Task, position: int, maps: Tensor) -> Tensor:
    """Return the class's logits (M,) on one picture seen through each of M maps (M, h, w)."""
    image, target = task.images[position], task.class_idx[position]
    size = (image.shape[1], image.shape[2])
    scores = []
    for part in maps.split(BATCH):
        masks = interpolate(part[:, None].to(image), size=size, mode="bilinear")
        masked = (image * _stretch(masks)).contiguous(memory_format=torch.channels_last)
        scores.append(task.model(masked)[:, target].float())
    return torch.cat(scores)


def _stretch(maps: Tensor) -> Tensor:
    """Scale each map (M, ..., h, w) from its minimum and maximum to 0 and 1."""
    low, high = maps.amin(dim=(-2, -1), keepdim=True), maps.amax(dim=(-2, -1), keepdim=True)
    return (maps - low) / (high - low + 1e-8)


def _is_flat(maps: Tensor) -> Tensor:
    return maps.amax(dim=(1, 2)) == maps.amin(dim=(1, 2))


def _first_channels(places: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Return the channels nearest to the centres of a k-means clustering; all, if few."""
    if len(places) <= most:
        return np.arange(len(places))
    clusters = KMeans(FIRST_CHANNELS, n_init=1, random_state=seed)
    return np.unique(clusters.fit_transform(places).argmin(axis=0))


def _guess(
    places: np.ndarray, tried: np.ndarray, found: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of all places and their standard deviations, given those of some."""
    if len(tried) == len(places):
        guesses, doubts = np.empty(len(places)), np.zeros(len(places))
    else:
        kernel = Matern(float(np.median(pdist(places[tried]))) or 1.0, nu=1.5)
        process = GaussianProcessRegressor(kernel, alpha=0.01, optimizer=None, normalize_y=True)
        process.fit(places[tried], found)
        guesses, doubts = process.predict(places, return_std=True)
    guesses[tried] = found
    return guesses, doubts


def _agree(before: Tensor | None, now: Tensor, settled: float) -> bool:
    if before is None:
        return False
    return float(spearmanr(before.flatten().cpu(), now.flatten().cpu()).statistic) >= settled
