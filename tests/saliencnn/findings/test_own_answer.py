"""Whether to rely on a network's answer to a person's own image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.findings.hidden_region import HiddenRegion
from saliencnn.findings.methods import Advice
from saliencnn.findings.own_answer import AnswerFacts, Record, judge_answer, read_record
from saliencnn.measures.rates import wilson_interval

GOOD = Record(given=30, right=30, less_sure=15)


def hide(*of_target: float) -> HiddenRegion:
    return HiddenRegion(0.1, (0, 0, 0), of_target, of_target, np.empty((0, 0, 3)))


NEEDLESS, MATTERS, ELSEWHERE = hide(0.9, 0.88, 0.9), hide(0.9, 0.1, 0.9), hide(0.9, 0.2, 0.2)


def test_how_a_network_does_counts_the_images_that_get_the_answer() -> None:
    predicted, true = np.array([0, 0, 0, 1, 0]), np.array([0, 0, 1, 0, 0])
    sure = np.array([0.9, 0.5, 0.99, 0.7, 0.6])
    assert read_record(true, predicted, sure, 0, 0.6) == Record(given=4, right=3, less_sure=2)
    assert read_record(true, predicted, sure, 2, 0.6) == Record(0, 0, 0)


@pytest.mark.parametrize(
    ("given_it", "right", "advice"),
    [
        (0, 0, Advice.UNKNOWN),
        (4, 4, Advice.UNKNOWN),
        (6, 5, Advice.UNKNOWN),
        (30, 20, Advice.UNKNOWN),
        (6, 1, Advice.DO_NOT),
        (40, 25, Advice.DO_NOT),
        (36, 30, Advice.CARE),
        (500, 350, Advice.CARE),
        (15, 15, Advice.CARE),
        (16, 16, Advice.BELIEVE),
        (1000, 850, Advice.BELIEVE),
    ],
)
def test_how_often_the_answer_is_right_decides(given_it: int, right: int, advice: Advice) -> None:
    found = judge_answer(AnswerFacts(0.99, Record(given_it, right, right)))
    assert found.advice == advice
    if given_it >= 5:
        assert f"{right} of the {given_it} " in found.why


@pytest.mark.parametrize(
    ("facts", "advice", "why"),
    [
        (AnswerFacts(0.49, GOOD), Advice.DO_NOT, "51% together"),
        (AnswerFacts(0.51, GOOD), Advice.BELIEVE, "30 of the 30"),
        (AnswerFacts(0.9, GOOD, convicted="reads colours"), Advice.DO_NOT, "reads colours"),
        (AnswerFacts(0.9, GOOD, hidden=NEEDLESS), Advice.CARE, "spot hidden"),
        (AnswerFacts(0.9, GOOD, hidden=ELSEWHERE), Advice.CARE, "other parts"),
        (AnswerFacts(0.9, GOOD, hidden=MATTERS), Advice.BELIEVE, "30 of the 30"),
        (AnswerFacts(0.9, GOOD, doubts=["it is blurred"]), Advice.CARE, "it is blurred"),
        (AnswerFacts(0.9, Record(30, 30, 1)), Advice.CARE, "in 29 of its 30 right answers"),
        (AnswerFacts(0.9, Record(16, 16, 0)), Advice.BELIEVE, "16 of the 16"),
    ],
)
def test_the_gravest_decides_and_is_the_reason(
    facts: AnswerFacts, advice: Advice, why: str
) -> None:
    found = judge_answer(facts)
    assert found.advice == advice
    assert why in found.why


def test_all_that_speaks_against_an_answer_is_one_reason() -> None:
    poor = judge_answer(AnswerFacts(1.0, Record(40, 25, 20), hidden=NEEDLESS))
    assert poor.advice == Advice.DO_NOT
    assert poor.why == (
        "it is right in only 25 of the 40 validation images that get this answer (62%) and it "
        "stays the same with the brightest spot hidden"
    )


def test_a_good_record_is_told_also_where_something_speaks_against_the_answer() -> None:
    found = judge_answer(AnswerFacts(0.9, GOOD, doubts=["it is blurred"]))
    assert found.why.startswith("it is blurred, though it is right in 30 of the 30 ")


def test_a_doubtful_record_and_a_needless_spot_together_are_enough_against_it() -> None:
    doubtful = Record(40, 28, 20)
    assert judge_answer(AnswerFacts(1.0, doubtful, hidden=MATTERS)).advice == Advice.CARE
    assert judge_answer(AnswerFacts(1.0, doubtful, hidden=NEEDLESS)).advice == Advice.DO_NOT
    found = judge_answer(AnswerFacts(1.0, Record(2, 2, 2), hidden=ELSEWHERE))
    assert found.advice == Advice.DO_NOT
    assert "only 2 validation images" in found.why


@st.composite
def facts(draw: st.DrawFn) -> AnswerFacts:
    given_it = draw(st.integers(0, 300))
    right = draw(st.integers(0, given_it))
    share = st.floats(0.01, 1)
    return AnswerFacts(
        draw(share),
        Record(given_it, right, draw(st.integers(0, right))),
        draw(st.sampled_from(["", "reads colours"])),
        draw(st.none() | st.builds(hide, share, share, share)),
        draw(st.sampled_from([(), ("it is blurred",)])),
    )


@given(facts())
def test_relying_is_never_advised_where_anything_speaks_against_it(known: AnswerFacts) -> None:
    found = judge_answer(known)
    assert found.why
    if found.advice != Advice.BELIEVE:
        return
    assert known.record.given >= 5
    low, _ = wilson_interval(
        np.array(known.record.right / known.record.given), np.array(known.record.given)
    )
    assert low > 0.5
    assert known.confidence >= 0.5
    assert not known.convicted
    assert not known.doubts


@given(facts(), st.integers(1, 50))
def test_more_wrong_answers_never_make_it_more_reliable(known: AnswerFacts, more: int) -> None:
    order = [Advice.BELIEVE, Advice.CARE, Advice.UNKNOWN, Advice.DO_NOT]
    record = known.record
    worse = Record(record.given, max(0, record.right - more), 0)
    before, after = (
        judge_answer(AnswerFacts(known.confidence, Record(one.given, one.right, one.right))).advice
        for one in (record, worse)
    )
    assert order.index(after) >= order.index(before)
