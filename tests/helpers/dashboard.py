"""The dashboard as `saliencnn app` serves it, from a folder with settings of its own."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.helpers.commands import Forker
from tests.helpers.server import free_port
from tests.helpers.waiting import is_served, wait_for


@contextmanager
def serve_dashboard(program: Forker, uri: str, folder: Path, port: int = 0) -> Iterator[str]:
    """Serve the dashboard; its address.

    Args:
        program: starts it.
        uri: of the store.
        folder: the working directory and the home folder.
        port: where to listen, by default at a free one.
    """
    port = port or free_port()
    server = program.start(
        *("app", "--port", str(port)),
        log=str(folder / "dashboard.log"),
        folder=folder,
        HOME=str(folder),
        MLFLOW_TRACKING_URI=uri,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: is_served(f"{address}/_stcore/health"), 120, server.log.read_text)
        yield address
    finally:
        server.send(signal.SIGKILL)
        program.wait(server)


def read_page(address: str, name: str, query: str) -> str:
    """Open a page as a browser does, and return all that it draws, as text."""
    request, drawn = BackMsg(), []
    request.rerun_script.page_name, request.rerun_script.query_string = name, query
    with connect(f"{address.replace('http', 'ws', 1)}/_stcore/stream", max_size=None) as session:
        session.send(request.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(session.recv(timeout=60))
            drawn.append(str(answer))
            if answer.WhichOneof("type") == "script_finished":
                return "\n".join(drawn)
