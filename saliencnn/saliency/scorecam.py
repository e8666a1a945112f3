"""Score-CAM (Wang 2020): exact, and approximated from a few channels."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pdist

from saliencnn.saliency.cam_family import weigh
from saliencnn.saliency.effort import MAX_CHANNELS
from saliencnn.saliency.task import Task

BATCH = 32
"""Masked images in one forward pass; masks exist at the image's size for these only."""
FIRST_CHANNELS = 16
MORE_CHANNELS = 16
"""How many channels the approximation tries at first, and in each further round."""
SETTLED = 0.995
"""Spearman's correlation of the maps after two rounds at which it stops."""
NUGGET = 0.01
"""Variance of a score that the guess does not explain, as a fraction of all scores' variance."""
OPTIMISM = 2.0
"""Standard deviations of the guess that are added to it when the next channels are chosen."""


def scorecam(task: Task) -> Tensor:
    """Score-CAM (Wang 2020, algorithm 1), exact: every channel masks the image once.

    A channel's weight is the softmax over channels of the class's logit on the image seen
    through the channel. The baseline's score, which the algorithm subtracts from every logit,
    cancels in that softmax. Channels without relief all show the same black image, so one pass
    serves them all.
    """
    with torch.no_grad():
        activations = task.activations.detach()
        weights = torch.empty(activations.shape[:2], device=activations.device)
        for position, maps in enumerate(activations):
            constant = _is_constant(maps)
            distinct = torch.cat([maps[~constant], torch.zeros_like(maps[:1])])
            scores = score_masked(task, position, distinct)
            weights[position] = scores[-1]
            weights[position, ~constant] = scores[:-1]
            task.report_steps(position + 1, len(activations))
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
            task.report_steps(position + 1, len(activations))
        return weigh(activations, weights).relu()


def score_rounds(
    task: Task, position: int, settled: float = SETTLED
) -> Iterator[tuple[int, Tensor]]:
    """Yield (channels tried, weights (C,) of all channels) after every round.

    Args:
        task: the batch.
        position: of the image in the batch.
        settled: correlation of two rounds' maps at which it stops; above 1 it never does.
    """
    maps = task.activations[position].detach()
    live = (~_is_constant(maps)).nonzero()[:, 0]
    places = _stretch(maps[live]).flatten(1).double().cpu()
    black = float(score_masked(task, position, torch.zeros_like(maps[:1])))
    scores = torch.full((len(maps),), black, device=maps.device)
    chosen = _first_channels(places, task.seed)
    tried, found = chosen[:0], places.new_empty(0)
    before: Tensor | None = None
    while True:
        fresh = score_masked(task, position, maps[live[chosen.to(live)]])
        tried, found = torch.cat([tried, chosen]), torch.cat([found, fresh.double().cpu()])
        guesses, doubts = guess_scores(places, tried, found)
        scores[live] = guesses.to(scores)
        weights = scores.softmax(0)
        yield len(tried), weights
        now = weigh(maps[None], weights[None].to(maps))[0].relu()
        left = min(MAX_CHANNELS, len(live)) - len(tried)
        if left <= 0 or _agree(before, now, settled):
            return
        hopes = guesses + OPTIMISM * doubts
        hopes[tried] = -torch.inf
        promising = hopes.argsort(descending=True, stable=True)
        chosen = promising[: min(MORE_CHANNELS, left)]
        before = now


def score_masked(task: Task, position: int, maps: Tensor) -> Tensor:
    """Return the class's logits (M,) on one image seen through each of M maps (M, h, w)."""
    image, target = task.images[position], task.targets[position]
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


def _is_constant(maps: Tensor) -> Tensor:
    return maps.amax(dim=(1, 2)) == maps.amin(dim=(1, 2))


def _first_channels(places: Tensor, seed: int) -> Tensor:
    """Return the channels nearest to the centres of a k-means clustering; all, if few."""
    if len(places) <= FIRST_CHANNELS:
        return torch.arange(len(places))
    from sklearn.cluster import KMeans  # takes seconds to import, and few calls need it

    clusters = KMeans(FIRST_CHANNELS, n_init=1, random_state=seed)
    return torch.from_numpy(clusters.fit_transform(places.numpy())).argmin(dim=0).unique()


def guess_scores(places: Tensor, tried: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
    """Guess the scores of all channels from those of some, by a Gaussian process.

    Its kernel is Matern's of order 3/2 (Rasmussen and Williams 2006, eq. 4.17), on the scale of
    the median distance between channels tried; eq. 2.23 and 2.24 give mean and variance.

    Args:
        places: float64 (C, cells), the channels' maps.
        tried: int64 (K,), which channels.
        found: float64 (K,), their scores.

    Returns:
        Scores (C,), as found where a channel was tried, and their standard deviations (C,).
    """
    guesses, doubts = found.new_empty(len(places)), found.new_zeros(len(places))
    if len(tried) < len(places):
        scale = float(pdist(places[tried]).quantile(0.5)) if len(tried) > 1 else 0.0
        near = 3**0.5 / (scale or 1.0) * torch.cdist(places, places[tried])
        kernel = (1 + near) * torch.exp(-near)
        own = kernel[tried] + NUGGET * torch.eye(len(tried), dtype=kernel.dtype)
        factor = torch.linalg.cholesky(own)
        shared = torch.linalg.solve_triangular(factor, kernel.T, upper=False)
        surplus = (found - found.mean())[:, None]
        whitened = torch.linalg.solve_triangular(factor, surplus, upper=False)
        guesses = found.mean() + (shared.T @ whitened)[:, 0]
        spread = float(found.std(correction=0)) or 1.0
        doubts = spread * (1 - shared.square().sum(0)).clamp(min=0).sqrt()
    guesses[tried] = found
    return guesses, doubts


def _agree(before: Tensor | None, now: Tensor, settled: float) -> bool:
    if before is None:
        return False
    from scipy.stats import spearmanr  # takes seconds to import, and few calls need it

    first, second = (maps.flatten().float().cpu() for maps in (before, now))  # autocast's are not
    return float(spearmanr(first, second).statistic) >= settled
