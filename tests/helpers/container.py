"""Commands that run within a container's limits."""

import os
import shutil
import subprocess

import pytest


def in_small_memory(*command: str, megabytes: int = 64) -> "subprocess.CompletedProcess[str]":
    """Run a command with little shared memory, by default as much as Docker gives."""
    return _run_after(f"mount -t tmpfs -o size={megabytes}m tmpfs /dev/shm", command)


def with_share_of_cores(cores: float, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command where ``docker run --cpus`` says that it may use so many cores.

    The limit can be read, and nobody enforces it.
    """
    limits = "/sys/fs/cgroup"
    period = 100_000
    written = f"echo {cores * period:.0f} {period} > {limits}/cpu.max"
    return _run_after(f"mount -t tmpfs tmpfs {limits} && {written}", command)


def _run_after(mount: str, command: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    """Run a command after mounting what nobody else sees; where nobody may, tests skip."""
    if not shutil.which("unshare") or os.geteuid():
        pytest.skip("needs root, to mount what nobody else sees")
    within = ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "sh"]
    if subprocess.run([*within, "true"]).returncode:
        pytest.skip("no file system may be mounted here")
    return subprocess.run([*within, *command], capture_output=True, text=True, timeout=300)
