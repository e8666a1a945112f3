"""BBMP as a row of the table of methods."""

import torch
from torch import Tensor

from saliencnn.common.progress import part_of
from saliencnn.saliency.bbmp import best_of, learn_masks, start_from_map
from saliencnn.saliency.bbmp_descent import Learned
from saliencnn.saliency.bbmp_objective import grid_of
from saliencnn.saliency.cam_family import gradcam
from saliencnn.saliency.effort import STARTS
from saliencnn.saliency.task import Task


def bbmp(task: Task) -> Tensor:
    """What a learned mask deletes (Fong and Vedaldi 2017), (N, h, w) in 0..1.

    The better of two descents, from Grad-CAM's map and from the whole image: a single one
    ends more than 5% above the authors' 300 steps on 6 of 100 images, the better of two on
    3 (``tests/benchmarks/bbmp.py``).
    """
    if not len(task.images):
        return task.images.new_empty(0, *grid_of(*task.images.shape[2:]))
    focused = start_from_map(gradcam(task.activations, task.gradients).detach())
    whole = torch.ones_like(focused)
    return 1 - best_of([_learn(task, focused, 0, True), _learn(task, whole, 1, False)]).masks


def _learn(task: Task, start: Tensor, nth: int, weaken: bool) -> Learned:
    report = part_of(task.report, nth / STARTS, (nth + 1) / STARTS, f"start {nth + 1} of {STARTS}")
    return learn_masks(
        task.model, task.images, task.targets, start, seed=task.seed, weaken=weaken, report=report
    )
