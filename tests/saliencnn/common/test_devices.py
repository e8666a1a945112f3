"""Which device computes; no GPU is needed to ask."""

import os

import pytest
import torch

from saliencnn.common.devices import VARIABLE, check_device, choose_device, computing_on
from saliencnn.common.errors import UserError


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    count = request.param
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)


@pytest.mark.parametrize("gpus", [0], indirect=True)
@pytest.mark.usefixtures("gpus")
def test_without_a_gpu_the_cpu_computes_and_a_gpu_is_refused() -> None:
    assert choose_device() == torch.device("cpu")
    with computing_on("auto"):
        assert choose_device() == torch.device("cpu")
    for name in ("cuda", "cuda:0"):
        with pytest.raises(UserError, match="no GPU"), computing_on(name):
            pass
    with computing_on("cuda", checked=False):  # the dashboard, which loads no torch
        assert os.environ[VARIABLE] == "cuda"
    assert VARIABLE not in os.environ


@pytest.mark.parametrize("gpus", [2], indirect=True)
@pytest.mark.usefixtures("gpus")
def test_gpus_are_counted_and_each_local_rank_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_device() == torch.device("cuda", 0)
    with computing_on("cuda:1"):
        assert choose_device() == torch.device("cuda", 1)
        with computing_on(None):
            assert choose_device() == torch.device("cuda", 1)
    with computing_on("cpu"):
        assert choose_device() == torch.device("cpu")
    with pytest.raises(UserError, match="2 of them"), computing_on("cuda:2"):
        pass
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert choose_device() == torch.device("cuda", 1)
    with computing_on("cuda"):
        assert choose_device() == torch.device("cuda", 1)


@pytest.mark.parametrize("name", ["", "gpu", "cuda:", "cuda:-1", "cpu:0", "cuda:١", "cuda:0\n"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="it must be auto, cpu, cuda or cuda:N"):
        check_device(name)
