"""Where the dashboard listens, and what it says about it."""

import re
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.cli.main import main
from pipelines.cli.reach import (
    check_address,
    describe_reach,
    is_this_machine,
    is_wildcard,
    server_options,
)
from saliencnn.common.access import Access
from saliencnn.common.errors import UserError
from tests.helpers.commands import Forker
from tests.helpers.server import free_port
from tests.helpers.waiting import wait_for

LOGIN = Access({"default": "login.lab.org"}, ("ann@lab.org",), ("birds.lab.org",))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost", "LOCALHOST"])
def test_this_machine(host: str) -> None:
    assert is_this_machine(host)
    assert "Only this machine" in describe_reach(host, 8501, Access({}))
    assert "Only this machine" in describe_reach(host, 8501, LOGIN)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.2", "lab", "127.0.0.1.evil.org"])
def test_other_machines_are_told_of(host: str) -> None:
    assert not is_this_machine(host)
    assert "no log-in" in describe_reach(host, 8501, Access({}))
    with_login = describe_reach(host, 8501, LOGIN)
    assert "login.lab.org" in with_login
    assert "no log-in" not in with_login


def test_streamlit_asks_nobody_for_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STREAMLIT_SERVER_ALLOWED_HOSTS", raising=False)
    for host in ("0.0.0.0", "::"):
        assert is_wildcard(host)
        assert "--browser.serverAddress" in server_options(host, 8501, Access({}))
    options = server_options("127.0.0.1", 8501, LOGIN)
    allowed = [options[n + 1] for n, one in enumerate(options) if one == "--server.allowedHosts"]
    assert allowed == ["localhost", "127.0.0.1", "::1", "birds.lab.org"]
    assert "--server.allowedHosts" not in server_options("192.0.2.2", 8501, LOGIN)


@pytest.mark.parametrize("host", ["", " ", "192.0.2.77", "nosuch.invalid", "unix:/x", "1" * 300])
def test_an_address_of_nobody_is_a_sentence(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["app", f"--host={host}"]) == 2
    said = capsys.readouterr().err
    assert "--host" in said
    assert said.count("\n") == 1
    assert len(said) <= 320


def test_a_port_in_use_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UserError, match="in use"):
            check_address("127.0.0.1", taken.getsockname()[1])


@contextmanager
def served(program: Forker, folder: Path, *options: str, **environment: str) -> Iterator[str]:
    """Serve until Streamlit says where; what the process said by then."""
    server = program.start("app", *options, folder=folder, HOME=str(folder), **environment)
    try:
        said = server.log.read_text
        wait_for(lambda: re.search(r"URL: .*\n|server started.*\n", said()), 120, said)
        yield said()
    finally:
        server.send(signal.SIGKILL)
        program.wait(server)


def listeners(port: int) -> set[str]:
    """Return the addresses at which something on this machine listens at a port."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, _, number = local.partition(":")
            if state == "0A" and int(number, 16) == port:
                found.add(address)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="/proc lists who listens")
def test_by_default_only_this_machine_reaches_it(program: Forker, tmp_path: Path) -> None:
    port = str(free_port())
    with served(program, tmp_path, "--port", port) as said:
        assert "Only this machine" in said
        assert listeners(int(port)) == {"0100007F"}
    with served(program, tmp_path, "--port", port, STREAMLIT_SERVER_ADDRESS="0.0.0.0") as said:
        assert "no log-in" in said
        assert "External URL" not in said
        assert listeners(int(port)) == {"00000000"}
    here = ("--port", port, "--host", "127.0.0.1")
    with served(program, tmp_path, *here, STREAMLIT_SERVER_ADDRESS="0.0.0.0"):
        assert listeners(int(port)) == {"0100007F"}


def test_a_login_that_is_half_set_up_is_not_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = tmp_path / ".streamlit" / "secrets.toml"
    settings.parent.mkdir()
    for text in ("[auth]\nclient_id = 'x'\n", "[auth\n", "[saliencnn]\nwriters = ['a@b.org']\n"):
        settings.write_text(text)
        assert main(["app"]) == 2
        assert "secrets.toml" in capsys.readouterr().err
