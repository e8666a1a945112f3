"""What a network says of an uploaded image, and whether to rely on that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from streamlit.delta_generator import DeltaGenerator

from app.parts.choices import ADVICE_MARKS
from app.parts.first_run import say_against
from app.parts.grids import View
from app.parts.leads import draw_row, lead
from app.parts.widgets import plain
from app.progression.reel import Film
from app.progression.source import EXAMPLES
from app.reads import stored_images, stored_runs
from app.reads.stored_class import findings_of_class
from saliencnn.common.sentences import count, quote
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.findings.finding import Severity
from saliencnn.findings.glance import MEMORIZES, WEAK
from saliencnn.findings.hidden_region import HiddenRegion
from saliencnn.findings.methods import Advice
from saliencnn.findings.own_answer import AnswerFacts, Judgement, Record, judge_answer, read_record
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import ACCEPTED


@dataclass(frozen=True)
class Asked:
    """What a network is asked of an uploaded image.

    Attributes:
        target: the class that the maps explain.
        digest: tells the image, as the network sees it, from others.
        part: how much of the image it sees, as it follows an answer; "" where that is most of it.
        odd: why a prediction of the image may mean little, in clauses.
    """

    target: int
    digest: str
    part: str = ""
    odd: Sequence[str] = ()


def draw_prediction(
    store: Store,
    run: RunInfo,
    film: Film,
    view: View,
    asked: Asked,
    hidden: HiddenRegion | None,
) -> None:
    """Say what the network predicts, and whether to rely on that."""
    told = film.reels[0].predictions[film.chosen]
    who = "The network" if film.chosen == run.epoch else f"At epoch {film.chosen} the network"
    name = quote(film.classes[told.predicted])
    answer = f"{who} says {name} ({told.confidence:.0%} confidence){asked.part}"
    rows = stored_runs.predictions(store, run.run_id, film.chosen)
    known = (rows["true"], rows["predicted"], rows["confidence"])
    record = read_record(*known, told.predicted, told.confidence)
    newest = film.chosen == run.epoch
    judged = judge_answer(
        AnswerFacts(
            told.confidence,
            record,
            convicted=find_conviction(run) if newest else "",
            hidden=hidden if asked.target == told.predicted else None,
            doubts=[*asked.odd, *(list_doubts(store, run, told.predicted, view) if newest else ())],
        )
    )
    row = draw_row(f"**{plain(answer)}.**  \n{write_judgement(judged)}")
    if judged.advice != Advice.BELIEVE and record.right < record.given:
        _lead_to_mistakes(row, store, run, film.chosen, told.predicted, record)


def _lead_to_mistakes(
    row: DeltaGenerator, store: Store, run: RunInfo, epoch: int, said: int, record: Record
) -> None:
    """Link to the first validation image that gets an answer and is of another class."""
    first, *_ = stored_runs.examples(store, run, epoch, said)["false_positive"]
    name = stored_images.image_index(store, run.images_id).classes[said]
    query = {"run": run.run_id, "class": name, "image": str(first.image), "epoch": str(epoch)}
    wrong = count(record.given - record.right, "image", "images")
    label = f"See the {wrong} that it wrongly calls {plain(quote(name, LONGEST_NAME))}"
    lead(row, "progression", label, {**query, "images": EXAMPLES})


def write_judgement(judged: Judgement, more: Sequence[str] = ()) -> str:
    """Return in Markdown what to do, marked and in bold, why, and more sentences."""
    ends = ":" if judged.why and judged.why[0].islower() else "."
    told = [f"{one}." for one in (judged.why, *more) if one]
    return f"{ADVICE_MARKS[judged.advice]} **{plain(judged.claim)}{ends}** {plain(' '.join(told))}"


def find_conviction(run: RunInfo) -> str:
    """Return what tests convict a run of that nobody accepted, as a clause; "" for nothing."""
    return "" if run.standing == ACCEPTED else run.conviction or ""


def list_doubts(store: Store, run: RunInfo, said: int, view: View) -> list[str]:
    """Return in clauses what else speaks against a run whatever it says, and in images of a class.

    Args:
        store: where the run is.
        run: the run.
        said: the class.
        view: which maps are shown: focus is that of the first.
    """
    # Of single classes only the one that it says; how often it is right the answer's record tells.
    of_all = say_against(replace(run, beside="", conviction=""))
    name = quote(stored_images.image_index(store, run.images_id).classes[said])
    of_class = [
        f"in images of {name} {one.short[0].lower()}{one.short[1:]}"
        for one in findings_of_class(store, run, said, view.methods)
        if one.severity >= Severity.WARNING
    ]
    known = [f"the network {of_all}"] if of_all and of_all not in (MEMORIZES, WEAK) else []
    return [*known, *of_class]
