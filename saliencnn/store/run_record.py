"""A training run as it is stored, and what is made of it: checked, or refused with the reason."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlflow.entities import Run

from saliencnn.common.formats import RUN
from saliencnn.common.records import (
    Unreadable,
    WrongRecord,
    finite_only,
    parse_json,
    parse_object,
    parse_whole,
    require_number,
    require_text,
    require_texts,
    require_whole,
)
from saliencnn.common.sentences import cut_middle
from saliencnn.data.planted import describe_sticker
from saliencnn.data.preparation import Preparation, prepare_at
from saliencnn.data.window import FULL
from saliencnn.models.spec import ModelSpec
from saliencnn.store.metric_names import rename_metrics
from saliencnn.store.run_info import RunInfo, Status
from saliencnn.store.system_metrics import PREFIX
from saliencnn.store.verdicts import read_verdicts

MAX_EPOCHS = 10_000
"""Of a run that can be shown; a page offers each of them."""
MAX_IMAGES = 2**31 - 1
"""Whose maps a run logs; a map's row holds its image's number in 32 bits."""
MAX_SHOWN_NAME = 200
"""Characters of a run's name that are shown."""
_MAX_SIZE = 10_000
_MAX_COUNTS = 2_000
"""Characters of all classes' numbers of training images, among the facts of one tag."""
_ENDS: dict[str, "Status"] = {"FINISHED": "finished", "FAILED": "failed", "KILLED": "stopped"}
"""MLflow's status -> ours."""
_TEXTS = (
    "data", "image_set", "images_id", "digest", "training", "arch", "weights", "keep", "network",
)  # fmt: skip
OWN_LOOP = "own"
"""What ``loop`` says of a run that its own script trained."""
_PREFIX = "saliencnn."
_FORMER_NOTE = re.compile(
    r"In (\d+%)(?:, the hue of the| of its training and validation images the hue of a) sticker "
    r"beside the bird tells the bird's class"
    r"(?:\.|: so these images are made, whatever a network learns of them\.)"
)
"""What runs of earlier versions say of the set "planted"."""
FACT_PARAMS = {
    "architecture": "arch",
    "image_set": "image_set",
    "weights": "weights",
    "image_size": "image_size",
}
"""MLflow's parameter -> the fact that it repeats, for MLflow's pages to group and filter by."""


def describe_run(run: Run, judge: Callable[[Mapping[str, str]], "Status"]) -> RunInfo:
    """Return a training run as lists and pages show it.

    Args:
        run: as MLflow has it.
        judge: says of a run without an end, by what was noted about it, whether it is running.

    Raises:
        WrongRecord: something of it is not what this program writes.
        NewerFormat: a later version of this program wrote it.
    """
    own = {k: v for k, v in run.data.metrics.items() if not k.startswith(PREFIX)}
    facts, metrics = parse_facts(run), rename_metrics(finite_only(own))
    _check_heartbeat(facts.get("heartbeat", ""))
    status = _ENDS.get(run.info.status) or judge(facts)
    verdicts, unreadable = read_verdicts(facts)
    return RunInfo(
        run_id=run.info.run_id,
        name=cut_middle(run.info.run_name or _name_by_kind(run, facts), MAX_SHOWN_NAME),
        status=status,
        reason=facts.get("failure", ""),
        preparation=_parse_preparation(facts),
        epoch=require_whole(run.data.metrics.get("epoch", 0), "metric epoch", 0, MAX_EPOCHS),
        progress=facts.get("progress", "") if status == "running" else "",
        started=require_number(run.info.start_time, "start") / 1000,
        hyperparameters=_parse_parameters(run.data.params),
        metrics=metrics,
        notes=_parse_notes(facts),
        verdicts=verdicts,
        process=facts.get("process", ""),
        ended=run.info.status in _ENDS and not (status == "stopped" and facts.get("abandoned")),
        window=facts.get("window") or FULL,  # which earlier versions showed
        unreadable=unreadable,
        stored_spec=_parse_spec(facts),
        conviction=_parse_of_epoch("conviction", facts, run.data.metrics.get("epoch", 0)),
        beside=_parse_of_epoch("looks_beside", facts, run.data.metrics.get("epoch", 0)) or "",
        shortcuts=require_texts(
            parse_json(facts.get("shortcuts") or "[]", "shortcuts"), "shortcuts"
        ),
        package=facts.get("package", ""),
        map_images=parse_whole(facts.get("map_images") or "0", "number of maps", 0, MAX_IMAGES),
        chance=None,  # is in files
        class_images=_parse_class_images(facts.get("class_images") or "[]"),
        original_side=parse_whole(
            facts.get("original_side") or "0", "side of its images' files", 0, MAX_IMAGES
        ),
        interventions_every=parse_whole(
            facts.get("interventions_every") or "0", "epochs between interventions", 0, MAX_EPOCHS
        ),
        watched=facts.get("loop", "") == OWN_LOOP,
        experiment_id=str(run.info.experiment_id),
        **{name: facts.get(name, "") for name in _TEXTS},
    )


def write_class_images(each: Sequence[int]) -> str:
    """Return the numbers of training images of all classes; "" where they are too many to keep."""
    text = json.dumps(list(each), separators=(",", ":"))
    return text if len(text) <= _MAX_COUNTS else ""


def _parse_class_images(text: str) -> tuple[int, ...]:
    what = "number of training images"
    counts = parse_json(text, what)
    if not isinstance(counts, list):
        raise WrongRecord(f"Its {what} is no list: {text[:40]!r}.")
    return tuple(require_whole(one, what, 0, MAX_IMAGES) for one in counts)


def _parse_notes(facts: Mapping[str, str]) -> tuple[str, ...]:
    notes = require_texts(parse_json(facts.get("notes") or "[]", "notes"), "notes")
    found = [_FORMER_NOTE.fullmatch(note) for note in notes]
    return tuple(
        describe_sticker(former[1]) if former else note
        for note, former in zip(notes, found, strict=True)
    )


def _parse_preparation(facts: Mapping[str, str]) -> Preparation:
    if "preparation" in facts:
        return Preparation.decode(parse_object(facts["preparation"], "preparation"))
    size = parse_whole(facts.get("image_size") or "224", "image size", 1, _MAX_SIZE)
    return prepare_at(size)  # as all runs of earlier versions


def _parse_of_epoch(name: str, facts: Mapping[str, str], epoch: float) -> str | None:
    """Return what was noted of a run's network at its last epoch; None where nothing was."""
    of_epoch, _, words = facts.get(name, "").partition(" ")
    return words if of_epoch == str(int(epoch)) else None


def _parse_spec(facts: Mapping[str, str]) -> ModelSpec | None:
    return ModelSpec.decode(parse_object(facts["spec"], "layers")) if "spec" in facts else None


def _name_by_kind(run: Run, facts: Mapping[str, str]) -> str:
    """Return what a run without a name is, e.g. ``resnet18 · birds · lr 0.001``; else its id."""
    rate = run.data.params.get("learning_rate", "")
    known = (facts.get("arch", ""), facts.get("image_set", ""), f"lr {rate}" if rate else "")
    return " · ".join(filter(None, known)) or str(run.info.run_id[:8])


def parse_facts(run: Run) -> dict[str, str]:
    """Return everything that was noted about a run, by name.

    Raises:
        WrongRecord: its description is not what this program writes.
        NewerFormat: a later version of this program wrote it.
    """
    tags = {k.removeprefix(_PREFIX): v for k, v in run.data.tags.items() if k.startswith(_PREFIX)}
    start = parse_object(tags.pop("facts", "{}"), "description")
    version = RUN.check(start)
    start.pop("format", None)
    # What was noted later, such as the process that resumed a run, goes before the start's.
    facts = {name: require_text(value, name) for name, value in {**start, **tags}.items()}
    if version == 1 and "pictures" in facts:
        facts["images_id"] = facts.pop("pictures")
    return facts


def identify(run: Run) -> Unreadable:
    """Return which run it is that cannot be read."""
    return Unreadable("run", str(run.info.run_id), str(run.info.run_name or ""))


def _check_heartbeat(text: str) -> None:
    try:
        require_number(float(text or 0), "heartbeat")
    except ValueError as error:
        raise WrongRecord(f"Its heartbeat is {text[:40]!r}; it must be a number.") from error


def _parse_parameters(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the hyperparameters; the number of epochs is needed to say how far the run is."""
    if "epochs" in params:
        parse_whole(str(params["epochs"]), "hyperparameter epochs", 0, MAX_EPOCHS)
    own = {name: value for name, value in params.items() if name not in FACT_PARAMS}
    return {str(name): require_text(value, str(name)) for name, value in own.items()}
