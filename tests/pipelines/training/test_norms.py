"""Statistics of batch norms that follow what a network learns."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from pipelines.training.epoch import learn_epoch
from pipelines.training.norms import MOST_LEFT, USUAL_MOMENTUM, following_norms
from pipelines.training.optimizer import make_optimizer
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.sources import read_image_set
from saliencnn.models.architectures import find_architecture
from saliencnn.models.weights import build_network


@given(st.floats(1e-4, 1.0), st.integers(1, 10_000))
def test_an_epoch_leaves_little_and_no_norm_becomes_slower_or_restless(
    own: float, updates: int
) -> None:
    norm = nn.BatchNorm1d(2, momentum=own)
    with following_norms(norm, updates):
        assert norm.momentum is not None
        assert own <= norm.momentum <= max(own, USUAL_MOMENTUM)
        left = (1 - norm.momentum) ** updates
        assert left <= 1.001 * max(MOST_LEFT, (1 - USUAL_MOMENTUM) ** updates)
    assert norm.momentum == own


def test_a_norm_that_averages_all_batches_still_does() -> None:
    norm = nn.BatchNorm1d(2, momentum=None)
    with following_norms(norm, 10):
        assert norm.momentum is None


def test_a_published_slow_norm_has_the_training_images_statistics_after_an_epoch() -> None:
    images = read_image_set("planted:train=160,validation=8,counterfactual=0,size=32", 0)
    spec = find_architecture("efficientnet_lite0")
    torch.manual_seed(0)
    model = build_network("efficientnet_lite0", len(images.classes), "none", 0.0).model
    norm = next(module for module in model.modules() if isinstance(module, nn.BatchNorm2d))
    own, before = norm.momentum, norm.running_mean
    assert own is not None
    assert own < 0.02
    assert before is not None
    before, seen = before.clone(), list[Tensor]()
    norm.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().mean((0, 2, 3))))
    hp = Hyperparameters(batch_size=4, learning_rate=1e-6)
    optimizer = make_optimizer(model, spec, hp)
    learn_epoch(model, spec, optimizer, images.train, hp, spec.preparation.at(32), 1)
    target = torch.stack(seen).mean(0)
    left = (norm.running_mean - target).norm() / (before - target).norm()
    assert len(seen) == 40
    assert left < 0.1
    assert norm.momentum == own
