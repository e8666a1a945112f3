"""Who can reach the dashboard: where it listens, and what that means."""

import os
import socket
from ipaddress import ip_address

from saliencnn.common.access import Access
from saliencnn.common.errors import UserError
from saliencnn.common.sentences import list_some

THIS_MACHINE = "127.0.0.1"
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


def server_options(host: str, port: int, access: Access) -> list[str]:
    """Return the options with which Streamlit listens at an address, and asks no other host.

    Args:
        host: an address of this machine.
        port: where to listen.
        access: who may look.
    """
    options = ["--server.address", host, "--server.port", str(port)]
    if is_wildcard(host):
        # Else Streamlit asks a host on the internet under which address it is seen there.
        options += ["--browser.serverAddress", socket.gethostname()]
    if is_this_machine(host) and not os.environ.get("STREAMLIT_SERVER_ALLOWED_HOSTS"):
        # A page elsewhere may have its own name point here (DNS rebinding).
        for name in dict.fromkeys((*LOCAL_NAMES, host, *access.hosts)):
            options += ["--server.allowedHosts", name]
    return options


def check_address(host: str, port: int) -> None:
    """Check that this process can listen at an address.

    Raises:
        UserError: it cannot.
    """
    try:
        if not host.strip():
            raise OSError("it is empty")
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise UserError(
            f"Nothing can listen at {host[:60]!r}, port {port} ({reason}); --host takes an address "
            "of this machine, --port one that is free."
        ) from error


def describe_reach(host: str, port: int, access: Access) -> str:
    """Say who can reach the dashboard, and what they can do there."""
    if is_this_machine(host):
        where = f"Only this machine reaches the dashboard (port {port})"
    else:
        where = f"Whoever reaches port {port} of {host} can open the dashboard"
    if access.needs_login:
        hosts = list_some(sorted(set(access.providers.values())))
        writers = f"{len(access.writers)} {'entry' if len(access.writers) == 1 else 'entries'}"
        return (
            f"{where}, and sees nothing before a log-in at {hosts}. Whoever has logged in sees all "
            f"runs; only those in `writers` ({writers}) give verdicts, queue and start training."
        )
    if is_this_machine(host):
        return f"{where}; --host opens it to others."
    return (
        f"{where}. There is no log-in: everybody there sees all runs, gives verdicts under any "
        "name, and queues and starts training. docs/tutorials/lab-server.md says how to set one up."
    )


def is_this_machine(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_wildcard(host: str) -> bool:
    """Return whether an address stands for all of this machine's."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False
