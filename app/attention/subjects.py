"""Of which images a person asks: a class's, or a kind of thing's, that are missed often enough."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from app.parts.shared_choice import draw_choice
from app.reads import stored_evaluations
from pipelines.comparison.kinds import subjects_of
from pipelines.comparison.subject import Subject
from pipelines.comparison.view import SUBJECT
from saliencnn.data.classset import ClassSet
from saliencnn.store.connection import Store


def read_subjects(
    store: Store,
    class_set: ClassSet,
    run_ids: Sequence[str],
    target: int,
    wanted: str = "",
    anywhere: bool = False,
) -> list[Subject]:
    """Return what may be asked of where the person looks at a class.

    Args:
        store: where the evaluations are.
        class_set: of all of them.
        run_ids: of evaluations on the same images.
        target: the class.
        wanted: see ``find_subjects``.
        anywhere: likewise.
    """
    tables = [stored_evaluations.predictions(store, run_id) for run_id in run_ids]
    return subjects_of(class_set, tables, target, wanted, anywhere)


def choose_subject(
    subjects: Sequence[Subject],
    chosen: Subject,
    take: Callable[[], None],
    label: str,
    others: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Let the person choose of which images to ask.

    Args:
        subjects: at least one that has images.
        chosen: the one that is asked of, see ``pick_subject``.
        take: takes the value of the widget ``SUBJECT`` over into the page's state.
        label: of the choice.
        others: keys of further kinds that ``take`` knows what to do with -> their labels.
    """
    by_key = {one.key: one for one in subjects if len(one.images)}

    def name(key: str) -> str:
        if key not in by_key:
            return others[key]
        one = by_key[key]
        # "This class" would be one that the page need not show.
        label = one.name if one is subjects[0] and one is not chosen else one.label
        return f"{label}: {one.counted}"

    keys = [*by_key, *(key for key in others if key not in by_key)]
    draw_choice(
        label,
        keys,
        chosen.key,
        SUBJECT,
        take,
        {key: name(key) for key in keys},
        "The class, and the kinds of thing above it that are missed and right often enough to say "
        f"whether missed images differ{'; then all other kinds' if others else ''}.",
    )
