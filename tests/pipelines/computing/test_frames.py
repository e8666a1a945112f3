"""What two processes tell each other arrives as it was, and nothing is unpickled."""

import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.computing import asking
from pipelines.computing.frames import (
    Frame,
    decode,
    encode,
    find,
    make_error,
    name_of,
    read_frame,
    write_frame,
)
from pipelines.computing.process import ComputerDied
from pipelines.trust.audit import audit
from saliencnn.checks.evidence import CurveComparison
from saliencnn.checks.grading import Outcome
from saliencnn.common.errors import UserError
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo
from tests.helpers.commands import Forker
from tests.helpers.computing import forked_computers

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.integers() | st.text() | st.tuples(st.integers(), st.text()), inner)
    ),
)


@given(VALUES)
def test_plain_values_arrive_as_they_were(value: object) -> None:
    found = decode(encode(value))
    assert found == value
    assert repr(found) == repr(value)  # a tuple stays one


@pytest.mark.parametrize("kind", ["f4", "f8", "f2", "u1", "?", "i8", "U7", [("a", "f4", (2, 3))]])
def test_arrays_arrive_as_they_were(kind: object) -> None:
    array = np.zeros((2, 0, 3) if kind == "f8" else (2, 3), kind)  # type: ignore[call-overload]
    found = decode(encode({"x": (array, 1.5)}))["x"][0]
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_records_of_the_store_arrive_as_they_were(
    store: Store, tiny_run: RunInfo, planted_evaluations: list[EvaluationInfo]
) -> None:
    assert decode(encode(tiny_run)) == tiny_run
    assert decode(encode(planted_evaluations)) == planted_evaluations
    opened, again = decode(encode([store, store]))
    assert opened is again
    assert (opened.uri, opened.refused) == (store.uri, store.refused)
    assert decode(encode(Outcome.FAIL)) is Outcome.FAIL
    curves = decode(encode(CurveComparison({"road": np.arange(3)}, {}, {}, {"cam": math.nan})))
    assert math.isnan(curves.beaten["cam"])


def test_nothing_is_pickled() -> None:
    with pytest.raises(TypeError, match="cannot go to another process"):
        encode([len, audit])
    with pytest.raises(ValueError, match="allow_pickle"):
        decode(encode(np.array([object()])))


@pytest.mark.parametrize("name", ["os:system", "builtins:eval", "saliencnnx.y:z", "tests.a:b"])
def test_only_our_own_is_found(name: str) -> None:
    with pytest.raises(ValueError, match="none of our own"):
        find(name)
    assert find(name_of(audit)) is audit


def test_a_message_that_is_cut_off_is_none() -> None:
    stream = io.BytesIO()
    write_frame(stream, Frame(7, "done", (0.5, "ä\n"), b"\n\0content"))
    whole = stream.getvalue()
    assert read_frame(io.BytesIO(whole)) == Frame(7, "done", (0.5, "ä\n"), b"\n\0content")
    for end in range(len(whole)):
        assert read_frame(io.BytesIO(whole[:end])) is None


def test_errors_arrive_as_what_they_were() -> None:
    missing = make_error(name_of(MissingArtifact), str(MissingArtifact("checkpoints")))
    assert type(missing) is MissingArtifact
    assert str(missing) == str(MissingArtifact("checkpoints"))
    assert type(make_error(name_of(ComputerDied), "x")) is ComputerDied
    for unknown in ("saliencnn.nowhere:Nothing", "os:system", "", "builtins:len"):
        assert type(make_error(unknown, "sentence")) is UserError


def test_there_is_one_computer_for_a_kind_of_work(program: Forker) -> None:
    with forked_computers(lambda: program):
        assert asking.the_computer() is asking.the_computer()
        assert asking.the_slow_computer() is asking.the_slow_computer()
    assert asking.the_slow_computer() is not asking.the_computer()
