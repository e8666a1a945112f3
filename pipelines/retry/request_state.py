"""Requests as people see them: a request is one or more trials, until one of them completes.

Optuna never starts a trial twice. When a worker dies, its trial fails and a copy of it waits,
linked to the first; so a request is such a chain of trials, and its state the last one's.
Everything here is a function of trials and reads nothing.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from optuna.trial import FrozenTrial, TrialState

from pipelines.training.request import Request, request_of
from saliencnn.common.errors import UserError
from saliencnn.common.formats import QUEUED_REQUEST
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.window import FULL
from saliencnn.store.runs import RunInfo

_log = logging.getLogger(__name__)

MAX_DEATHS = 3
"""How many workers may die on a request before it counts as failed itself."""

State = Literal["queued", "running", "completed", "failed", "cancelled"]


@dataclass(frozen=True)
class RequestInfo:
    """A request for a retry, as pages and the command line show it.

    Attributes:
        id: name of its study and number of its first trial, e.g. ``planted-smallgap-48a22f/3``.
        state: ``queued``, ``running``, ``completed``, ``failed`` or ``cancelled``.
        reason: why it failed or who cancelled it, else empty; a running one may be cancelled.
        wanted: the request word for word, as ``request_as_dict`` gave it.
        from_run: id of the run that it is a retry of.
        run_id: id of the run that trains it, or None before there is one.
        attempts: how many workers have taken it.
        worker: the one that has it or had it last, else empty.
        asked_by: person's name.
        asked_at: seconds since 1970.
        why: the person's or the proposal's words.
        put_first_at: when a person put it first, in seconds since 1970, or 0.
        trial: number of its last trial.
    """

    id: str
    state: State
    reason: str
    wanted: Mapping[str, Any]
    from_run: str
    run_id: str | None
    attempts: int
    worker: str
    asked_by: str
    asked_at: float
    why: str
    put_first_at: float
    trial: int

    @property
    def study(self) -> str:
        """Name of its study."""
        return self.id.rpartition("/")[0]

    @property
    def request(self) -> Request:
        """What is to be trained.

        Raises:
            UserError: a hyperparameter is out of the bounds that hold here, or a later version
                of this program wrote it.
        """
        return request_from_dict(self.wanted)

    @property
    def turn(self) -> tuple[float, float, str]:
        """What the queue is sorted by: put first last goes first, then in order of asking."""
        return (-self.put_first_at, self.asked_at, self.id)


def why_not_retried(run: RunInfo) -> str:
    """Return why nobody can train a run again, in a sentence; empty where that is possible."""
    if not run.watched:
        return ""
    if run.ignores_groups:
        return (
            "It was not trained: it is another run's network with a new head, which ignores groups "
            "of maps. Retrain that run, or choose other groups of it on Colours."
        )
    return (
        "It was trained by a loop of its own, whose settings and training images are known to "
        "that loop alone: change them there, watch it again, and compare both runs under Before "
        "and after."
    )


def request_retry(run: RunInfo, changed: Mapping[str, Any], name: str) -> Request:
    """Return the request to train a run again with some hyperparameters changed.

    Args:
        run: the run.
        changed: hyperparameters by name, as values or as texts.
        name: of the retry, for people.

    Raises:
        UserError: a value is out of bounds, or the run cannot be trained again.
    """
    if reason := why_not_retried(run):
        raise UserError(f"Run {run.name} cannot be trained again. {reason}")
    return replace(request_of(run, changed), name=name)


def request_as_dict(request: Request) -> dict[str, Any]:
    """Return a request as JSON can hold it."""
    return QUEUED_REQUEST.stamp | asdict(request)


def request_from_dict(values: Mapping[str, Any]) -> Request:
    """Return the request that ``request_as_dict`` described, also in earlier formats.

    Raises:
        NewerFormat: a later version of this program wrote it.
        UserError: a hyperparameter is out of its bounds, or it is no request at all.
    """
    QUEUED_REQUEST.check(values)
    try:
        known = {f.name for f in fields(Request)} & values.keys()
        given = {name: values[name] for name in known}
        given.setdefault("window", FULL)  # a request of an earlier version, like its run
        if isinstance(given.get("image_size"), list):  # JSON has no tuples
            given["image_size"] = tuple(map(int, given["image_size"]))
        given["ignored_groups"] = tuple(map(str, given.get("ignored_groups", ())))
        given["hyperparameters"] = Hyperparameters.from_mapping(values["hyperparameters"])
        return Request(**given)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"A queued request cannot be read ({type(error).__name__}).") from error


def trains_the_same(wanted: Mapping[str, Any], request: Request) -> bool:
    """Whether what was queued trains what a request does, under whatever name."""
    try:
        queued = request_from_dict(wanted)
    except UserError:
        return False
    return replace(queued, name=None) == replace(request, name=None)


def describe_requests(study: str, trials: Iterable[FrozenTrial]) -> list[RequestInfo]:
    """Return a study's requests, in order of their numbers, without those that are damaged.

    Args:
        study: its name.
        trials: all of its trials.
    """
    chains: dict[int, list[FrozenTrial]] = defaultdict(list)
    for trial in sorted(trials, key=lambda trial: trial.number):
        if "request" in trial.user_attrs:
            chains[first_number(trial)].append(trial)
    found = (_read(f"{study}/{first}", chain) for first, chain in sorted(chains.items()))
    return [info for info in found if info]


def _read(request_id: str, chain: Sequence[FrozenTrial]) -> RequestInfo | None:
    """Return a request, or None where its trial's facts are not those of one."""
    try:
        return _describe(request_id, chain)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        _log.warning("Request %s cannot be read and is left out: %r", request_id, error)
        return None


def first_number(trial: FrozenTrial) -> int:
    """Return the number of the first trial of the request that a trial belongs to."""
    return int(trial.system_attrs.get("failed_trial", trial.number))


def lost_trials(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Return failed trials whose request has to be tried again, but has no copy waiting yet.

    A worker that fails a trial on purpose notes a reason first. So a failed trial without one
    was given back, or its worker died.
    """
    copied = {number for trial in trials for number in _history(trial)}
    return [
        trial
        for trial in trials
        if trial.state == TrialState.FAIL
        and "request" in trial.user_attrs
        and not {"reason", "cancelled"} & trial.user_attrs.keys()
        and trial.number not in copied
        and _deaths(trial) <= MAX_DEATHS
    ]


def _describe(request_id: str, chain: Sequence[FrozenTrial]) -> RequestInfo:
    last = chain[-1]
    noted = last.user_attrs
    state, reason = _state(last)
    return RequestInfo(
        id=request_id,
        state=state,
        reason=reason,
        wanted=dict(noted["request"]),
        from_run=noted["from_run"],
        run_id=noted.get("run_id"),
        attempts=sum(trial.state != TrialState.WAITING for trial in chain),
        worker=noted.get("worker", ""),
        asked_by=noted["asked_by"],
        asked_at=float(noted["asked_at"]),
        why=noted["why"],
        put_first_at=float(noted.get("put_first_at", 0.0)),
        trial=last.number,
    )


def _state(last: FrozenTrial) -> tuple[State, str]:
    """Return a request's state and its reason, by its last trial."""
    if last.state == TrialState.COMPLETE:
        return "completed", ""
    noted = last.user_attrs
    if last.state == TrialState.RUNNING:
        by = noted.get("cancelled")
        return "running", f"{by} has cancelled it; it ends at its next batch." if by else ""
    if last.state != TrialState.FAIL:
        return "queued", ""
    if "cancelled" in noted:
        return "cancelled", noted.get("reason") or f"Cancelled by {noted['cancelled']}."
    if "reason" in noted:
        return "failed", noted["reason"]
    if _deaths(last) > MAX_DEATHS:
        return "failed", f"{_deaths(last)} workers died while they trained it."
    return "queued", ""


def _history(trial: FrozenTrial) -> list[int]:
    return list(trial.system_attrs.get("retry_history", []))


def _deaths(trial: FrozenTrial) -> int:
    """Return how many workers have died on a request, if they did on this failed trial."""
    put_back = trial.user_attrs.get("put_back")
    return len(_history(trial)) + 1 - (put_back if isinstance(put_back, int) else 0)
