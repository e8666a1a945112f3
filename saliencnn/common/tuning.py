"""Settings of a whole process with which torch computes faster on a CPU.

Nobody gets them by an import: the command line asks for them, and so may a program of your own.
"""

import ctypes
import os
import platform

THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "1000"}
"""Environment of OpenMP, read once, as torch is loaded.

Threads that spin while they wait for each other take the cores from the processes that load the
next images. An epoch of the demo takes a third less if they sleep; ten microseconds of spinning
before that cost it nothing, and bridge the gap between two small operations, which then take a
third of the time.
"""
KEPT = 2**30
"""Bytes of freed memory that a process keeps for its next tensors."""
ARENAS = 2
"""Pools of memory for the threads of a process that gives freed memory back."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -3, -4, -8  # malloc.h


def tune_process() -> None:
    """Tune this process, before torch is loaded; what the environment has already, stays."""
    for name, value in THREADS.items():
        os.environ.setdefault(name, value)
    keep_freed_memory()


def keep_freed_memory() -> None:
    """Have glibc hand freed memory out again instead of returning it to the kernel.

    The kernel clears each page that it hands out, and glibc asks it anew for every block above 32
    MB: a training step of MobileNetV2 (32 images of 224 px, two cores) takes 1.8 s so and 1.05 s
    with the same memory kept, at a fifth more memory at the peak.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_MAX, 0)
        libc.mallopt(_M_TRIM_THRESHOLD, KEPT)


def give_freed_memory_back() -> None:
    """Have glibc return freed memory to the kernel, as a server does that seldom computes.

    Each run of a page is a thread of its own. With an arena for each that runs at the same time,
    and whatever it ever needed kept there, 50 people take several hundred MB more.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_ARENA_MAX, ARENAS)
        libc.mallopt(_M_MMAP_MAX, 65536)  # glibc's own
        libc.mallopt(_M_MMAP_THRESHOLD, 2**17)
        libc.mallopt(_M_TRIM_THRESHOLD, 2**17)
