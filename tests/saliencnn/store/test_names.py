"""People's names and words are cleaned in one way, whoever keeps them."""

import json
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.retry.queue import enqueue, list_requests
from pipelines.retry.studies import open_queue
from pipelines.training.request import Request
from saliencnn.common.errors import UserError
from saliencnn.common.names import MAX_NAME_LENGTH, clean_line, require_line
from saliencnn.store.connection import Store, open_store
from saliencnn.store.runs import ask_to_stop, read_facts, read_run, start_run
from saliencnn.store.saved_tasks import save_task
from saliencnn.store.verdicts import make_verdict


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store of their own: what these tests save would be in the lists of others."""
    return open_store(f"sqlite:///{tmp_path_factory.mktemp('names')}/mlflow.db")


Keep = Callable[[Store, str], str]


def keep_in_a_verdict(_store: Store, name: str) -> str:
    return make_verdict("accepted", "because", name).person


def keep_in_a_reason(_store: Store, name: str) -> str:
    return make_verdict("accepted", name, "Ann").reason


def keep_with_a_stop(store: Store, name: str) -> str:
    run_id = start_run(store, None, {})
    ask_to_stop(store, run_id, name)
    return str(json.loads(read_facts(store, run_id)["stop"])["person"])


def keep_with_a_request(store: Store, name: str) -> str:
    run_id = start_run(store, None, {}, image_set="birds", arch="smallgap", images_id="x")
    queue = open_queue(store)
    request_id = enqueue(queue, read_run(store, run_id), Request(), name)
    return next(info for info in list_requests(queue) if info.id == request_id).asked_by


def keep_with_a_task(store: Store, name: str) -> str:
    return save_task(store, name, {}).name


KEEPERS = [
    keep_in_a_verdict,
    keep_in_a_reason,
    keep_with_a_stop,
    keep_with_a_request,
    keep_with_a_task,
]
named = pytest.mark.parametrize("keep", KEEPERS, ids=lambda keep: keep.__name__)


@named
@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("  Ann\nLee ", "Ann Lee"),
        ("Ann\r\n\tLee\u2028Lu", "Ann Lee Lu"),
        ("Ann\x00Lee\x1b[31m", "Ann Lee [31m"),
        ("\u202eeeL nnA\u202c", "eeL nnA"),  # written from right to left
        ("\u2067Ann\u2069", "Ann"),
        ("An\u200bn\u200d \ufeffLee\u2060", "Ann Lee"),  # nothing that can be seen
        ("Ann\udc80Lee", "Ann Lee"),
        ("Zoë 鳥 ÅSA", "Zoë 鳥 ÅSA"),
    ],
)
def test_a_name_is_one_line_of_what_can_be_seen(
    store: Store, keep: Keep, given_name: str, kept: str
) -> None:
    assert keep(store, given_name) == kept


@named
@pytest.mark.parametrize("given_name", ["", " \n", "\u200b\u202e", "\x00", "x" * 501])
def test_no_name_or_too_long_a_one_is_refused(store: Store, keep: Keep, given_name: str) -> None:
    with pytest.raises(UserError) as caught:
        keep(store, given_name)
    assert "\n" not in str(caught.value)


@given(st.text())
def test_a_cleaned_line_stays_and_holds_nothing_hidden(text: str) -> None:
    line = clean_line(text)
    assert clean_line(line) == line == line.strip()
    assert not {unicodedata.category(c) for c in line} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert "  " not in line


def test_nothing_is_cut_off_in_silence() -> None:
    name = "x" * MAX_NAME_LENGTH
    assert require_line(name, "name", MAX_NAME_LENGTH, "It needs a name.") == name
    with pytest.raises(UserError, match=rf"{MAX_NAME_LENGTH + 1} characters; at most"):
        require_line(name + "x", "name", MAX_NAME_LENGTH, "It needs a name.")
