"""Weights survive a file of plain tensors, which keeps no versions of modules."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from saliencnn.models.architectures import find_architecture
from saliencnn.models.catalogue import build_evaluable
from saliencnn.models.stored_weights import load_state
from saliencnn.models.weights import build_network

VERSIONED = ["mnasnet0_5", "mnasnet1_0", "densenet121", "smallgap"]


@pytest.mark.parametrize("arch", VERSIONED)
def test_a_network_answers_as_before_whichever_way_it_is_read(arch: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    first = find_architecture(arch).build(num_classes=3).eval()
    file = tmp_path / "weights.safetensors"
    save_file(first.state_dict(), file)
    state = load_file(file)
    other = find_architecture(arch).build(num_classes=3).eval()
    load_state(other, state)
    read = build_evaluable(arch, 3, state)
    named = build_network(arch, 3, str(file)).model.eval()
    images = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        for network in (other, read, named):
            torch.testing.assert_close(network(images), first(images), rtol=1e-4, atol=1e-5)
