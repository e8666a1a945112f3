"""Interventions: what the network still knows once part of its images is changed."""

import numpy as np
import pandas as pd
import streamlit as st

from app.parts.columns import UNKNOWN, roomy_columns
from app.parts.estimates import describe_trial
from app.parts.findings import draw_findings
from app.parts.lacking import draw_lacking
from app.parts.robustness import draw_curves, make_frame, offer_robustness
from app.parts.slow_work import offer_work
from app.parts.widgets import plain
from app.parts.works import try_interventions
from app.parts.writing import may_write
from app.reads import stored_findings, stored_images, stored_interventions
from pipelines.trust.interventions import Intervened
from saliencnn.checks.interventions.effects import Effects
from saliencnn.checks.interventions.words import KINDS
from saliencnn.common.sentences import quote
from saliencnn.findings.few import mark_few
from saliencnn.findings.of_interventions import INTERVENTION_RULE_NAMES
from saliencnn.measures.percent import points_between, round_percent
from saliencnn.store.connection import Store
from saliencnn.store.networks import describe_missing
from saliencnn.store.runs import RunInfo

SECTION = "trust-interventions"
"""Key of the container."""
EXAMPLES = 4
"""Images that are shown as they are and as they were changed."""
ROW_HEIGHT, MAX_HEIGHT, LABEL_WIDTH = 35, 460, 340
ROWS_IN_SIGHT = MAX_HEIGHT // ROW_HEIGHT - 1
"""Of the table at a time, without its heading."""


def draw_interventions(store: Store, run: RunInfo, epoch: int) -> None:
    """Draw what interventions on the network found, or offer to try them.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
    """
    with st.container(key=SECTION):
        st.subheader("Is the network right for the right reason?")
        st.caption(
            "Maps only suggest; this tests. Parts of the images are changed, and the network "
            "classifies them again: changing the background should cost no accuracy, removing the "
            "object should cost nearly all."
        )
        found = stored_interventions.found(store, run.run_id, epoch)
        if found is None and (lacking := describe_missing(run)):
            if may_write():  # the check of the maps above has said what is lacking
                st.caption("This needs the network itself, too.")
            else:
                draw_lacking(lacking)
            return
        if found is None:
            _offer(store, run, epoch)
            return
        if epoch == run.epoch:
            told = [
                one
                for one in stored_findings.of_run(store, run)
                if one.rule in INTERVENTION_RULE_NAMES
            ]
            if told:
                draw_findings(told, "trust")
        _draw_table(store, run, found)
        _draw_robustness(store, run, epoch)


def _offer(store: Store, run: RunInfo, epoch: int) -> None:
    offer_work(
        try_interventions(store, run, epoch),
        "Try interventions",
        describe_trial(store, run),
        "Nobody has tried any on this checkpoint.",
    )


def _draw_robustness(store: Store, run: RunInfo, epoch: int) -> None:
    """Draw how accuracy falls on corrupted images, or offer to measure it."""
    if points := stored_interventions.curves(store, run.run_id, epoch):
        draw_curves(make_frame({run.name: points}), [run.name], "trust-robustness")
    else:
        offer_robustness(store, run, epoch, run.name)


def make_table(effects: Effects) -> pd.DataFrame:
    """Return one row an intervention, by kind and what costs most first.

    Index: its name. Columns: change, accuracy, interval, beside (accuracy of the control, or of the
    images as they are) and cost, all in percent; control and turned (images that are wrong now).
    """
    costs = {
        name: points_between(effect.control, effect.accuracy, 0)
        for name, effect in effects.rows.items()
    }
    rows = sorted(
        effects.rows.items(), key=lambda one: ([*KINDS].index(one[1].row.kind), -costs[one[0]])
    )
    return pd.DataFrame(
        [
            {
                "change": effect.row.label,
                "accuracy": round_percent(effect.accuracy, 0),
                "interval": "{:.0f}% to {:.0f}%".format(*(100 * end for end in effect.interval)),
                "beside": round_percent(effect.control, 0),
                "control": effect.row.control_label or "as they are",
                "cost": int(costs[name]),  # a whole number has no -0
                "turned": len(effect.turned),
            }
            for name, effect in rows
        ],
        index=pd.Index([name for name, _ in rows], name="name"),
    )


def _draw_table(store: Store, run: RunInfo, found: Intervened) -> None:
    effects = found.effects
    table = make_table(effects)
    more = "; scroll for all" if len(table) > ROWS_IN_SIGHT else ""
    st.caption(
        f"{effects.accuracy:.1%} of {len(effects.labels):,} images are right as they are, "
        f"{effects.chance:.1%} by guessing. **Click a row to see its images.** Each of the "
        f"{len(table)} rows is one change, by kind and then by cost{more}: how many images "
        "are right after it, with the 95% interval; how many are right "
        "after what it is compared with (the same area hidden elsewhere, or the images as they "
        "are); what the change costs beside that; and how many images it turns from right to wrong."
    )
    number = st.column_config.NumberColumn
    chosen = st.dataframe(
        table,
        hide_index=True,
        placeholder=UNKNOWN,
        width="stretch",
        height=min(ROW_HEIGHT * (len(table) + 1) + 3, MAX_HEIGHT),
        column_config={
            "change": st.column_config.TextColumn("what is changed", width=LABEL_WIDTH),
            "accuracy": number("right after it", format="%.0f %%", help="After the change."),
            "interval": st.column_config.TextColumn("95% interval"),
            "beside": number("compared", format="%.0f %%"),
            "control": "compared with",
            "cost": number("cost", format="%.0f points"),
            "turned": "turned",
        },
        on_select="rerun",
        selection_mode="single-row",
        key=f"interventions-{run.run_id}-{found.epoch}",
    )
    picked = chosen["selection"]["rows"]
    if picked and picked[0] < len(table):
        _draw_examples(store, run, found, effects, str(table.index[picked[0]]))


def _draw_examples(
    store: Store, run: RunInfo, found: Intervened, effects: Effects, name: str
) -> None:
    effect = effects.rows[name]
    classes = stored_images.image_index(store, run.images_id).classes
    _draw_classes(effect.by_class(effects.labels, len(classes)), effects, classes)
    places = effect.turned[:EXAMPLES]
    if not len(places):
        st.caption(f"No image turns with {effect.row.label}; these stay right.")
        places = np.flatnonzero(effect.right)[:EXAMPLES]
    changed = stored_interventions.examples(
        store, run.run_id, found.epoch, name, tuple(map(int, places)), run
    )
    if changed is None or not len(places):
        return
    after = found.answers.predicted[found.answers.names.index(name)]
    columns = roomy_columns(f"{SECTION}-images", [1] * len(places), 150)
    for column, place, image in zip(columns, places, changed, strict=True):
        as_it_is = stored_images.image(store, run.images_id, int(found.images[place]))
        column.image(as_it_is, caption=plain(classes[found.labels[place]]), width="stretch")
        taken = f"taken for {quote(classes[after[place]])}"
        column.image(image, caption=plain(taken), width="stretch")


def _draw_classes(after: np.ndarray, effects: Effects, classes: tuple[str, ...]) -> None:
    """Say which classes lose most."""
    images = np.bincount(effects.labels, minlength=len(classes))
    before = np.bincount(effects.labels, effects.right, minlength=len(classes))
    lost = np.nan_to_num(before / np.maximum(images, 1) - after)
    worst = [place for place in np.argsort(-lost, kind="stable")[:3] if lost[place] > 0]
    told = "; ".join(
        f"{plain(quote(classes[place]))} {before[place]:.0f} → "
        f"{after[place] * images[place]:.0f} of {images[place]} right{mark_few(images[place])}"
        for place in worst
    )
    if told:
        st.caption(f"Classes that lose most: {told}.")
