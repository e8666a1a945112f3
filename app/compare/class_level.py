"""All images of a class or a kind: whether missed ones differ, network by network."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.attention.class_maps import focus_of, read_evaluation_maps
from app.compare.class_differences import draw_differences
from app.compare.class_tiles import draw_disputed, draw_means
from app.compare.level_links import lead_on, lead_to_missed
from app.parts.claims import write_claim, write_small
from app.parts.widgets import plain
from app.reads import stored_images
from pipelines.comparison.asked import Question
from pipelines.comparison.errors import answer_errors
from pipelines.comparison.subject import Subject
from saliencnn.store.connection import Store


def draw_level(store: Store, asked: Question, threshold: float, answer: DeltaGenerator) -> None:
    """Draw what is common to all images of a class or a kind.

    Args:
        store: where the evaluations are.
        asked: what is asked, of whom.
        threshold: fraction of a map's maximum from which on a cell belongs to its region.
        answer: where the person waits for the maps, and reads whether they explain the errors.
    """
    subject, infos, names = asked.subject, asked.infos, asked.names
    with answer:
        told, bar = st.empty(), st.container()
        told.markdown(_list_lines(_list_counts(names, subject)))
        with bar:
            class_maps = read_evaluation_maps(store, infos, subject.images, asked.method)
    index = stored_images.image_index(store, infos[0].images_id)
    found = answer_errors(
        asked, class_maps, [focus_of(store, one) for one in class_maps], index, threshold
    )
    told.markdown(write_claim(found.said, claim=found.claim), help=plain(found.basis))
    with answer:
        if asked.alone:
            st.markdown(plain(asked.alone))
        if found.follows:
            st.markdown(plain(found.follows))
        with st.expander(f"Network by network ({len(names)})" if len(names) > 1 else "In numbers"):
            st.markdown(_list_lines(found.lines))
        st.caption(plain(found.sample))
    if found.clear:
        lead_to_missed(answer, asked, found.clear)
    else:
        lead_on(answer, asked, found)
    draw_differences(found.shifts, found.means, len(subject.images))
    draw_means(store, names, class_maps)
    if len(class_maps) > 1:
        draw_disputed(store, names, class_maps)


def _list_counts(names: Sequence[str], subject: Subject) -> list[str]:
    """Say how many images each network misses."""
    missed = zip(names, subject.known_missed, strict=True)
    return [f"{name} misses {count:,} of {subject.known:,}." for name, count in missed]


def _list_lines(lines: Sequence[str]) -> str:
    """Return sentences as lines of Markdown."""
    return "  \n".join(map(write_small, lines))
