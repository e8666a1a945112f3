"""Compare: which of many networks is better, on which classes, and what do its maps show?"""

from app.compare.explaining import draw_explanations
from app.compare.gallery import draw_gallery
from app.compare.graph import draw_distribution
from app.compare.group import open_comparison
from app.compare.overall import draw_overall
from app.compare.sidebar import choose_task
from app.compare.supplement import draw_supplement
from app.parts.findings import draw_findings
from app.parts.widgets import guarded
from app.reads import stored_findings

with guarded():
    store, group = open_comparison()
    task = choose_task(store, group)
    with guarded():
        draw_findings(stored_findings.of_comparison(store, group.models), "compare")
    with guarded():
        draw_overall(store, group)
    with guarded():
        draw_distribution(store, group, task)
    with guarded():
        draw_supplement(store, group, task)
    if task.kind == "image" and task.classes:
        with guarded():
            draw_gallery(store, group, task)
    draw_explanations(store, task, group.models)
