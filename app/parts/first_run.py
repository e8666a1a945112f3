"""With which run a page begins where nobody has chosen one, and why: one rule for all."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipelines.report.best_run import WITHOUT, choose_metric, find_best, is_sound
from pipelines.retry.reason import TOO_SHORT
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.findings.glance import warn_of
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import ACCEPTED, REJECTED, find_deciding

SOUND = "Sound: neither rejected, nor convicted by tests, nor trained on random labels."
Passed = tuple[Callable[[RunInfo], bool], str]
"""Which runs are passed over, and how the one that is taken differs from them, as a clause."""
NOT_REJECTED: Passed = (lambda run: run.standing == REJECTED, "that nobody rejected")
NOT_ACCEPTED: Passed = (lambda run: run.standing == ACCEPTED, "that nobody accepted")
TRAINED: Passed = (lambda run: not run.epoch, "with an epoch")
NO_CONTROL: Passed = (lambda run: run.labels_randomized, "that is no control network")
OURS: Passed = (lambda run: run.watched, "that saliencnn trained")


@dataclass(frozen=True)
class First:
    """The run with which a page begins.

    Attributes:
        run: which.
        why: what holds of it and of no other, as what stands behind its name and a comma; empty
            where there is nothing to choose.
        help: what a word of that means; empty where it needs no explanation.
    """

    run: RunInfo
    why: str = ""
    help: str = ""


def find_newest(runs: Sequence[RunInfo]) -> First | None:
    """Return the newest run with an epoch that nobody rejected; None only where there is no run.

    What was rejected and what has no epoch yet is found where there is nothing else. A control
    network with randomized labels comes last: it is there to compare with.

    Args:
        runs: newest first.
    """
    usual = [run for run in runs if run.standing != REJECTED] or runs
    found = min(usual, key=lambda run: (not run.epoch, run.labels_randomized), default=None)
    if found is None:
        return None
    passed = [one for one in (NOT_REJECTED, TRAINED, NO_CONTROL) if not one[0](found)]
    return First(found, _say_newest("run", _newer(found, runs), passed))


def find_usable(runs: Sequence[RunInfo]) -> First | None:
    """Return the network to explain a person's own image with; None where there is none.

    It is the newest that was accepted, else the best of those on the newest one's images, or on
    other images where none of these is sound: a retry of few epochs is newer than what it retries,
    and worse.

    Args:
        runs: newest first.
    """
    trained = [run for run in runs if run.epoch and not run.watched and run.standing != REJECTED]
    accepted = next((run for run in trained if run.standing == ACCEPTED), None)
    if accepted:
        return First(accepted, "accepted")
    finished = [run for run in trained if run.status == "finished"] or trained
    for pool in (finished, trained):
        newest = next((run for run in pool if is_sound(run)), None)
        own = [run for run in pool if newest and run.images_id == newest.images_id]
        if best := _find_best(own, runs):
            return best
    return First(trained[0]) if trained else None


def find_to_retrain(runs: Sequence[RunInfo]) -> First | None:
    """Return the run just rejected, else the newest with a warning that nobody rejected, if any.

    What tests convict of a shortcut comes before what may be mended by training on. Where there is
    none but an older rejected one, the best of the others on the same images is retrained instead.

    Args:
        runs: newest first.
    """
    ours = [run for run in runs if not run.watched]
    if given_up := _find_given_up(ours):
        return First(given_up, "rejected, and not retrained since")
    pool = [run for run in ours if run.standing != REJECTED and say_against(run)]
    warned = next((run for run in pool if run.conviction), next(iter(pool), None))
    if warned:
        of = "that relies on a shortcut, as tests show" if warned.conviction else "with a warning"
        newer = _newer(warned, runs)
        alike = [run for run in newer if (run.conviction if warned.conviction else warn_of(run))]
        newest = _say_newest(of, alike, (NOT_REJECTED, NOT_ACCEPTED, OURS))
        return First(warned, f"{newest}: ⚠ {say_against(warned)}")
    rejected = next((run for run in ours if run.standing == REJECTED), None)
    return _find_instead(rejected, runs) if rejected else None


def _find_given_up(runs: Iterable[RunInfo]) -> RunInfo | None:
    """Return the run that was rejected last, if nothing followed from that; else None.

    Nothing followed where no run on its images was accepted, or has begun since. What trained too
    short to be judged by is no more than a try.
    """
    runs = [*runs]
    rejected = [run for run in runs if run.standing == REJECTED and not _is_try(run, runs)]
    last = max(rejected, key=_when_decided, default=None)
    if last is None:
        return None
    alike = [run for run in runs if run.images_id == last.images_id]
    followed = (one.standing == ACCEPTED or one.started > _when_decided(last) for one in alike)
    return None if any(followed) else last


def _is_try(run: RunInfo, runs: Iterable[RunInfo]) -> bool:
    """Whether a run trained so short that another on its images shows more, see ``TOO_SHORT``."""
    others = (one.epoch for one in runs if one.images_id == run.images_id)
    return run.epoch <= TOO_SHORT * max(others, default=0)


def _when_decided(run: RunInfo) -> float:
    """Return the time of the verdict that decides about a run, in seconds; 0 without one."""
    deciding = find_deciding(run.verdicts)
    return datetime.fromisoformat(deciding.time).timestamp() if deciding else 0.0


def say_against(run: RunInfo) -> str:
    """Return in a few words what speaks against a run that nobody accepted; "" for nothing."""
    return "" if run.standing == ACCEPTED else warn_of(run)


def _find_instead(rejected: RunInfo, runs: Sequence[RunInfo]) -> First:
    """Return where to go on instead of a rejected run: an accepted one, or the best other."""
    others = [
        one for one in runs if one.images_id == rejected.images_id and one.epoch and not one.watched
    ]
    of_which = f"{one_line(rejected.name, LONGEST_NAME)}, trained on the same images, was rejected"
    accepted = [one for one in others if one.standing == ACCEPTED]
    if found := _find_best(accepted, accepted):
        return First(found.run, f"accepted: {of_which}")
    if found := _find_best(others, runs):
        return First(found.run, ": ".join(filter(None, (found.why, of_which))), found.help)
    return First(rejected, "which was rejected")


def _find_best(pool: Sequence[RunInfo], runs: Iterable[RunInfo]) -> First | None:
    """Return the run that is right most often, without the shortcut where all sound ones have that.

    That is said, not that it is the best: chance may set it apart from the next.

    Args:
        pool: runs on the same images.
        runs: among which a reader looks for a higher number.
    """
    sound = [run for run in pool if is_sound(run)]
    known = ((run.metrics.get(WITHOUT, 0.0), int(WITHOUT in run.metrics)) for run in sound)
    metric = choose_metric(known)
    best = find_best(sound, metric)
    if best is None:
        return None
    others = [one for one in runs if one.images_id == best.images_id and one.epoch]
    if len(others) < 2:
        return First(best)
    left = [one for one in others if one not in sound]
    words = {
        "sound": any(not is_sound(one) for one in left),
        "finished": any(is_sound(one) and one not in pool and not one.watched for one in left),
        "own": any(one.watched for one in left),
    }
    kinds = [word for word in ("sound", "finished") if words[word]]
    of = f" of the {' '.join([*kinds, 'runs'])}" if any(words.values()) else ""
    ours = f" {OURS[1]}" if words["own"] else ""
    accuracy = "accuracy without the shortcut" if metric == WITHOUT else "accuracy"
    image_set = one_line(best.image_set, LONGEST_NAME)
    why = f"which has the highest {accuracy}{of} on {image_set}{ours}"
    return First(best, why, SOUND if words["sound"] else "")


def _newer(run: RunInfo, runs: Sequence[RunInfo]) -> Sequence[RunInfo]:
    """Return the runs before one in a list."""
    return runs[: [one.run_id for one in runs].index(run.run_id)]


def _say_newest(what: str, newer: Iterable[RunInfo], passed: Sequence[Passed]) -> str:
    """Say that a run is the newest, and how it differs from those that are newer still.

    Args:
        what: a noun or a clause.
        newer: all that are passed over.
        passed: why they may be; the first that holds is told.
    """
    why = (next((words for holds, words in passed if holds(one)), "") for one in newer)
    told = " and ".join(dict.fromkeys(filter(None, why)))
    return f"the newest {what} {told}".strip()
