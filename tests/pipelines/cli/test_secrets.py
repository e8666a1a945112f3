"""No command shows the password that is in the store's address."""

import logging
from dataclasses import replace

import pytest
import requests

from pipelines.cli.main import main
from saliencnn.store.connection import Store, open_store
from saliencnn.store.outage import StoreAway, reaching
from saliencnn.store.runs import finish_run, note_sentences, read_run, start_run
from tests.helpers.logs import Log

RUN = "f" * 32
COMMANDS = (
    ("sync",),
    ("train", "--data", "planted:train=32,validation=16,counterfactual=0,size=32"),
    ("train", "--resume", RUN),
    ("propose", RUN),
    ("verdict", RUN, "reject", "--name", "Ann", "--reason", "no"),
    ("stop", RUN, "--name", "Ann"),
    ("check", RUN),
    ("queue", RUN, "--name", "Ann", "--seed", "1"),
    ("worker", "--once"),
)
ADDRESSES = (
    *("http://ann:s3cr3tPW@127.0.0.1:9", "http://ann:s3cr3t@PW@127.0.0.1:9"),
    *("http://ann:s3cr3t/PW@127.0.0.1:9", "http://ann:s3cr3t:PW@127.0.0.1:9"),
    *("http://ann:s3cr3t%2FPW@127.0.0.1:9", "http://127.0.0.1:9/x?token=s3cr3tPW"),
    *("http://ann:s3cr3tPW@nowhere.invalid", "http://ann:s3cr3tPW", "ftp://ann:s3cr3tPW@lab"),
    *(
        "postgresql://ann:s3cr3tPW@127.0.0.1:1/runs",
        "http:/ann:s3cr3tPW@lab",
        "http://[ann:s3cr3tPW@lab",
    ),
)


def assert_hidden(text: str) -> None:
    assert "s3cr3t" not in text
    assert "PW" not in text


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_no_command_shows_the_password_of_a_store_that_is_away(
    command: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    logs: Log,
) -> None:
    for address in ADDRESSES if command == ("sync",) else ADDRESSES[:2]:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        assert main(command) == 2
        said = capsys.readouterr()
        assert said.err.count("\n") == 1
        assert_hidden(said.out + said.err + logs.text)


def test_whatever_a_server_answers_is_told_without_the_password(store: Store) -> None:
    away = replace(store, uri=ADDRESSES[0])
    answer = requests.Response()
    answer.status_code, answer.url, answer.reason = 503, f"{ADDRESSES[1]}/x?key=s3cr3t", "busy"
    with pytest.raises(StoreAway) as caught, reaching(away):
        answer.raise_for_status()
    assert "503" in str(caught.value)
    assert_hidden(str(caught.value))
    assert_hidden(repr(away))
    assert away.address == "http://127.0.0.1:9"


def test_what_is_kept_with_a_run_holds_no_password(store: Store) -> None:
    run_id = start_run(store, "secret", {})
    finish_run(store, run_id, "FAILED", f"OSError: {ADDRESSES[0]} is away")
    note_sentences(store, run_id, [f"From {ADDRESSES[1]}"])
    run = read_run(store, run_id)
    assert run.reason == "OSError: http://127.0.0.1:9 is away"
    assert run.notes == ("From http://127.0.0.1:9",)


def test_no_log_shows_it_either(logs: Log) -> None:
    log = logging.getLogger("some.library")
    try:
        raise OSError(ADDRESSES[0])
    except OSError:
        log.exception("failed at %s", ADDRESSES[1])
    assert "OSError: http://127.0.0.1:9" in logs.text
    assert_hidden(logs.text)


def test_a_server_with_a_password_is_used_with_it(server_store: Store) -> None:
    address = server_store.uri.replace("http://", "http://ann:s3cr3t%40PW@")
    opened = open_store(address)
    assert opened.uri == address
    assert opened.address == server_store.uri
    assert opened.runs == server_store.runs
