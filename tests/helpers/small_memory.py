"""Commands that run with as little shared memory as Docker gives unless told otherwise."""

import os
import shutil
import subprocess

import pytest


def in_small_memory(*command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command with 64 MB of shared memory, Docker's default."""
    mount = 'mount -t tmpfs -o size=64m tmpfs /dev/shm && exec "$@"'
    if not shutil.which("unshare") or os.geteuid():
        pytest.skip("needs root, to mount a small /dev/shm that nobody else sees")
    if subprocess.run(["unshare", "-m", "sh", "-c", mount, "sh", "true"]).returncode:
        pytest.skip("no file system may be mounted here")
    small = ["unshare", "-m", "sh", "-c", mount, "sh", *command]
    return subprocess.run(small, capture_output=True, text=True, timeout=300)
