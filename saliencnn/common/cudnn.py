"""cuDNN's flags while the library computes: a seed decides what a GPU computes.

They belong to the whole process, so they are set inside a call and put back after it. Several
threads may be inside at once: the first one in sets them, and the last one out puts them back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import torch

_lock = Lock()
_inside = 0
_before = (False, False)


@contextmanager
def deterministic_cudnn() -> Iterator[None]:
    """Let cuDNN add up in the same order each time; may be entered again inside."""
    global _inside, _before
    cudnn = torch.backends.cudnn
    with _lock:
        if not _inside:
            _before = (cudnn.deterministic, cudnn.benchmark)
            cudnn.deterministic, cudnn.benchmark = True, False
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                cudnn.deterministic, cudnn.benchmark = _before
