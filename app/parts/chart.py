"""Charts on a page: what Altair has made of the same tables before is not made again."""

import hashlib
import pickle
from collections.abc import Callable
from typing import Any

import altair as alt
import streamlit as st
from altair.utils import schemapi
from streamlit.dataframe_util import convert_anything_to_arrow_bytes

from saliencnn.common.lru import LRU

Chart = alt.Chart | alt.LayerChart | alt.FacetChart
Specification = dict[str, Any]
"""Of Vega-Lite, its data under ``datasets`` as Arrow's bytes."""
KEPT = 256
_known: LRU[bytes, Specification] = LRU(KEPT)

alt.theme.enable("none")  # sizes are the page's
alt.data_transformers.disable_max_rows()  # a page bounds itself how much it draws
schemapi.disable_debug_mode()  # tests check charts against the schema, which takes half the time


def draw_chart(build: Callable[..., Chart], *inputs: Any, **shown: Any) -> Any:
    """Draw a chart.

    Args:
        build: makes it of ``inputs`` alone; a function of a module.
        inputs: values that can be pickled: tables, arrays, numbers, words.
        shown: ``key``, ``on_select``, ``width`` and more, as ``st.vega_lite_chart`` takes them.

    Returns:
        What a person has selected, where ``on_select`` is given.
    """
    return st.vega_lite_chart(spec=specify(build, *inputs), **shown)


def specify(build: Callable[..., Chart], *inputs: Any) -> Specification:
    """Return a chart as a specification, kept for everybody; nobody may change it.

    Altair takes longer over a chart than the rest of its page takes together.
    """
    content = pickle.dumps((build.__module__, build.__qualname__, inputs))
    key = hashlib.sha256(content).digest()
    found = _known.get(key)
    if found is None:
        found = _compile(build, *inputs)
        _known.put(key, found)
    return found


def _compile(build: Callable[..., Chart], *inputs: Any) -> Specification:
    specification: Specification = build(*inputs).to_dict(validate=schemapi.DEBUG_MODE)
    tables = specification.get("datasets", {})
    packed = {name: convert_anything_to_arrow_bytes(rows) for name, rows in tables.items()}
    return {**specification, "datasets": packed}
