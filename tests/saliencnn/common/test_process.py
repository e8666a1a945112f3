"""Names of processes: who lives, who is gone, and of whom nothing is known."""

import os
import re
import socket
import subprocess
import sys

import pytest

from saliencnn.common import process
from saliencnn.common.process import describe_process, is_gone, is_here, name_process, this_process

HOST = socket.gethostname()
SLEEP = [sys.executable, "-c", "input()"]


def test_this_process_is_here() -> None:
    name = this_process()
    assert re.fullmatch(rf"{re.escape(HOST)}/[0-9a-f]{{8}}\.\d+:{os.getpid()}", name)
    assert (is_here(name), is_gone(name)) == (True, False)
    assert describe_process(name) == f"{HOST}:{os.getpid()}"


def test_a_process_is_gone_once_it_has_ended() -> None:
    with subprocess.Popen(SLEEP, stdin=subprocess.PIPE) as child:
        name = name_process(child.pid)
        assert (is_here(name), is_gone(name)) == (True, False)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert (is_here(name), is_gone(name)) == (False, True), "nobody has waited for it yet"
    assert (is_here(name), is_gone(name)) == (False, True)


def test_a_process_that_has_the_number_of_a_dead_one_is_another() -> None:
    host, _, rest = this_process().partition("/")
    sign, _, pid = rest.partition(":")
    place, _, start = sign.partition(".")
    name = f"{host}/{place}.{int(start) - 1}:{pid}"
    assert (is_here(name), is_gone(name)) == (False, True)


@pytest.mark.parametrize("pid", [os.getpid(), 2**22 + 1], ids=["alive", "too high"])
@pytest.mark.parametrize("elsewhere", ["host", "boot or container"])
def test_nothing_is_known_of_another_place(
    pid: int, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Containers made by one command share their host's name, and often their numbers."""
    name = f"{HOST}/{process._place()}.1:{pid}"
    if elsewhere == "host":
        name = name.replace(HOST, f"{HOST}2")
    else:
        monkeypatch.setattr(process, "_place", lambda: "0badcafe")
    assert (is_here(name), is_gone(name)) == (False, False)


def test_two_places_of_one_host_name_give_other_names(monkeypatch: pytest.MonkeyPatch) -> None:
    here = name_process(os.getpid())
    monkeypatch.setattr(process, "_place", lambda: "0badcafe")
    assert name_process(os.getpid()) != here
    assert describe_process(name_process(os.getpid())) == describe_process(here)


def test_a_name_of_an_earlier_version_is_read() -> None:
    assert not is_gone(f"{HOST}:{os.getpid()}")
    assert is_gone(f"{HOST}:{2**22 + 1}")
    assert not is_here(f"{HOST}:{os.getpid()}"), "its number may be another process's by now"


@pytest.mark.parametrize("name", ["", "lab", "lab:", ":", "lab:-1", "lab/xyz:1", "a\nb:1x", "/:1"])
def test_nothing_is_known_of_what_is_no_name(name: str) -> None:
    assert (is_here(name), is_gone(name)) == (False, False)
    assert describe_process(name) == name


def test_a_system_that_says_less_is_named_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_place", lambda: "")
    assert name_process(os.getpid()) == f"{HOST}:{os.getpid()}"
