"""A person at the dashboard, without a browser: Streamlit's own messages over a WebSocket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

Element = Any
"""A widget as the server describes it, of whatever kind."""


class Visitor:
    """One session of a Streamlit app, which draws nothing.

    Attributes:
        widgets: label -> the widgets of the page that is open.
        errors: what pages said is wrong.
        received: bytes so far.
    """

    def __init__(self, socket: ClientConnection) -> None:
        """Begin where a browser has connected and not asked for a page yet."""
        self._socket = socket
        self._known: dict[str, ForwardMsg] = {}
        self._chosen: dict[str, WidgetState] = {}
        self._page, self._query = "", ""
        self.widgets: dict[str, Element] = {}
        self.errors: list[str] = []
        self.received = 0

    async def open(self, page: str, query: dict[str, Any] | None = None) -> None:
        """Open a page and wait until it stands still."""
        self._page, self._query = page, urlencode(query or {}, doseq=True)
        self._chosen.clear()
        self.widgets.clear()
        await self.run()

    async def choose(self, label: str, **value: Any) -> None:
        """Give a widget a value, as ``WidgetState`` names it, and wait until the page stands still.

        Args:
            label: of the widget.
            value: ``string_value="a"``, ``trigger_value=True``, ...
        """
        state = WidgetState(id=self.widgets[label].id)
        for name, given in value.items():
            if isinstance(given, list):
                getattr(state, name).data.extend(given)
            else:
                setattr(state, name, given)
        self._chosen[label] = state
        await self.run()
        if "trigger_value" in value:
            del self._chosen[label]

    async def run(self) -> None:
        """Let the page's script run, and wait until it stands still."""
        asked = BackMsg()
        asked.rerun_script.page_name = self._page
        asked.rerun_script.query_string = self._query
        asked.rerun_script.widget_states.widgets.extend(self._chosen.values())
        asked.rerun_script.context_info.color_scheme = "light"
        await self._socket.send(asked.SerializeToString())
        while not self._take(await self._receive()):
            pass

    async def _receive(self) -> ForwardMsg:
        content = await self._socket.recv(decode=False)
        self.received += len(content)
        message = ForwardMsg.FromString(content)
        if message.WhichOneof("type") == "ref_hash":
            return self._known[message.ref_hash]
        if message.hash:
            self._known[message.hash] = message
        return message

    def _take(self, message: ForwardMsg) -> bool:
        """Take a message over; return whether the script has ended."""
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            drawn = getattr(element, element.WhichOneof("type"))
            if element.WhichOneof("type") == "exception":
                self.errors.append(drawn.message)
            if getattr(drawn, "id", "") and getattr(drawn, "label", ""):
                self.widgets[drawn.label] = drawn
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "script_finished":
            return message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        return False


@asynccontextmanager
async def visit(address: str) -> AsyncIterator[Visitor]:
    """Connect to the app at ``http://HOST:PORT``."""
    url = address.replace("http", "ws", 1) + "/_stcore/stream"
    async with connect(
        url, subprotocols=["streamlit"], max_size=None, compression=None, open_timeout=60
    ) as socket:
        yield Visitor(socket)
