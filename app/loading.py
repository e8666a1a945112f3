"""What the pages import, loaded before the first person asks for one."""

import gc
import logging
import pkgutil
from importlib import import_module

from streamlit.logger import get_logger

import app
from saliencnn.plugins import load_plugins

SCRIPTS = ("app.main", "app.views.")
"""What Streamlit runs itself, for each session anew."""


def load_pages() -> None:
    """Import every module of the pages, for the server that this process is about to be.

    What was imported stays, so Python's garbage collection need not look at it again.
    """
    load_plugins()
    # Streamlit says that it has no server yet.
    caches = get_logger("streamlit.runtime.caching.cache_data_api")
    level = caches.level
    caches.setLevel(logging.ERROR)
    for found in pkgutil.walk_packages(app.__path__, "app."):
        if not found.name.startswith(SCRIPTS):
            import_module(found.name)
    caches.setLevel(level)
    gc.collect()
    gc.freeze()
