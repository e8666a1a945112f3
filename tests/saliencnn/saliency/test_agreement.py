"""Maps agree with those of pytorch-grad-cam, torchcam and captum: Pearson's r is at least 0.999.

On networks with real weights and real images, and on the table's other architectures with random
weights. ``peers.py`` says where a peer departs from its paper and how that is undone;
``test_agreement_departures.py`` shows each departure.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from saliencnn.saliency import METHODS, at_layer, input_space
from tests.helpers.kinds import KINDS
from tests.saliencnn.saliency.networks import (
    TRAINED,
    Case,
    all_but_a_few_channels_silent,
    in_double_precision,
    random_case,
    trained_case,
)
from tests.saliencnn.saliency.peers import PEERLESS, PEERS, Peer

SMALLER = {
    "smoothgradcampp": (2, 128),
    "integrated_gradients": (1, 96),
    "smoothgrad": (1, 96),
    "scorecam": (1, 64),
    "ablationcam": (1, 64),
}
"""How many images of how many pixels do for methods of many passes on trained networks."""

OF_MANY_PASSES = ("mobilenet_v2", "squeezenet1_1")
"""A network with a linear layer behind the pooling, and one with a convolution before it."""
SHALLOW = [name for name in KINDS if name not in TRAINED]
OF_ONE_PASS = {name: peer for name, peer in PEERS.items() if not METHODS[peer.method].passes}


def test_every_method_has_a_peer_or_a_reason() -> None:
    compared = {peer.method for peer in PEERS.values()}
    assert set(METHODS) <= compared | set(PEERLESS)
    assert not compared & set(PEERLESS)


def assert_agreement(
    case: Case, compare: Callable[[Peer], list[float]], peers: dict[str, Peer] = PEERS
) -> None:
    suited = {name: peer for name, peer in peers.items() if peer.suits(case.spec)}
    r = {name: compare(peer) for name, peer in suited.items()}
    assert len(r) >= len(peers) - 4
    assert {name: each for name, each in r.items() if not np.isfinite(each).any()} == {}
    assert {name: each for name, each in r.items() if np.nanmin(each) < 0.999} == {}


@pytest.mark.parametrize("name", TRAINED)
def test_trained_networks_agree(test_data: Path, name: str) -> None:
    """What many passes add does not depend on the network, so some are compared on two alone."""
    case = trained_case(name, test_data)

    def compare(peer: Peer) -> list[float]:
        smaller = SMALLER.get(peer.method)
        return peer.agreement(case.smaller(*smaller) if smaller else case)

    assert_agreement(case, compare, PEERS if name in OF_MANY_PASSES else OF_ONE_PASS)


@pytest.mark.parametrize("name", SHALLOW)
def test_random_networks_agree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With few steps, copies and active channels: there are many networks, some of them large.

    Gradients at the input come in float64 where random features are normalised layer by layer:
    float32 loses some digits of them at each.
    """
    monkeypatch.setattr(at_layer, "SMOOTHING_COPIES", 2)
    monkeypatch.setattr(input_space, "NOISY_COPIES", 2)
    monkeypatch.setattr(input_space, "PATH_STEPS", 2)
    case = random_case(name, 2, 72)

    def compare(peer: Peer) -> list[float]:
        if METHODS[peer.method].family == "channels":
            part = case.cropped(2, 64)
            with all_but_a_few_channels_silent(part):
                return peer.agreement(part)
        if METHODS[peer.method].family == "input":
            if any(isinstance(module, nn.BatchNorm2d) for module in case.model.modules()):
                with in_double_precision(case.cropped(1, 40)) as exact:
                    return peer.agreement(exact)
            return peer.agreement(case.cropped(1, 64))
        return agreement_of_one_pass(peer, case)

    assert_agreement(case, compare)


def agreement_of_one_pass(peer: Peer, case: Case) -> list[float]:
    if peer.method == "xgradcam":
        with in_double_precision(case) as exact:
            return peer.agreement(exact)
    return peer.agreement(case)
