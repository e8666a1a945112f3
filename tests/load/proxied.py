"""One dashboard beside two behind nginx, set up by deploy/nginx.conf.

`python -m tests.load.proxied`; needs nginx. Exit 1 if a session is torn, or if one process has all.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import numpy as np

from tests.helpers.lab import wait_for
from tests.helpers.server import free_port
from tests.load.crowd import click_along, open_at_once
from tests.load.servers import PATIENCE, dashboard
from tests.load.visitor import visit

SETTINGS = Path(__file__).parents[2] / "deploy" / "nginx.conf"
PEOPLE, PACE, SECONDS = 50, 5.0, 20.0
CLICKS = (("overview", "Epoch"), ("progression", "Class"), ("trust", "Class"))
AROUND = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    log_format way "$cookie_dashboard $upstream_addr $request_uri";
    access_log {folder}/ways.log way;
{inside}
}}
"""


@contextmanager
def proxy(folder: Path, first: int, second: int) -> Iterator[str]:
    """Run nginx with our settings before two ports; its address."""
    port = free_port()
    told = SETTINGS.read_text()
    for named, real in (("8511", first), ("8512", second), ("8501", port)):
        told = told.replace(named, str(real))
    settings = folder / "nginx.conf"
    settings.write_text(AROUND.format(folder=folder, inside=told))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    nginx = subprocess.Popen([program, "-e", str(folder / "error.log"), "-c", str(settings)])
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        with suppress(OSError), urlopen(f"{address}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
        return False

    try:
        wait_for(answers, PATIENCE)
        yield address
    finally:
        nginx.terminate()
        nginx.wait()


async def crowd(address: str) -> str:
    async with visit(address) as first:
        await first.open("overview")
    opened, _ = await open_at_once(address, "overview", PEOPLE, lambda: 0.0)
    clicked = await click_along(address, CLICKS, PEOPLE, PACE, SECONDS)
    return (
        f"{PEOPLE} open Overview at once: the last waits {max(opened):.1f} s; a click every "
        f"{PACE:g} s each: median {np.median(clicked):.2f}, 95% {np.percentile(clicked, 95):.2f} s"
    )


def main(folder: Path) -> bool:
    for name in ("one", "two"):
        (folder / name).mkdir()
    with dashboard(folder / "one") as one, dashboard(folder / "two") as two:
        print("one process: ", asyncio.run(crowd(one.address)), flush=True)
        ports = [int(server.address.rpartition(":")[2]) for server in (one, two)]
        with proxy(folder, *ports) as address:
            before = one.cpu(), two.cpu()
            print("two processes:", asyncio.run(crowd(address)))
            used = one.cpu() - before[0], two.cpu() - before[1]
            print("CPU s of each:", *(f"{spent:.1f}" for spent in used))
    ways = [line.split(" ") for line in (folder / "ways.log").read_text().splitlines()]
    led = {(cookie, to) for cookie, to, path in ways if "/stream" in path}
    print("sessions:", dict(Counter(to for _, to, path in ways if "/stream" in path)))
    return len(led) == len({cookie for cookie, _ in led}) == 2 and all(used)


with tempfile.TemporaryDirectory() as place:
    sys.exit(not main(Path(place)))
