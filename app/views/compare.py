"""Compare: which of many networks is better, on what, and where does each look?"""

from app.comparegallery import draw_gallery
from app.comparegraph import draw_distribution
from app.comparegroup import open_comparison
from app.compareoverall import draw_overall
from app.comparesupplement import draw_supplement
from app.comparetask import choose_task
from app.explaining import draw_explanations
from app.widgets import guarded

with guarded():
    store, group = open_comparison()
    task = choose_task(store, group)
    with guarded():
        draw_overall(store, group)
    with guarded():
        draw_distribution(store, group, task)
    with guarded():
        draw_supplement(store, group, task)
    if task.kind == "image" and task.classes:
        with guarded():
            draw_gallery(store, group, task)
    draw_explanations(store, task)
