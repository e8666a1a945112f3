"""The queue's rules, each on a database of its own."""

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from pipelines.retry.claims import Claimed, beat, claim, complete, fail, look, put_back, record_run
from pipelines.retry.queue import cancel, enqueue, list_requests, put_first
from pipelines.retry.request_state import MAX_DEATHS, RequestInfo, request_from_dict
from pipelines.retry.space import SPACE
from pipelines.retry.studies import Queue, open_queue
from pipelines.retry.trials import trial_id_of
from pipelines.training.request import Request
from saliencnn.common.errors import UserError
from saliencnn.common.formats import QUEUED_REQUEST, NewerFormat
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, list_runs, read_facts
from saliencnn.store.studies import STUDY_TAG
from tests.helpers.commands import Forker
from tests.helpers.queues import age_heartbeats, place_studies

REQUEST = Request(
    "planted:train=32,validation=16,counterfactual=0,size=48,seed=0",
    hyperparameters=Hyperparameters(epochs=2, batch_size=16, learning_rate=0.002),
    image_size=48,
    name="again",
)


@pytest.fixture
def queue(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Queue:
    monkeypatch.setenv("SALIENCNN_STUDY_URL", place_studies(tmp_path / "studies.db"))
    return open_queue(store, heartbeat=1, grace=1)


def ask(queue: Queue, run: RunInfo, count: int = 1) -> list[str]:
    return [enqueue(queue, run, seeded(i), "Ann", f"number {i}") for i in range(count)]


def seeded(seed: int) -> Request:
    return replace(REQUEST, hyperparameters=replace(REQUEST.hyperparameters, seed=seed))


def take(queue: Queue, worker: str = "here:1") -> Claimed:
    claimed = claim(queue, worker)
    assert claimed is not None
    return claimed


def state(queue: Queue, request_id: str) -> tuple[str, str]:
    info = find(queue, request_id)
    return info.state, info.reason


def find(queue: Queue, request_id: str) -> RequestInfo:
    return next(info for info in list_requests(queue) if info.id == request_id)


def trials(queue: Queue) -> list[optuna.trial.FrozenTrial]:
    return [
        trial
        for study in queue.storage.get_all_studies()
        for trial in optuna.load_study(study_name=study.study_name, storage=queue.storage).trials
    ]


def let_die(queue: Queue) -> None:
    """Let whoever has claimed something be silent for long, and be found dead."""
    age_heartbeats(queue)
    with queue.alone():
        for study in queue.storage.get_all_studies():
            opened = optuna.load_study(study_name=study.study_name, storage=queue.storage)
            optuna.storages.fail_stale_trials(opened)


def test_a_request_is_kept_word_for_word(queue: Queue, tiny_run: RunInfo) -> None:
    wild = replace(
        REQUEST, hyperparameters=Hyperparameters(learning_rate=5.0, weight_decay=0.0, crop=0.95)
    )
    request_id = enqueue(queue, tiny_run, wild, "  Ann\nB. ", "because")
    digest = read_facts(queue.store, tiny_run.run_id)["digest"]
    assert request_id == f"planted-smallgap-{digest[:6]}/0"
    info = find(queue, request_id)
    assert info.request == wild
    assert (info.state, info.asked_by, info.why) == ("queued", "Ann B.", "because")
    assert (info.from_run, info.run_id, info.attempts) == (tiny_run.run_id, None, 0)
    assert abs(info.asked_at - time.time()) < 60
    (trial,) = trials(queue)
    assert trial.params["learning_rate"] == 1e-2, "moved into the space"
    assert trial.distributions == SPACE


def test_a_study_has_one_run_in_mlflow(queue: Queue, tiny_run: RunInfo) -> None:
    ask(queue, tiny_run, 2)
    claimed = take(queue)
    tags = queue.store.client.get_run(claimed.parent).data.tags
    assert tags[STUDY_TAG] == claimed.info.id.split("/")[0]
    assert claimed.parent not in [run.run_id for run in list_runs(queue.store)]
    assert take(queue).parent == claimed.parent


def test_a_study_of_an_earlier_version_is_gone_on_with(queue: Queue, tiny_run: RunInfo) -> None:
    """Its trials had a value for each of its two objectives; nobody reads them."""
    digest = read_facts(queue.store, tiny_run.run_id)["digest"]
    name = f"planted-smallgap-{digest[:6]}"
    optuna.create_study(study_name=name, storage=queue.storage, directions=["maximize"] * 2)
    old, new = ask(queue, tiny_run, 2)
    claimed = take(queue)
    queue.storage.set_trial_state_values(claimed.trial_id, TrialState.COMPLETE, [0.75, 0.5])
    assert state(queue, old) == ("completed", "")
    assert complete(queue, take(queue))
    assert state(queue, new) == ("completed", "")
    assert [info.id for info in list_requests(queue)] == [old, new]


def test_each_architecture_has_a_study(queue: Queue, tiny_run: RunInfo) -> None:
    ask(queue, tiny_run)
    enqueue(queue, replace(tiny_run, arch="resnet18"), REQUEST, "Ann")
    assert len({info.id.split("/")[0] for info in list_requests(queue)}) == 2


def test_an_empty_queue_makes_no_trial(queue: Queue, tiny_run: RunInfo) -> None:
    assert claim(queue, "here:1") is None
    ask(queue, tiny_run)
    complete(queue, take(queue))
    assert claim(queue, "here:1") is None
    assert len(trials(queue)) == 1


def test_requests_are_taken_in_order_of_asking(queue: Queue, tiny_run: RunInfo) -> None:
    first = ask(queue, tiny_run, 2)
    other = enqueue(queue, replace(tiny_run, arch="resnet18"), REQUEST, "Ann")
    assert [take(queue).info.id for _ in range(3)] == [*first, other]


def test_what_is_put_first_goes_first_and_keeps_its_number(queue: Queue, tiny_run: RunInfo) -> None:
    one, two, three = ask(queue, tiny_run, 3)
    put_first(queue, two)
    put_first(queue, three)
    assert [take(queue).info.id for _ in range(3)] == [three, two, one]
    with pytest.raises(UserError, match=f"Request {two} is running; only a queued one"):
        put_first(queue, two)


def test_a_request_ends_once(queue: Queue, tiny_run: RunInfo) -> None:
    (request_id,) = ask(queue, tiny_run)
    claimed = take(queue)
    assert find(queue, request_id).state == "running"
    assert record_run(queue, claimed, "abc")
    assert complete(queue, claimed)
    assert not complete(queue, claimed)
    assert not fail(queue, claimed, "too late")
    assert not record_run(queue, claimed, "def")
    info = find(queue, request_id)
    assert (info.state, info.run_id) == ("completed", "abc")
    assert (info.attempts, info.worker) == (1, "here:1")


def test_a_failed_request_is_not_tried_again(queue: Queue, tiny_run: RunInfo) -> None:
    (request_id,) = ask(queue, tiny_run)
    assert fail(queue, take(queue), "The loss became nan.")
    assert claim(queue, "here:1") is None
    assert state(queue, request_id) == ("failed", "The loss became nan.")


def test_a_dead_workers_request_is_taken_over_as_the_same_request(
    queue: Queue, tiny_run: RunInfo
) -> None:
    request_id, other = ask(queue, tiny_run, 2)
    dead = take(queue, "gone:1")
    assert record_run(queue, dead, "abc")
    let_die(queue)
    assert state(queue, request_id) == ("queued", ""), "failed, and its copy not made yet"
    heir = take(queue, "here:2")
    assert (heir.info.id, heir.info.run_id, heir.info.attempts) == (request_id, "abc", 0)
    assert heir.trial_id != dead.trial_id
    info = find(queue, request_id)
    assert (info.state, info.attempts, info.worker) == ("running", 2, "here:2")
    assert not complete(queue, dead), "it is no longer the dead worker's"
    beat(queue, dead)
    assert look(queue, dead).state == TrialState.FAIL
    assert complete(queue, heir)
    assert [info.id for info in list_requests(queue)] == [request_id, other]
    assert [trial.state.name for trial in trials(queue)] == ["FAIL", "WAITING", "COMPLETE"]


def test_a_request_on_which_many_workers_die_has_failed(queue: Queue, tiny_run: RunInfo) -> None:
    (request_id,) = ask(queue, tiny_run)
    for _ in range(MAX_DEATHS + 1):
        assert take(queue).info.id == request_id
        let_die(queue)
    assert claim(queue, "here:1") is None
    assert state(queue, request_id) == ("failed", "4 workers died while they trained it.")
    assert find(queue, request_id).attempts == MAX_DEATHS + 1


def test_what_is_put_back_waits_again_and_is_not_held_against_it(
    queue: Queue, tiny_run: RunInfo
) -> None:
    (request_id,) = ask(queue, tiny_run)
    for attempt in range(MAX_DEATHS + 3):
        claimed = take(queue)
        assert find(queue, request_id).attempts == attempt + 1
        record_run(queue, claimed, "abc")
        put_back(queue, claimed)
        assert state(queue, request_id) == ("queued", "")
        put_back(queue, claimed)
    assert len(trials(queue)) == MAX_DEATHS + 4
    assert take(queue).info.run_id == "abc"


def test_a_waiting_request_is_cancelled_at_once(queue: Queue, tiny_run: RunInfo) -> None:
    one, two = ask(queue, tiny_run, 2)
    cancel(queue, one, "Bo")
    assert state(queue, one) == ("cancelled", "Cancelled by Bo.")
    assert take(queue).info.id == two
    assert claim(queue, "here:1") is None
    with pytest.raises(UserError, match=f"Request {one} is cancelled and cannot be cancelled"):
        cancel(queue, one, "Bo")


def test_a_running_request_learns_that_it_is_cancelled(queue: Queue, tiny_run: RunInfo) -> None:
    (request_id,) = ask(queue, tiny_run)
    claimed = take(queue)
    cancel(queue, request_id, "Bo")
    assert find(queue, request_id).state == "running", "until its worker ends it"
    assert look(queue, claimed).user_attrs["cancelled"] == "Bo"
    let_die(queue)
    assert claim(queue, "here:2") is None, "cancelled, so not tried again"
    assert state(queue, request_id) == ("cancelled", "Cancelled by Bo.")


@pytest.mark.parametrize("act", [put_first, lambda queue, name: cancel(queue, name, "Bo")])
@pytest.mark.parametrize("name", ["nope", "nope/3", "{study}/9", "/", "saliencnn-workers/0"])
def test_an_unknown_request_is_a_sentence(queue: Queue, tiny_run: RunInfo, act, name: str) -> None:
    (request_id,) = ask(queue, tiny_run)
    name = name.format(study=request_id.split("/")[0])
    with pytest.raises(UserError, match="There is no request"):
        act(queue, name)


def test_nobody_is_nobody(queue: Queue, tiny_run: RunInfo) -> None:
    with pytest.raises(UserError, match="needs the name of who asks"):
        enqueue(queue, tiny_run, REQUEST, "  ")
    (request_id,) = ask(queue, tiny_run)
    with pytest.raises(UserError, match="needs the name of who asks"):
        cancel(queue, request_id, "")


def test_trials_of_other_studies_are_let_alone(queue: Queue) -> None:
    other = optuna.create_study(study_name="somebody's", storage=queue.storage)
    other.enqueue_trial({"x": 1})
    assert claim(queue, "here:1") is None
    assert list_requests(queue) == []


def test_threads_never_take_the_same(queue: Queue, tiny_run: RunInfo) -> None:
    ids = ask(queue, tiny_run, 12)
    taken: list[str] = []

    def work() -> None:
        while claimed := claim(queue, "here:1"):
            taken.append(claimed.info.id)
            complete(queue, claimed)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(ids)


CLAIMER = """
import json, sys
from pipelines.retry.claims import claim
from pipelines.retry.studies import open_queue
from saliencnn.store.connection import open_store
queue = open_queue(open_store(sys.argv[1]))
ready()
taken = []
while claimed := claim(queue, sys.argv[2]):
    taken.append(claimed.info.id)
print(json.dumps(taken), flush=True)
"""


def test_processes_never_take_the_same(queue: Queue, tiny_run: RunInfo, program: Forker) -> None:
    ids = ask(queue, tiny_run, 20)
    said = program.run_together(
        CLAIMER, *[(queue.store.uri, f"here:{number}") for number in (0, 1)]
    )
    taken = [request for _, text in said for request in json.loads(text.splitlines()[-1])]
    assert sorted(taken) == sorted(ids)


OPENER = """
import sys
from pipelines.retry.queue import list_requests
from pipelines.retry.studies import open_queue
from saliencnn.store.connection import open_store
store = open_store(sys.argv[1])
ready()
assert list_requests(open_queue(store)) == []
"""


def test_two_processes_make_the_tables_at_once(
    store: Store, program: Forker, tmp_path: Path
) -> None:
    place = f"sqlite:///{tmp_path}/deep/studies.db"
    said = program.run_together(OPENER, [store.uri], [store.uri], SALIENCNN_STUDY_URL=place)
    assert [status for status, _ in said] == [0, 0], said


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://user:secret@host/studies", "SALIENCNN_STUDY_URL names no database"),
        ("secret", "SALIENCNN_STUDY_URL names no database"),
        ("postgresql://user:secret@host", "SALIENCNN_STUDY_URL names no database"),
        (
            "postgresql://user:secret@127.0.0.1:1/studies",
            r"postgresql\+psycopg://127.0.0.1:1/studies",
        ),
        ("postgresql://127.0.0.1:1/studies?user=ann&password=secret", r"password=\*\*\*"),
        ("postgresql://user:not@secret@127.0.0.1:1/studies", "write @ as %40"),
        ("postgresql://user:not@sec/secret@127.0.0.1:1/studies", "write @ as %40"),
        ("postgresql://us/er:secret@127.0.0.1:1/studies", "write @ as %40"),
        ("postgresql://user:secret", "SALIENCNN_STUDY_URL names no database"),
        ("sqlite:////proc/nowhere/studies.db", "cannot be reached"),
    ],
)
def test_an_address_that_cannot_be_used_is_a_sentence(
    store: Store, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("SALIENCNN_STUDY_URL", url)
    with pytest.raises(UserError, match=said) as raised:
        open_queue(store)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_studies_lie_beside_an_embedded_store(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SALIENCNN_STUDY_URL", raising=False)
    queue = open_queue(store)
    assert queue.is_embedded
    database = Path(store.uri.removeprefix("sqlite:///"))
    assert queue.folder == database.parent
    assert database.with_name("studies.db").exists()


def test_a_server_needs_the_studies_address(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SALIENCNN_STUDY_URL", raising=False)
    with pytest.raises(UserError, match="set SALIENCNN_STUDY_URL"):
        open_queue(replace(store, uri="http://lab:5000"))


def test_many_requests_are_listed_quickly(queue: Queue, tiny_run: RunInfo) -> None:
    ask(queue, tiny_run)
    study = optuna.load_study(
        study_name=list_requests(queue)[0].id.split("/")[0], storage=queue.storage
    )
    (pattern,) = study.trials
    study.add_trials([pattern] * 49)
    assert len(list_requests(queue)) == 50


@pytest.mark.parametrize("state", ["queued", "running", "of a dead worker"])
def test_the_same_retry_is_not_queued_twice(queue: Queue, tiny_run: RunInfo, state: str) -> None:
    (request_id,) = ask(queue, tiny_run)
    if state != "queued":
        take(queue)
    if state == "of a dead worker":
        let_die(queue)
    for again in (seeded(0), replace(seeded(0), name="by another name")):
        with pytest.raises(UserError, match=f"Ann has queued the same retry .*{request_id} is"):
            enqueue(queue, tiny_run, again, "Bo", "for another reason")
    assert len(list_requests(queue)) == 1


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled", "cancelled while it runs"])
def test_a_retry_may_be_asked_for_again_once_it_has_ended(
    queue: Queue, tiny_run: RunInfo, end: str
) -> None:
    (request_id,) = ask(queue, tiny_run)
    if end == "cancelled":
        cancel(queue, request_id, "Bo")
    else:
        claimed = take(queue)
        if end == "completed":
            complete(queue, claimed)
        elif end == "failed":
            fail(queue, claimed, "Because.")
        else:
            cancel(queue, request_id, "Bo")
            assert state(queue, request_id)[1].startswith("Bo has cancelled it")
    assert enqueue(queue, tiny_run, seeded(0), "Bo") != request_id


def test_another_retry_or_the_same_of_another_run_is_queued(
    queue: Queue, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    ask(queue, tiny_run, 2)
    enqueue(queue, tiny_run, replace(seeded(0), weights=f"run:{tiny_run.run_id}:1"), "Ann")
    enqueue(queue, replace(tiny_run, run_id=seeded_run.run_id), seeded(0), "Ann")
    assert len(list_requests(queue)) == 4


def test_of_people_who_queue_the_same_at_once_one_is_heard(queue: Queue, tiny_run: RunInfo) -> None:
    said: list[str] = []
    together = threading.Barrier(4)

    def work(person: str) -> None:
        together.wait()
        try:
            said.append(enqueue(queue, tiny_run, REQUEST, person))
        except UserError as error:
            said.append(str(error))

    people = [threading.Thread(target=work, args=(f"Person {i}",)) for i in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    (info,) = list_requests(queue)
    assert said.count(info.id) == 1
    refused = [sentence for sentence in said if sentence != info.id]
    assert all(sentence.startswith(f"{info.asked_by} has queued") for sentence in refused)
    assert len(refused) == 3


def set_request(queue: Queue, request_id: str, **changed: object) -> None:
    """Change what a queued request's trial holds."""
    study, _, number = request_id.rpartition("/")
    trial_id = trial_id_of(queue, study, int(number))
    for name, value in changed.items():
        queue.storage.set_trial_user_attr(trial_id, name, value)


def test_a_request_carries_its_format_and_an_earlier_one_is_read(
    queue: Queue, tiny_run: RunInfo
) -> None:
    (request_id,) = ask(queue, tiny_run)
    wanted = dict(find(queue, request_id).wanted)
    assert wanted.pop("format") == QUEUED_REQUEST.version
    del wanted["ignored_groups"]
    set_request(queue, request_id, request=wanted)
    assert find(queue, request_id).request == seeded(0)
    assert take(queue).info.id == request_id


def test_a_request_of_a_later_version_waits_for_a_worker_that_reads_it(
    queue: Queue, tiny_run: RunInfo
) -> None:
    later, now = ask(queue, tiny_run, 2)
    newer = {"format": QUEUED_REQUEST.version + 1, "data": ["new"]}
    set_request(queue, later, request={**find(queue, later).wanted, **newer})
    assert take(queue).info.id == now
    assert claim(queue, "here:1") is None
    assert state(queue, later) == ("queued", "")
    with pytest.raises(NewerFormat):
        _ = find(queue, later).request
    cancel(queue, later, "Bo")
    assert state(queue, later) == ("cancelled", "Cancelled by Bo.")


@pytest.mark.parametrize(
    "changed",
    [
        {"request": "a text"},
        {"request": None},
        {"asked_at": "yesterday"},
        {"asked_at": None},
        {"put_first_at": []},
        {"put_back": {}},
    ],
)
def test_a_damaged_request_does_not_hide_the_others(
    queue: Queue, tiny_run: RunInfo, changed: dict[str, object]
) -> None:
    damaged, good = ask(queue, tiny_run, 2)
    set_request(queue, damaged, **changed)
    assert good in [info.id for info in list_requests(queue)]
    assert good in [claimed.info.id for claimed in iter(lambda: claim(queue, "here:1"), None)]


@pytest.mark.parametrize("wanted", [{}, {"hyperparameters": 3}, {"hyperparameters": {"crop": []}}])
def test_a_request_that_is_none_is_a_sentence(wanted: dict[str, object]) -> None:
    with pytest.raises(UserError) as raised:
        request_from_dict(wanted)
    assert "\n" not in str(raised.value)


def test_what_would_change_nothing_is_not_queued(queue: Queue, tiny_run: RunInfo) -> None:
    useless = replace(REQUEST, hyperparameters=Hyperparameters(ignored="0,0,.2,.2"))
    with pytest.raises(UserError, match="nothing would be ignored"):
        enqueue(queue, tiny_run, useless, "Ann")
    assert not list_requests(queue)
