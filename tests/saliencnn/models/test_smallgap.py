import pytest
import torch

from saliencnn.models.smallgap import SmallGap


@pytest.mark.parametrize(("size", "resolution"), [(96, 12), (224, 28), (97, 13)])
def test_maps_have_an_eighth_of_the_resolution(size: int, resolution: int) -> None:
    features = SmallGap(8).features(torch.rand(2, 3, size, size))
    assert features.shape == (2, SmallGap(8).fc.in_features, resolution, resolution)
    assert features.min() == 0


def test_scores_are_the_mean_of_class_activation_maps() -> None:
    model = SmallGap(5, dropout=0.5).eval()
    images = torch.rand(3, 3, 96, 96)
    maps = torch.einsum("nkhw,ck->nchw", model.features(images), model.fc.weight)
    torch.testing.assert_close(model(images), maps.mean((2, 3)) + model.fc.bias)


def test_dropout_acts_in_training_only() -> None:
    images = torch.rand(2, 3, 96, 96)
    model = SmallGap(3, dropout=0.9)
    assert not torch.equal(model(images), model(images))
    model.eval()
    assert torch.equal(model(images), model(images))


def test_seed_decides_the_weights() -> None:
    states = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        states.append(SmallGap(8).fc.weight)
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])
