"""A person at the dashboard, without a browser: Streamlit's own messages over a WebSocket."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 300
"""Seconds to wait for a message."""


class Visitor:
    """One session of a Streamlit app, which draws nothing.

    Attributes:
        widgets: label -> the widget of the open page, as its message describes it.
        drawn: elements that the last run of the page sent.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._known: dict[str, ForwardMsg] = {}
        self._chosen: dict[str, WidgetState] = {}
        self._page, self._query = "", ""
        self.widgets: dict[str, Any] = {}
        self.drawn = 0

    async def open(self, page: str, query: Mapping[str, str] | None = None) -> None:
        """Open a page, and wait until it stands still."""
        self._page, self._query = page, urlencode(query or {})
        self._chosen.clear()
        self.widgets.clear()
        await self.run()

    async def pick(self, label: str, number: int) -> None:
        """Choose a value of a select box or slider, by its place, and wait for the page."""
        widget = self.widgets.get(label)
        if widget is None:
            raise RuntimeError(f"{self._page} has no {label!r}, but {', '.join(self.widgets)}")
        state, options = WidgetState(id=widget.id), list(widget.options)
        if not options:
            step = number * widget.step % (widget.max - widget.min)
            state.double_array_value.data.append(round(widget.min + step, 9))
        elif widget.DESCRIPTOR.name == "Slider":
            state.string_array_value.data.append(options[number % len(options)])
        else:
            state.string_value = options[number % len(options)]
        self._chosen[widget.id] = state
        await self.run()

    async def run(self) -> None:
        """Let the page's script run, and wait until it stands still.

        Raises:
            RuntimeError: the page is broken.
        """
        asked = BackMsg()
        asked.rerun_script.page_name = self._page
        asked.rerun_script.query_string = self._query
        asked.rerun_script.widget_states.widgets.extend(self._chosen.values())
        asked.rerun_script.context_info.color_scheme = "light"
        self.drawn = 0
        await self._socket.send(asked.SerializeToString())
        while not self._take(await self._receive()):
            pass

    async def _receive(self) -> ForwardMsg:
        message = ForwardMsg.FromString(await self._socket.recv(decode=False))
        if message.WhichOneof("type") == "ref_hash":
            return self._known[message.ref_hash]
        if message.hash:
            self._known[message.hash] = message
        return message

    def _take(self, message: ForwardMsg) -> bool:
        """Take a message over; return whether the script has ended."""
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._take_element(message.delta.new_element)
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "script_finished":
            return bool(message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY)
        return False

    def _take_element(self, element: Any) -> None:
        self.drawn += 1
        kind = element.WhichOneof("type")
        shown = getattr(element, kind)
        if kind == "exception":
            raise RuntimeError(shown.message)
        if getattr(shown, "id", "") and getattr(shown, "label", ""):
            self.widgets[shown.label] = shown


@asynccontextmanager
async def visit(address: str) -> AsyncIterator[Visitor]:
    """Begin a session of the app at ``http://HOST:PORT``, as a browser that comes back does."""
    cookies = await asyncio.to_thread(_take_cookies, address)
    url = address.replace("http", "ws", 1) + "/_stcore/stream"
    async with connect(
        url,
        subprotocols=["streamlit"],
        additional_headers={"Cookie": "; ".join(cookies)} if cookies else {},
        max_size=None,
        compression=None,
        open_timeout=PATIENCE,
        ping_interval=None,
    ) as socket:
        yield Visitor(socket)


def _take_cookies(address: str) -> list[str]:
    with urlopen(address, timeout=PATIENCE) as page:
        return [one.split(";")[0] for one in page.headers.get_all("Set-Cookie", [])]
