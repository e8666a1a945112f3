"""A network's weights, whatever stands around them and before their names."""

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from saliencnn.models.checkpoint_layout import find_weights
from saliencnn.models.smallgap import SmallGap

torch.manual_seed(0)
OWN = SmallGap(num_classes=5).state_dict()
OTHER = SmallGap(num_classes=5).state_dict()


def before(text: str, state: dict[str, Tensor] = OWN) -> dict[str, Tensor]:
    return {f"{text}{name}": value for name, value in state.items()}


def is_same(found: dict[str, Tensor], state: dict[str, Tensor] = OWN) -> bool:
    return found.keys() == state.keys() and all(torch.equal(found[n], state[n]) for n in state)


def test_bare_weights_have_nothing_to_be_said_of() -> None:
    found = find_weights(OWN, OWN)
    assert is_same(found.state)
    assert found.describe("w") == ()


@pytest.mark.parametrize(
    "prefix",
    [
        "module.",
        "_orig_mod.",
        "model.",
        "net.",
        "backbone.",
        "encoder.",
        "encoder_q.",
        "0.",
        "x.y.",
    ],
)
def test_what_stands_before_the_names_is_stripped_and_said(prefix: str) -> None:
    found = find_weights(before(prefix), OWN)
    assert is_same(found.state)
    assert found.stripped == (prefix,)
    assert found.describe("w") == (f"w: '{prefix}' stripped from the names.",)


@given(st.lists(st.sampled_from(["module", "_orig_mod", "model", "net", "student"]), max_size=4))
def test_nestings_are_stripped(parts: list[str]) -> None:
    assert is_same(find_weights(before("".join(f"{part}." for part in parts)), OWN).state)


def test_wrappers_within_the_names_are_stripped() -> None:
    """As where only the features were given to DataParallel, or a block to torch.compile."""
    within = {n.replace("features.", "features.module."): v for n, v in OWN.items()}
    within = {re.sub(r"^fc\.", "fc._orig_mod.", n): v for n, v in within.items()}
    found = find_weights(within, OWN)
    assert is_same(found.state)
    assert found.stripped == ("_orig_mod.", "module.")


WRAPS: dict[str, Callable[[dict[str, Tensor]], Any]] = {
    "state_dict": lambda state: {"epoch": 3, "state_dict": state, "optimizer": {"state": {}}},
    "model": lambda state: {"model": state, "args": None},
    "model_state_dict": lambda state: OrderedDict(model_state_dict=state, loss=torch.tensor(0.5)),
    "net": lambda state: {"acc": 90.1, "net": state},
    "weights.backbone": lambda state: {"weights": {"backbone": state, "neck": {}}},
    "state_dict_ema": lambda state: {"state_dict_ema": state},
    "1": lambda state: [3, state],
}


@pytest.mark.parametrize("place", WRAPS)
@pytest.mark.parametrize("prefix", ["", "module."])
def test_weights_are_found_in_dicts(place: str, prefix: str) -> None:
    found = find_weights(WRAPS[place](before(prefix)), OWN)
    assert is_same(found.state)
    assert ".".join(found.place) == place


def test_what_stands_beside_the_weights_is_named() -> None:
    content = {"state_dict": {**before("model."), "loss.weight": torch.ones(2)}, "epoch": 3}
    (note,) = find_weights(content, OWN).describe("w")
    assert note == (
        "w: taken from 'state_dict'; 'model.' stripped from the names; not used: epoch, "
        "loss.weight."
    )


def test_plain_weights_come_before_their_moving_averages() -> None:
    for names in (("state_dict", "state_dict_ema"), ("model_ema", "model"), ("ema", "model")):
        plain = next(name for name in names if "ema" not in name)
        content = {name: OWN if name == plain else OTHER for name in names}
        found = find_weights(content, OWN)
        assert is_same(found.state)
        assert found.place == (plain,)
        assert found.unused == tuple(name for name in names if name != plain)


def test_averages_by_torch_are_found() -> None:
    network = SmallGap(num_classes=5)
    found = find_weights(AveragedModel(network).state_dict(), OWN)
    assert is_same(found.state, network.state_dict())
    assert found.unused == ("n_averaged",)


def test_a_student_beside_its_teacher_is_one_whole_network() -> None:
    found = find_weights(before("student.") | before("teacher.", OTHER), OWN)
    assert is_same(found.state) or is_same(found.state, OTHER)


def test_a_lightning_module_gives_its_network() -> None:
    class Module(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone = SmallGap(num_classes=5)
            self.loss = nn.CrossEntropyLoss(weight=torch.ones(5))

    module = Module()
    content = {"state_dict": module.state_dict(), "pytorch-lightning_version": "2.4.0"}
    found = find_weights(content, OWN)
    assert is_same(found.state, module.backbone.state_dict())


def test_a_backbone_alone_is_found() -> None:
    features = {name: value for name, value in OWN.items() if not name.startswith("fc.")}
    found = find_weights({"state_dict": before("encoder.", features)}, OWN)
    assert is_same(found.state, features)


@pytest.mark.parametrize("content", [3, None, "text", [], {}, {"a": {"b": 1}}, torch.ones(2)])
def test_nothing_is_found_where_there_is_nothing(content: Any) -> None:
    assert find_weights(content, OWN).state == {}


def test_a_dict_within_itself_ends() -> None:
    content: dict[str, Any] = {"a": torch.ones(1)}
    content["again"] = content
    assert find_weights(content, OWN).state == {}
