"""A proxy before a server that cuts off chosen requests, before or after the server has them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlparse


@dataclass
class Proxy:
    """What a test sees of it.

    Attributes:
        server: host and port of the server behind it.
        address: its own.
        cut: method and part of the path of the next request to be cut off, and whether the
            server gets it first, so that only its answer is lost.
        done: all that was cut off.
    """

    server: str
    address: str = ""
    cut: tuple[str, str, bool] | None = None
    done: list[tuple[str, str, bool]] = field(default_factory=list)

    def pick(self, method: str, path: str) -> tuple[str, str, bool] | None:
        cut = self.cut
        if cut is None or cut[0] != method or cut[1] not in path:
            return None
        self.cut = None
        self.done.append(cut)
        return cut


@contextmanager
def cutting_proxy(address: str) -> Iterator[Proxy]:
    """Run a proxy before the server at an address."""
    proxy = Proxy(urlparse(address).netloc)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            cut = proxy.pick(self.command, self.path)
            if cut and not cut[2]:
                self.close_connection = True
                return
            server = HTTPConnection(proxy.server)
            headers = {
                k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")
            }
            server.request(self.command, self.path, body, headers)
            answer = server.getresponse()
            content = answer.read()
            server.close()
            if cut:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for key in ("Content-Type", "Content-Range"):
                if answer.headers[key]:
                    self.send_header(key, answer.headers[key])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.address = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
