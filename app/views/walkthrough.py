"""Walkthrough: the views that a person pinned, in order, and those kept with a run."""

from app.parts.runs import open_page, pick_run
from app.parts.widgets import guarded
from app.walkthrough.keeping import draw_keeping
from app.walkthrough.kept import draw_kept
from app.walkthrough.pinned import draw_pinned

with guarded():
    store, runs = open_page(
        "Walkthrough", "What do you want to show to others, in which order, and what do you say?"
    )
    run = pick_run(runs)
    if draw_pinned():
        draw_keeping(store, run)
    draw_kept(store, run)
