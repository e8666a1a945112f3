"""Images as pixels, each decoded once."""

import os
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from saliencnn.data.encode import encode_png
from saliencnn.recording.decoded import DecodedImages

PIXELS = np.random.default_rng(0).integers(0, 256, (7, 5, 6, 3), np.uint8)
EXPECTED = torch.from_numpy(PIXELS).permute(0, 3, 1, 2)


class Counted(Sequence[bytes]):
    """Files that count how often they are read."""

    def __init__(self) -> None:
        self.reads = [0] * len(PIXELS)

    def __len__(self) -> int:
        return len(PIXELS)

    def __getitem__(self, place: int) -> bytes:  # type: ignore[override]
        self.reads[place] += 1
        return encode_png(PIXELS[place])


def take_all(images: DecodedImages) -> None:
    for places in ([0, 1, 2], [2, 4, 1], [6, 5, 3, 0], [3, 2, 1, 0], [5, 6]):
        assert torch.equal(images.take(np.array(places)), EXPECTED[places])


def test_each_image_is_decoded_once() -> None:
    files = Counted()
    take_all(DecodedImages(files, 100))
    assert files.reads == [1] * 7


def test_what_finds_no_room_is_decoded_again() -> None:
    files = Counted()
    take_all(DecodedImages(files, 3))
    assert files.reads == [1, 1, 1, 2, 1, 2, 2]
    files = Counted()
    take_all(DecodedImages(files, 0))
    assert sum(files.reads) == 16


def test_a_full_disk_costs_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    files = Counted()
    take_all(DecodedImages(files, 100))
    assert sum(files.reads) == 16
