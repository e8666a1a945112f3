"""Present: the story of runs, or a kept walkthrough, one idea a step on the whole screen."""

from app.parts.runs import open_page
from app.parts.widgets import guarded
from app.present.frame import clear_screen, draw_bar
from app.present.on_screen import draw_step
from app.present.place import close, find_steps, follow_step, go_to, leave_if_closed

clear_screen()
leave_if_closed()
with guarded():
    store, runs = open_page("", "", several=True)
    steps = find_steps(store, runs)
    place = follow_step(steps)
    draw_bar(place, [step.title for step in steps], lambda to: go_to(steps, to), close)
    draw_step(steps[place - 1])
