"""With which run a page begins where nobody has chosen one: one rule for links and pages."""

from collections.abc import Sequence

from pipelines.report.best_run import WITHOUT, choose_metric, find_best, is_sound
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.findings.glance import warn_of
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import ACCEPTED, REJECTED

SOUND_RUN = "best sound run"
"""What the best run is called where others on its images are not sound, see ``is_sound``."""


def find_usable(runs: Sequence[RunInfo]) -> RunInfo | None:
    """Return the network to explain a person's own image with; None where there is none.

    It is the newest that was accepted, else the best of those on the newest one's images, or on
    other images where none of these is sound: a retry of few epochs is newer than what it retries,
    and worse.

    Args:
        runs: newest first.
    """
    trained = [run for run in runs if run.epoch and not run.watched and run.standing != REJECTED]
    accepted = [run for run in trained if run.standing == ACCEPTED]
    finished = [run for run in trained if run.status == "finished"] or trained
    best = [_find_best_of_newest(finished), _find_best_of_newest(trained)]
    return next((one for one in (*accepted[:1], *best, *trained) if one), None)


def find_to_retrain(runs: Sequence[RunInfo]) -> RunInfo | None:
    """Return the newest run that was rejected or is warned of; None without one.

    Instead of a rejected run, the best of those on the same images that were not is retrained.

    Args:
        runs: newest first.
    """
    for run in runs:
        if (run.standing == REJECTED or say_against(run)) and not run.watched:
            return _find_better(run, runs)
    return None


def say_against(run: RunInfo) -> str:
    """Return in a few words what speaks against a run that nobody accepted; "" for nothing."""
    return "" if run.standing == ACCEPTED else warn_of(run)


def say_why_usable(run: RunInfo, runs: Sequence[RunInfo]) -> str:
    """Say why ``find_usable`` returned a network, in a few words; "" of the only one.

    Args:
        run: that network.
        runs: newest first.
    """
    if run.standing == ACCEPTED:
        return "accepted"
    others = [one for one in runs if one.images_id == run.images_id and one.epoch]
    if len(others) < 2 or not is_sound(run):
        return ""
    sound = [one for one in others if is_sound(one)]
    which = "best run" if len(sound) == len(others) else SOUND_RUN
    return f"the {which} on {one_line(run.image_set, LONGEST_NAME)}"


def say_why_to_retrain(run: RunInfo) -> str:
    """Say why ``find_to_retrain`` returned a run, in a few words."""
    if run.standing == REJECTED:
        return "which was rejected"
    against = say_against(run)
    return f"the newest with a warning: ⚠ {against}" if against else "in place of a rejected run"


def _find_better(run: RunInfo, runs: Sequence[RunInfo]) -> RunInfo:
    """Return where to go on instead of a rejected run: an accepted one, or the best other."""
    if run.standing != REJECTED:
        return run
    others = [
        one for one in runs if one.images_id == run.images_id and one.epoch and not one.watched
    ]
    accepted = [one for one in others if one.standing == ACCEPTED]
    return _find_best(accepted) or _find_best(others) or run


def _find_best_of_newest(runs: Sequence[RunInfo]) -> RunInfo | None:
    """Return the best of the runs on those images that the newest sound one has."""
    sound = [run for run in runs if is_sound(run)]
    return _find_best([run for run in sound if run.images_id == sound[0].images_id])


def _find_best(runs: Sequence[RunInfo]) -> RunInfo | None:
    """Return the best of runs on the same images, without the shortcut where all have that."""
    sound = [run for run in runs if is_sound(run)]
    known = ((run.metrics.get(WITHOUT, 0.0), int(WITHOUT in run.metrics)) for run in sound)
    return find_best(sound, choose_metric(known))
