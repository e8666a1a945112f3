"""What numbers before and after do not say by themselves: an untested retry, a loss that rose."""

from collections.abc import Mapping

from app.parts.estimates import describe_trial
from app.parts.findings import draw_findings
from app.parts.leads import draw_row, lead
from app.parts.widgets import plain
from app.reads import stored_findings, stored_interventions
from pipelines.report.ranking import say_warning
from saliencnn.findings.finding import Severity
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

RELIANT = ("shortcut", "leans on a shortcut")
"""Rules that find from accuracy alone that a network relies on a shortcut."""
LOSS_AND_ACCURACY = ("val_loss", "val_accuracy")


def draw_cautions(store: Store, before: RunInfo, after: RunInfo) -> None:
    """Say the gravest warning about a retry, and lead to the test for shortcuts that it lacks."""
    found = stored_findings.of_run(store, after)
    if warned := [one for one in found if one.severity >= Severity.WARNING]:
        draw_findings([say_warning(after.name, warned[0])], "retrain")
    tested, retested = (
        stored_interventions.found(store, run.run_id, run.epoch) is not None
        for run in (before, after)
    )
    if tested and not retested:
        name = f"**{plain(after.name)}**"
        if any(one.rule in RELIANT for one in found):
            said = f"{name} still relies on a shortcut, as its accuracy without it shows. Changing "
            said += f"its images, as was done with **{plain(before.name)}**, shows what it reads."
        elif "counterfactual_accuracy" in after.metrics:
            said = (
                f"{name} shows no reliance on the known shortcut. Whether it reads another is "
                "unknown: its images have not been changed to test that yet, as those of "
                f"**{plain(before.name)}** have."
            )
        else:
            said = (
                f"Whether {name} still relies on a shortcut is unknown: its images have not been "
                f"changed to test that yet, as those of **{plain(before.name)}** have."
            )
        row = draw_row(f"{said} {describe_trial(store, after)}")
        lead(row, "trust", "Try interventions", {"run": after.run_id})


def explain_loss(before: Mapping[str, float], after: Mapping[str, float]) -> str:
    """Say what it means that both validation loss and accuracy rose; "" where they did not.

    Args:
        before: metrics of the run before.
        after: of the run after.
    """
    risen = (name in before and after.get(name, 0.0) > before[name] for name in LOSS_AND_ACCURACY)
    if not all(risen):
        return ""
    return (
        "Validation loss rose although more images are right: the network is less sure where it is "
        "right, or surer where it is wrong."
    )
