"""Which device computes: one choice for a process and those that it starts."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from saliencnn.common.errors import UserError

if TYPE_CHECKING:
    import torch

VARIABLE = "SALIENCNN_DEVICE"
AUTO, CPU, CUDA = "auto", "cpu", "cuda"
_NAMES = re.compile(r"auto|cpu|cuda|cuda:[0-9]{1,2}")


def check_device(name: str) -> str:
    """Return the name of a device if it is one: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        UserError: it is none.
    """
    if not _NAMES.fullmatch(name):
        raise UserError(f"The device is {name!r:.40}; it must be auto, cpu, cuda or cuda:N.")
    return name


@contextmanager
def computing_on(name: str | None, checked: bool = True) -> Iterator[None]:
    """Let this process and those that it starts compute on a device; None changes nothing.

    Args:
        name: as ``check_device`` takes it.
        checked: whether to look for the device now, which loads torch.

    Raises:
        UserError: there is no such device.
    """
    if name is None:
        yield
        return
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = name
    try:
        if checked:
            choose_device()  # a sentence before any work
        yield
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before


def choose_device() -> "torch.device":
    """Return the device that this process computes on.

    ``SALIENCNN_DEVICE`` names it, which ``--device`` sets. Without it, or with ``auto``, it is a
    GPU where torch finds one, else the CPU. Where ``torchrun`` starts a process for each GPU, the
    process with local rank N has GPU N.

    Raises:
        UserError: there is no such device.
    """
    import torch  # takes seconds, and ``--help`` must not

    name = check_device(os.environ.get(VARIABLE) or AUTO)
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == CPU or (name == AUTO and not gpus):
        return torch.device(CPU)
    _, _, given = name.partition(":")
    number = int(given or os.environ.get("LOCAL_RANK") or 0)
    if number >= gpus:
        found = "no GPU" if not gpus else f"{gpus} of them, counted from 0"
        raise UserError(f"There is no GPU {number}: torch finds {found}. Choose another --device.")
    return torch.device(CUDA, number)
