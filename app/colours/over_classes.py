"""Whether right and wrong images differ over all classes, asked once for everybody."""

from hashlib import sha256

from app.colours.measured import Measured
from app.parts.memos import share
from pipelines.comparison.class_maps import ClassMaps
from pipelines.comparison.subject import Subject
from saliencnn.findings.finding import Evidence, Finding
from saliencnn.findings.focus_words import Place
from saliencnn.findings.over_classes import ClassFacts, compare_over_classes


def find_over_classes(
    subject: Subject, of_classes: ClassMaps, measured: Measured, place: Place
) -> Finding:
    """Say whether colours and places differ within classes, see ``compare_over_classes``.

    Args:
        subject: which images these are.
        of_classes: images of several classes with their maps.
        measured: what was measured of them.
        place: where maps should lie.
    """
    facts = ClassFacts(
        of_classes.true,
        of_classes.correct,
        measured.tested.region,
        measured.numbers,
        place.box_area is not None,
        subject.every,
    )
    told = facts.true, facts.correct, facts.colours, *facts.numbers.values()
    key = facts.over, sha256(b"".join(one.tobytes() for one in told)).digest()
    return share("over-classes", key, lambda: compare_over_classes(facts, Evidence("colours")))
