"""Plugins of a test: what they add to the tables of this process is taken back."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from saliencnn import plugins
from saliencnn.common.metrics import METRICS


@contextmanager
def plugins_for_a_while(*modules: str) -> Iterator[None]:
    """Take back what is added to our tables meanwhile, and forget the plugins' modules."""
    before = [(table.rows, dict(table.rows)) for table in plugins.TABLES]
    metrics, known = dict(METRICS), {*sys.modules}
    yield
    for rows, kept in [*before, (METRICS, metrics)]:
        rows.clear()
        rows.update(kept)
    plugins._loaded.clear()
    plugins._owners.clear()
    for name in {*modules} - known:
        sys.modules.pop(name, None)
