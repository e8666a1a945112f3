"""Trust: how far can the maps be trusted?"""

import streamlit as st

from app.parts.choices import choose_class, choose_view
from app.parts.epochs import choose_linked_epoch
from app.parts.live import follow
from app.parts.presenting import offer_presenting
from app.parts.report import offer_report
from app.parts.runs import STATE, open_page, pick_run
from app.parts.verdicts import draw_verdicts
from app.parts.widgets import REFRESH, guarded
from app.reads import stored_runs
from app.trust.advice import draw_advice, draw_unchecked
from app.trust.evidence import draw_evidence
from app.trust.interventions import draw_interventions
from app.trust.place import find_place
from app.trust.run_check import draw_unjudged, offer_check
from app.trust.table import draw_table
from pipelines.trust.results import trust_table
from saliencnn.store.retention import name_keep

with guarded():
    store, runs = open_page(
        "Trust",
        "What a map seems to show may be wrong (a *fallacy*). How far can these maps be trusted?",
    )
    run = pick_run(runs)
    if not run.epoch:
        st.info("This run has no complete epoch yet; its maps can be checked after the first.")
        st.fragment(guarded()(follow), run_every=REFRESH)(store, run)
        st.stop()
    kept = sorted(stored_runs.kept_checkpoints(store, run.run_id, run.epoch))
    if not kept:
        st.info(
            "No checkpoint of this run is kept, so its maps cannot be checked. Training keeps "
            "them with `--keep all`, `best`, `last` or a number.",
            icon=":material/inventory_2:",
        )
        st.stop()
    target = choose_class(store, run)
    view = choose_view(store, run)
    with st.sidebar.container(horizontal=True):
        offer_report(store, [run])
        offer_presenting([run], "trust")
    first, answer = st.container(), st.container()
    epoch = choose_linked_epoch(STATE, run, kept)
    if gone := [str(number) for number in run.epochs if number not in kept]:
        st.caption(
            f"Without a checkpoint nothing can be checked at epochs {', '.join(gone)}"
            f"{name_keep(run)}."
        )
    table = trust_table(stored_runs.audits(store, run.run_id), epoch)
    place = find_place(table)
    if not table:
        with first:
            draw_unchecked(store, run, epoch)
            offer_check(store, run, epoch, view.methods)
    with answer:
        draw_advice(store, run, epoch, table)
    # Each part in a container of its own, so that the next keeps its identity, and the browser it.
    with st.container():
        if table:
            draw_table(run, epoch, table, place)
    with st.container():
        if table:
            offer_check(store, run, epoch, view.methods)
        draw_unjudged(store, run, table)
    draw_interventions(store, run, epoch)
    with st.container():
        draw_evidence(store, run, epoch, target, view, table, place)
    draw_verdicts(store, run, epoch)
