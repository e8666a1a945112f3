"""Present: runs, networks or a kept walkthrough, one idea a step on the whole screen."""

from app.parts.widgets import guarded
from app.present.frame import clear_screen, draw_bar
from app.present.on_screen import draw_step
from app.present.place import close, find_presentation, follow_step, go_to, leave_if_closed

clear_screen()
leave_if_closed()
with guarded():
    shown = find_presentation()
    place = follow_step(shown)
    draw_bar(place, [step.title for step in shown.steps], lambda to: go_to(shown, to), close)
    draw_step(shown.steps[place - 1])
