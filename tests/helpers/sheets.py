"""The sheets of maps that a page has drawn."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def sheets_of(app: AppTest) -> list[dict[str, Any]]:
    """Return what each of a page's sheets sends to the browser, from top to bottom."""
    sent = (element.proto.json for element in app.get("bidi_component"))
    known = [json.loads(one) for one in sent if one]
    return [one for one in known if "rows" in one]  # the page's other components have none
