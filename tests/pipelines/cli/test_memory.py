"""What a process does with the memory that its tensors leave."""

import platform
import resource

import pytest
import torch

import pipelines

PAGES = 2**26 // resource.getpagesize()


def fill_pages() -> int:
    """Fill and drop a tensor of 64 MB; return how many new pages the kernel had to give."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(2**26, dtype=torch.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="Only glibc is told to keep memory.")
def test_a_tensor_s_memory_serves_the_next_one() -> None:
    assert pipelines.__doc__, "importing the package is what sets it"
    for _ in range(20):  # until the heap is large enough
        fill_pages()
    assert sum(fill_pages() for _ in range(10)) < PAGES
