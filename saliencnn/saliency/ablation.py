"""Ablation-CAM: the target layer's channels switched off one by one."""

import torch
from torch import Tensor

from saliencnn.models.spec import POOLED
from saliencnn.saliency.cam_family import weigh
from saliencnn.saliency.passes import head_pass, scores_of
from saliencnn.saliency.task import Task

BATCH = 128
"""Ablated activations in one pass through the head."""


def ablationcam(task: Task) -> Tensor:
    """Ablation-CAM (Desai and Ramaswamy 2020, eq. 3): weights are the score's drop per channel.

    Only what follows the target layer runs again. The paper divides the drop by the score
    itself; its magnitude is taken, since a negative logit would turn the map around.
    """
    with torch.no_grad():
        activations = task.activations.detach()
        scores = scores_of(task.logits, task.targets).float()
        if task.spec.head_kind == POOLED:
            # The score is linear in the channels' averages: what goes is weight times average.
            drops = task.head()[0] * activations.mean(dim=(2, 3))
        else:
            drops = scores[:, None] - _ablated_scores(task, activations)
        weights = drops / scores[:, None].abs().clamp(min=1e-12)
        return weigh(activations, weights.to(activations)).relu()


def _ablated_scores(task: Task, activations: Tensor) -> Tensor:
    """Return the class's score without each of the channels, (N, C)."""
    calls = task.shared.cut().calls
    channels = torch.arange(activations.shape[1], device=activations.device)
    ablated = torch.empty(activations.shape[:2], device=activations.device)
    for position, maps in enumerate(activations):
        for part in channels.split(BATCH):
            copies = maps.repeat(len(part), 1, 1, 1)
            copies[torch.arange(len(part)), part] = 0
            logits = head_pass(task.model, task.images[position], task.spec, copies, calls)
            ablated[position, part] = logits[:, task.targets[position]].float()
        task.report_steps(position + 1, len(activations))
    return ablated
