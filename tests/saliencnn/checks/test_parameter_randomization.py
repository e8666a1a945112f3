"""Parameter randomisation, against weights replaced by hand."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from saliencnn.checks.parameter_randomization import (
    draw_weights,
    find_layers,
    group_blocks,
    randomize,
)
from saliencnn.models.architectures import ARCHITECTURES
from saliencnn.saliency import METHODS, explain
from saliencnn.saliency.methods import Method
from tests.saliencnn.checks.networks import assert_as_it_came, noise, quiet, small_subject, state_of


class Backwards(nn.Module):
    """Defines its layers in another order than it runs them in, and one that never runs."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 2)
        self.unused = nn.Linear(4, 2)
        self.second = nn.Conv2d(4, 4, 3)
        self.first = nn.Conv2d(3, 4, 3)

    def forward(self, images: Tensor) -> Tensor:
        features = self.second(self.second(self.first(images)).relu())
        return self.fc(features.mean((2, 3)))


def test_layers_come_in_the_order_in_which_they_run() -> None:
    model = Backwards()
    before = state_of(model)
    assert find_layers(model, noise(1, 3, 12, 12)) == [model.first, model.second, model.fc]
    assert_as_it_came(model, before)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 9, 62])
@pytest.mark.parametrize("blocks", [1, 2, 3, 6, 100])
def test_blocks_are_contiguous_even_and_begin_with_the_head(count: int, blocks: int) -> None:
    layers = [nn.Linear(1, 1) for _ in range(count)]
    groups = group_blocks(layers, blocks)
    assert [layer for group in groups for layer in group] == layers[::-1]
    assert len(groups) == min(blocks, count)
    if len(groups) > 1:
        assert groups[0] == [layers[-1]]
        sizes = [len(group) for group in groups[1:]]
        assert max(sizes) - min(sizes) <= 1


def test_a_normalisation_belongs_to_the_layer_before_it() -> None:
    norm, first, second, head = (
        nn.BatchNorm2d(3),
        nn.Conv2d(3, 3, 1),
        nn.Conv2d(3, 3, 1),
        nn.Linear(3, 2),
    )
    after = nn.BatchNorm2d(3)
    layers = [norm, first, second, after, head]
    assert group_blocks(layers, 9) == [[head], [after, second], [first], [norm]]
    assert group_blocks(layers, 2) == [[head], [after, second, first, norm]]
    assert group_blocks([norm], 6) == [[norm]]


def test_new_weights_keep_mean_and_deviation_and_forget_the_rest() -> None:
    torch.manual_seed(1)
    layer, norm = nn.Linear(100, 200), nn.BatchNorm2d(300)
    layer.weight.data.mul_(3).add_(0.7)
    norm.running_mean.fill_(2.0)
    layer.requires_grad_(False)
    own = deepcopy(layer)
    draw_weights([layer, norm], torch.Generator().manual_seed(0))
    assert float(layer.weight.mean()) == pytest.approx(float(own.weight.mean()), abs=0.01)
    assert float(layer.weight.std()) == pytest.approx(float(own.weight.std()), rel=0.02)
    together = torch.stack([layer.weight.flatten(), own.weight.flatten()])
    assert abs(torch.corrcoef(together)[0, 1]) < 0.03
    assert (norm.weight == 1).all(), "of one value: the same again"
    assert (norm.running_mean == 2).all(), "measured and not learnt"


def test_each_block_alone_by_hand() -> None:
    subject = small_subject("gradcam", "gradient")
    found = randomize(subject, False, quiet, blocks=4)
    assert found.names[0] == "fc"
    assert len(found.names) == 4
    copies = torch.Generator().manual_seed(subject.seed)
    for number, group in enumerate(group_blocks(find_layers(subject.model, subject.images), 4)):
        own = deepcopy(subject.model.state_dict())
        draw_weights(group, copies)
        expected = explain(
            subject.model, subject.images, subject.targets, subject.methods,
            spec=subject.architecture,
        )  # fmt: skip
        subject.model.load_state_dict(own)
        for name in subject.methods:
            assert torch.equal(found.maps[name][number + 1], expected[name])


def test_cascading_ends_where_all_is_random_at_once() -> None:
    subject = small_subject("cam", "gradcam", "gradxinput")
    step_by_step = randomize(subject, True, quiet)
    alone = randomize(subject, False, quiet)
    at_once = randomize(subject, True, quiet, blocks=1)
    assert len(step_by_step.names) == 5, "four convolutions and the head"
    assert len(at_once.names) == 1
    for name in subject.methods:
        assert torch.equal(step_by_step.maps[name][-1], at_once.maps[name][-1])
        assert torch.equal(step_by_step.maps[name][1], alone.maps[name][1])
        assert not torch.equal(step_by_step.maps[name][2], alone.maps[name][2])


def test_the_first_map_is_the_networks_own_and_cam_uses_the_random_head() -> None:
    subject = small_subject("cam")
    found = randomize(subject, True, quiet)
    own = explain(
        subject.model, subject.images, subject.targets, ["cam"], spec=subject.architecture
    )
    assert torch.equal(found.maps["cam"][0], own["cam"])
    draw_weights([subject.model.fc], torch.Generator().manual_seed(subject.seed))
    with torch.no_grad():
        features = subject.model.features(subject.images)
    weights = subject.model.fc.weight[subject.targets]
    expected = torch.einsum("nchw,nc->nhw", features, weights)
    torch.testing.assert_close(found.maps["cam"][1], expected, rtol=1e-4, atol=1e-5)


def test_similarity_is_spearmans_of_absolute_values() -> None:
    subject = small_subject("gradxinput")
    found = randomize(subject, True, quiet, blocks=2)
    assert found.similarity["gradxinput"].shape == (2, 3)
    for block in range(2):
        for image in range(3):
            first, second = (
                found.maps["gradxinput"][stage, image].abs().flatten() for stage in (0, block + 1)
            )
            expected = spearmanr(first, second).statistic
            assert found.similarity["gradxinput"][block, image] == pytest.approx(expected)


def test_an_upside_down_map_is_the_same_map(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = noise(3, 8, 8)
    turns = iter([shape, -shape, torch.ones_like(shape)])
    method = Method("Turning", lambda _: next(turns), "input", "none", "Turns.", signed=True)
    monkeypatch.setitem(METHODS, "turning", method)
    found = randomize(small_subject("turning"), True, quiet, blocks=2).similarity["turning"]
    np.testing.assert_allclose(found[0], 1)
    assert np.isnan(found[1]).all(), "a flat map is like no other"


def test_a_method_that_ignores_the_network_never_changes(broken: tuple[str, ...]) -> None:
    for cascading in (True, False):
        found = randomize(small_subject("edges"), cascading, quiet).similarity["edges"]
        np.testing.assert_allclose(found, 1)


def test_a_networks_maps_change_from_block_to_block() -> None:
    subject = small_subject("gradient", "cam")
    for cascading in (True, False):
        found = randomize(subject, cascading, quiet).similarity
        assert (found["cam"] < 0.95).any(axis=1).all()
        assert (found["gradient"][-1] < 0.95).all()


@pytest.mark.parametrize("arch", ["resnet18", "mobilenet_v2", "squeezenet1_1", "googlenet"])
def test_every_weight_that_runs_is_replaced(arch: str) -> None:
    model = ARCHITECTURES[arch].build(num_classes=4).eval()
    layers = find_layers(model, noise(1, 3, 64, 64))
    own = {name: value.clone() for name, value in model.named_parameters()}
    draw_weights(layers, torch.Generator().manual_seed(0))
    for name, value in model.named_parameters():
        assert not torch.equal(value, own[name]) or float(own[name].std(correction=0)) == 0, name


def test_the_network_is_left_alone() -> None:
    subject = small_subject("cam")
    subject.model.train()
    before = state_of(subject.model)
    randomize(subject, True, quiet)
    assert_as_it_came(subject.model, before)
    with pytest.raises(ValueError, match="at least 1, not 0"):
        randomize(subject, True, quiet, blocks=0)


def test_another_seed_draws_other_weights_and_the_same_one_the_same() -> None:
    subject = small_subject("cam")
    one, again = (randomize(subject, True, quiet, blocks=1).maps["cam"][1] for _ in range(2))
    other = randomize(replace(subject, seed=1), True, quiet, blocks=1).maps["cam"][1]
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_in_inference_mode() -> None:
    subject = small_subject("gradcam", "gradient")
    expected = randomize(subject, False, quiet, blocks=2)
    with torch.inference_mode():
        found = randomize(subject, False, quiet, blocks=2)
    for name in subject.methods:
        assert torch.equal(found.maps[name], expected.maps[name])
