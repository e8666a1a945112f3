"""Everything that computes: image sets, models, explanations, measures, the store, training."""

import ctypes
import os
import platform

# Read once, as torch is loaded: threads that spin while they wait for each other take the cores
# from the processes that load the next images. An epoch of the demo takes a third less if they
# sleep; ten microseconds of spinning before that cost it nothing, and bridge the gap between two
# small operations, which then take a third of the time.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

KEPT = 2**30
"""Bytes of freed memory that a process keeps for its next tensors."""
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # malloc.h


def _keep_freed_memory() -> None:
    """Have glibc hand freed memory out again instead of returning it to the kernel.

    The kernel clears each page that it hands out, and glibc asks it anew for every block above 32
    MB: a training step of MobileNetV2 (32 images of 224 px, two cores) takes 1.8 s so and 1.05 s
    with the same memory kept, at a fifth more memory at the peak.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_MAX, 0)
        libc.mallopt(_M_TRIM_THRESHOLD, KEPT)


_keep_freed_memory()
