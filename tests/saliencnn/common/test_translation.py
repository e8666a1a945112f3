"""Errors of the surroundings, most of them made for real, as one sentence each."""

import errno
import io
import json
import os
import re
import sqlite3
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
import pytest
import requests
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException, RestException
from PIL import Image
from sqlalchemy import create_engine, text
from torch.utils.data import DataLoader, Dataset

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import LONGEST
from saliencnn.common.translation import CAUSES, Translation, find_reason, translate
from saliencnn.store.connection import Store
from saliencnn.store.runs import start_run


def raised(act: Callable[[], object]) -> BaseException:
    try:
        act()
    except Exception as error:
        return error
    pytest.fail("nothing was raised")


def check(told: Translation) -> str:
    """Hold what every sentence must hold, and return it."""
    sentence = told.sentence
    assert len(sentence) <= LONGEST
    assert len(sentence.splitlines()) == 1
    assert sentence.endswith(".")
    assert "Traceback" not in sentence
    assert ".py" not in sentence
    sentence.encode()
    return sentence


def _write_on_full_disk() -> None:
    with open("/dev/full", "wb", buffering=0) as file:
        file.write(b"x")


def _read_only_database() -> None:
    sqlite3.connect("file:/tmp/nothing-there.db?mode=ro", uri=True).execute("SELECT 1")


class _Images(Dataset[int]):
    """Images whose loading does what a test asks for, in another process."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act

    def __len__(self) -> int:
        return 2

    def __getitem__(self, position: int) -> int:
        self._act()
        return position


def _load(act: Callable[[], object]) -> None:
    list(DataLoader(_Images(act), num_workers=1))


REAL: list[tuple[Callable[[], object], str]] = [
    (_write_on_full_disk, "disk is full"),
    (lambda: Path("a" * 300).read_bytes(), "longer than the file system allows"),
    (lambda: Path("/nowhere/x.bin").read_bytes(), "'/nowhere/x.bin' does not exist"),
    (lambda: Path("/tmp").read_bytes(), "'/tmp' is a folder"),
    (_read_only_database, "database cannot be opened"),
    (lambda: torch.empty(2**50), "memory does not suffice"),
    (lambda: np.empty(2**60, np.uint8), "memory does not suffice"),
    (lambda: Image.open(io.BytesIO(b"<html>")), "image cannot be read"),
    (lambda: safetensors.torch.load(b"<html>404"), "weights file is damaged"),
    (lambda: np.load(io.BytesIO(b"\x80\x04K\x01."), allow_pickle=False), "array is cut short"),
    (lambda: zipfile.ZipFile(io.BytesIO(b"PK")), "damaged"),
    (lambda: pyarrow.BufferReader(b"x").read_buffer(-5), "table cannot be read"),
    (lambda: pd.read_csv(io.BytesIO(b"")), "table cannot be read"),
    (lambda: json.loads("{"), "no JSON"),
    (lambda: b"caf\xe9".decode(), "not UTF-8"),
    (lambda: "caf\udce9".encode(), "not UTF-8"),
    (lambda: "é".encode("ascii"), "PYTHONUTF8"),
    (lambda: requests.get("http://127.0.0.1:9/", timeout=2), "cannot be reached"),
    (lambda: requests.get("http://", timeout=2), "correct MLFLOW_TRACKING_URI"),
    (lambda: urllib.request.urlopen("http://127.0.0.1:9/", timeout=2), "connection failed"),
    (lambda: __import__("no_such_package"), "pip install no_such_package"),
    (lambda: _load(lambda: os._exit(3)), "process that loads images was ended"),
    (lambda: _load(_write_on_full_disk), "disk is full"),
]


@pytest.mark.parametrize(("act", "said"), REAL, ids=[said for _, said in REAL])
def test_real_errors_have_cause_and_remedy(act: Callable[[], object], said: str) -> None:
    told = translate(raised(act))
    assert not told.ours
    assert said in check(told)
    cause, _, remedy = told.sentence.partition(": ")
    assert cause
    assert remedy


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "disk is full"),
        (errno.EROFS, "can only be read"),
        (errno.EACCES, "may not read or write"),
        (errno.EPERM, "may not read or write"),
        (errno.EMFILE, "ulimit -n"),
        (errno.EIO, "does not answer"),
        (errno.ESTALE, "does not answer"),
        (errno.ENOMEM, "memory"),
        (errno.EFBIG, "larger"),
        (errno.ELOOP, "circle"),
        (errno.EADDRINUSE, "--port"),
        (errno.EXDEV, "cannot be read or written"),
    ],
)
def test_the_system_s_numbers_have_their_cause(number: int, said: str) -> None:
    error = OSError(number, os.strerror(number), "/data/x.lock")
    assert said in check(translate(error))
    # As it comes from another process: the number stands in the words alone.
    nameless = translate(OSError(number, os.strerror(number))).sentence
    assert nameless[0].isupper()
    assert " A file" not in nameless
    again = OSError(f"Caught OSError in DataLoader worker process 0.\nOriginal Traceback:\n{error}")
    assert said in check(translate(again))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("CUDA out of memory. Tried to allocate 20.00 MiB.", "GPU's memory is full"),
        ("CUDA error: device-side assert triggered\nCUDA kernel errors", "The GPU failed"),
        ("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED", "The GPU failed"),
        ("DataLoader timed out after 300 seconds", "no batch for 300 seconds"),
        ("DataLoader worker (pid 7) is killed by signal: Killed. ", "was ended from outside"),
        ("received 0 items of ancdata", "ulimit -n"),
        (
            "Caught RuntimeError in DataLoader worker process 0.\nOriginal Traceback (most recent "
            'call last):\n  File "/x/site-packages/torch/a.py", line 1\nRuntimeError: unable to '
            "allocate shared memory(shm) for file </torch_1>: No space left on device (28)",
            "--loaders 0",
        ),
    ],
)
def test_what_torch_says_in_words_has_its_cause(words: str, said: str) -> None:
    told = translate(RuntimeError(words))
    assert not told.ours
    assert said in check(told)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MlflowException("API request failed with exception Connection refused"), "reached"),
        (MlflowException("(sqlite3.OperationalError) database is locked"), "locked by another"),
        (MlflowException("(sqlite3.OperationalError) database or disk is full"), "disk"),
        (
            MlflowException("(sqlite3.OperationalError) attempt to write a readonly database"),
            "only",
        ),
        (RestException({"error_code": "PERMISSION_DENIED", "message": "x"}), "USERNAME"),
        (RestException({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "x"}), "deleted"),
        (MlflowException("API request to endpoint failed with error code 401"), "USERNAME"),
        (MlflowException("Detected out-of-date database schema (found version a)"), "db upgrade"),
        (MlflowException("Invalid value for tag"), "refuses this"),
        (requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"), "CA_BUNDLE"),
        (requests.ReadTimeout("Read timed out. (read timeout=30)"), "in time"),
        (requests.HTTPError("413 Client Error: Request Entity Too Large"), "413"),
    ],
)
def test_what_the_store_s_programs_say_has_its_cause(error: Exception, said: str) -> None:
    told = translate(error)
    assert not told.ours
    assert said in check(told)


def test_a_statement_with_its_values_is_not_repeated() -> None:
    engine = create_engine("sqlite://")
    statement = text("SELECT 1 FROM nowhere WHERE x = :secret")

    def ask() -> None:
        with engine.connect() as connection:
            connection.execute(statement, {"secret": "hunter2"})

    said = check(translate(raised(ask)))
    assert "no such table: nowhere" in said
    assert "hunter2" not in said


def test_passwords_stay_out_of_sentences() -> None:
    address = "http://lab:s3cr3tPW@127.0.0.1:9"
    for error in (requests.ConnectionError(f"refused by {address}"), KeyError(address)):
        assert "s3cr3tPW" not in check(translate(error))


def test_deleted_runs_and_experiments_name_the_way_back(store: Store) -> None:
    run_id = start_run(store, "gone", {})
    store.client.delete_run(run_id)
    said = check(translate(raised(lambda: store.client.set_tag(run_id, "a", "b"))))
    assert f"mlflow runs restore --run-id {run_id}" in said
    experiment = store.client.create_experiment("to be deleted")
    store.client.delete_experiment(experiment)
    said = check(translate(raised(lambda: store.client.create_run(experiment))))
    assert f"mlflow experiments restore --experiment-id {experiment}" in said


@pytest.mark.parametrize(
    "error",
    [
        KeyError("focus"),
        ValueError("not enough values to unpack (expected 2, got 1)"),
        AssertionError(),
        TypeError("unsupported operand"),
        RecursionError("maximum recursion depth exceeded"),
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        ModuleNotFoundError("No module named 'saliencnn.nowhere'"),
        UnboundLocalError("x"),
    ],
)
def test_what_nobody_can_mend_by_other_values_is_our_fault(error: Exception) -> None:
    told = translate(error, "/tmp/error.log")
    assert told.ours
    said = check(told)
    assert said.startswith(f"This is a fault in saliencnn itself ({type(error).__name__}")
    assert "/tmp/error.log" in said


def test_a_fault_while_another_error_was_handled_stays_a_fault() -> None:
    def fail() -> None:
        try:
            Path("/nowhere/at all").read_bytes()
        except OSError:
            _ = {}["missing"]

    assert translate(raised(fail)).ours


def test_an_error_that_passes_another_one_on_has_its_cause() -> None:
    def fail() -> None:
        try:
            _write_on_full_disk()
        except OSError as error:
            raise RuntimeError("saving failed") from error

    assert "disk is full" in check(translate(raised(fail)))


def test_code_s_places_stay_out_of_sentences() -> None:
    error = ValueError('in /home/x/.venv/lib/site-packages/torch/nn/a.py", line 3')
    assert "/home/x" not in translate(error).sentence


def test_an_error_that_fails_at_its_own_words_has_a_sentence() -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert "Broken" in check(translate(Broken()))


def test_a_person_s_mistake_is_shortened_and_nothing_else() -> None:
    assert translate(UserError("--poll is 0."), "/tmp/x.log") == Translation("--poll is 0.", False)
    said = check(translate(UserError(f"arch is '{'x' * 5000}';\nit must be resnet18.")))
    assert said.endswith("'; it must be resnet18.")
    command = f"saliencnn train --data folder:birds {'--epochs 3 ' * 40}--seed 0"
    told = translate(UserError(f"There is no such run. Train one: {command}")).sentence
    assert told == f"There is no such run. Train one: {command}", "it is there to be copied"


@given(
    st.sampled_from([ValueError, KeyError, OSError, RuntimeError, MlflowException, UserError]),
    st.text(max_size=3000),
)
def test_whatever_an_error_says_it_is_one_short_sentence(kind: type[Exception], words: str) -> None:
    said = translate(kind(words), "/tmp/saliencnn-1.log").sentence
    assert 0 < len(said) <= LONGEST
    assert len(said.splitlines()) == 1
    said.encode()


def test_the_table_s_rows_fit_into_a_sentence() -> None:
    long = "x" * 90
    for row in CAUSES:
        groups = re.compile(row.said).groupindex
        values = dict.fromkeys(("reason", "file"), long) | dict.fromkeys(groups, "y" * 32)
        told = f"{row.cause.format_map(values)}: {row.remedy.format_map(values)}."
        assert len(told) <= LONGEST, told


def test_of_a_traceback_the_last_line_is_the_reason() -> None:
    words = "Caught\nTraceback (most recent call last):\n  File x\nOSError: broken\n"
    assert find_reason(RuntimeError(words)) == "OSError: broken"
