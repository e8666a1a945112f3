"""A comparison of networks as steps: which one to take, where each is weak, what they look at."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from app.attention.map_tile import note_of
from app.compare.answered import answer_rows
from app.compare.group import note_images
from app.compare.overall import FEWEST_ROOTS
from app.compare.radar import radar_chart
from app.compare.settling import settle_all
from app.compare.state import STATE, VERDICTS, roots_of, state_to_query
from app.parts.standing_choice import standings_of
from app.present.step import Shown, Step
from app.present.words import tell_findings
from app.reads import stored_evaluations, stored_findings, stored_images
from pipelines.comparison.answer import LEADING
from pipelines.comparison.asked import defined_methods
from pipelines.comparison.groups import Group, cost_frame, kind_frame, known_costs
from pipelines.comparison.rows import Row, rows_of
from pipelines.comparison.task import Task
from pipelines.report.comparison import LIMIT_OF_MAPS, LIMITS, describe_source
from saliencnn.common.sentences import quote, split_claim
from saliencnn.drawing.blending import blend
from saliencnn.drawing.heat import rescale_one
from saliencnn.drawing.network_charts import complexity_chart
from saliencnn.drawing.parts import Chart, Columns, Images, Part, Size, Table, Words
from saliencnn.findings.finding import Finding
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store

CHOOSING = ("suspect", "single", "best", "cheapest")
"""Rules whose sentences say which network to take; those of all others say where each is weak."""
MOST_IN_TABLE = 8
"""Networks whose accuracies fit below one another on a screen."""


def is_comparison() -> bool:
    """Return whether the address names networks that were evaluated."""
    return bool({"model", "pin"} & {*STATE.address()})


def find_comparison_steps(store: Store) -> list[Step]:
    """Return the steps of the comparison that the address names, as Compare writes it.

    Raises:
        UserError: the store holds none of its networks.
    """
    address = STATE.address()
    named = {*address.get("model", ()), *address.get("pin", ())}
    group = stored_evaluations.group_of(store, named, standings_of(address.get(VERDICTS, ())))
    settle_all(store, group)
    now = STATE.get()
    STATE.write(state_to_query(group), names=group.names, keep=True)
    note_images(group)
    return list_comparison_steps(store, group, now.task, now.pinned)


def list_comparison_steps(store: Store, group: Group, task: Task, pinned: str) -> list[Step]:
    """Return a comparison's steps, the answer first.

    Args:
        store: where the evaluations are.
        group: those that are compared.
        task: what of them; maps are shown of a complete one of several networks on one image.
        pinned: id of the evaluation that stands out in the charts.
    """
    found = stored_findings.of_comparison(store, group)
    choosing = [one for one in found if one.rule in CHOOSING]
    others = [one for one in found if one.rule not in CHOOSING]
    several = len(group.models) > 1
    first = "Which network to take" if several else f"How good {group.names[pinned]} is"
    steps = [Step(first, partial(_tell_choice, group, choosing, pinned))]
    if others or roots_of(group):
        chosen = (pinned, *(task.models or group.run_ids))
        tell = partial(_tell_weak, store, group, others, chosen)
        steps.append(Step(_name_weak(group, others), tell))
    maps = task.kind == "image" and not task.missing
    if maps:
        rows = rows_of(task, group, partial(stored_evaluations.evaluated, store))
        look = "they look" if len(rows) > 1 else "it looks"
        of = quote(group.class_set.classes[rows[0].true])
        tell = partial(_tell_maps, store, group, task, rows)
        steps.append(Step(f"Where {look} in an image of {of}", tell))
    return [*steps, Step("What this does not show", partial(_tell_limits, group, maps))]


def tell_networks(group: Group, found: Sequence[Finding], pinned: str) -> Part:
    """Return findings beside the networks' accuracies and costs; a single one has no chart."""
    words = tell_findings(found)
    if len(group.models) < 2:
        return Columns([words], framed=False)
    unit, label = next(iter(known_costs(group).items()))
    chart = Chart(complexity_chart, (cost_frame(group, unit, pinned), label), themed=True)
    return Columns([words, [chart]], framed=False)


def _tell_choice(group: Group, found: Sequence[Finding], pinned: str) -> Sequence[Shown]:
    return tell_networks(group, found, pinned), Words(describe_source(group), Size.SMALL)


def _name_weak(group: Group, found: Sequence[Finding]) -> str:
    apart = ["where they disagree"] if any(one.rule == "disagreement" for one in found) else []
    are = "they are" if len(group.models) > 1 else "it is"
    weak = [f"where {are} weak"] if roots_of(group) or len(found) > len(apart) else []
    return ", and ".join([*weak, *apart]).capitalize()


def _tell_weak(
    store: Store, group: Group, found: Sequence[Finding], chosen: Sequence[str]
) -> Sequence[Shown]:
    words, roots = tell_findings(found), roots_of(group)
    if not roots:
        return words
    by_class = stored_evaluations.class_tables(store, group.run_ids)[group.run_ids[0]]
    frame, names = kind_frame(group, by_class, roots), group.names
    if len(roots) < FEWEST_ROOTS:
        drawn: Part = tabulate_kinds(frame, names, chosen)
        said = "In brackets: how many images are of the kind."
    else:
        strong = [names[one] for one in group.run_ids if one in chosen]
        drawn = Chart(radar_chart, (frame, roots, list(names.values()), strong), themed=True)
        said = "0% in the middle, 100% at the rim; in brackets: how many images are of the kind."
    beside = [drawn, Words(said, Size.SMALL)]
    return (Columns([words, beside] if words else [beside], framed=False),)


def tabulate_kinds(frame: pd.DataFrame, names: Mapping[str, str], chosen: Sequence[str]) -> Table:
    """Return accuracies by kind of thing, a row a network.

    Args:
        frame: see ``kind_frame``.
        names: evaluation's id -> its network's name, the most accurate first.
        chosen: ids of those that come before others where there are too many, in that order.
    """
    images = frame.groupby("root", sort=False)["images"].first()
    rates = frame.pivot(index="model", columns="root", values="accuracy")
    shown = [*dict.fromkeys([*chosen, *names])][:MOST_IN_TABLE]
    more = [f"and {len(names) - len(shown)} more", *("" for _ in images)]
    return Table(
        [f"{root} ({number:,})" for root, number in images.items()],
        [
            *(
                [name, *(f"{rates.loc[name, root]:.1%}" for root in images.index)]
                for one, name in names.items()
                if one in shown
            ),
            *([more] if len(names) > len(shown) else []),
        ],
    )


def _tell_maps(store: Store, group: Group, task: Task, rows: Sequence[Row]) -> Sequence[Shown]:
    """Return the answer's first sentences, and the first method's maps beside each other."""
    methods = defined_methods(task, rows)
    answered = answer_rows(store, task, group, rows, methods)
    told = [_tell_answer(one) for one in answered.told if one.rule in LEADING]
    method = next(
        (m for m in methods if any((place, m) in answered.maps for place in range(len(rows)))), ""
    )
    tiles = [(_read_image(store, rows[0]), rows[0].image)]
    for place, row in enumerate(rows):
        if (saliency := answered.maps.get((place, method))) is not None:
            tiles.append(_draw_map(store, row, saliency))
    target = quote(group.class_set.classes[rows[0].request.target])
    what = f"{METHODS[method].label} for {target}: bright is where its score comes from."
    return *told, Images(tiles), *([Words(what, Size.SMALL)] if method else [])


def _tell_answer(finding: Finding) -> Words:
    """Return a sentence with its claim in bold, and with all of it bold where that is all."""
    claim, rest = split_claim(finding.sentence, finding.claim)
    if not rest:
        return Words(finding.sentence, strong=True)
    return Words(rest, label=claim.rstrip(":;."))


def _read_image(store: Store, row: Row) -> np.ndarray:
    return stored_images.image(store, row.request.info.images_id, row.request.image)


def _draw_map(store: Store, row: Row, saliency: np.ndarray) -> tuple[np.ndarray, str]:
    """Return a map on the image as its network sees it, and the words below it."""
    pixels, note = _read_image(store, row), note_of(saliency)
    height, width = pixels.shape[:2]
    drawn = pixels if note else blend(pixels, (0, 0, width, height), rescale_one(saliency))
    more = [one for one in ("" if row.correct else "wrong", note) if one]
    return drawn, f"{row.network} ({', '.join(more)})" if more else row.network


def _tell_limits(group: Group, maps: bool) -> Sequence[Shown]:
    limits = [*LIMITS, *([LIMIT_OF_MAPS] if maps else [])]
    return (
        *(Words(limit, Size.LEAD, bullet="-") for limit in limits),
        *(Words(f"Note: {note}", Size.SMALL) for note in group.notes),
    )
