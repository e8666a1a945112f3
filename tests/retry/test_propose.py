import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution

from pipelines.errors import UserError
from pipelines.hyperparameters import Hyperparameters
from pipelines.retry.propose import FEW, MANY, PastRun, propose
from pipelines.retry.reasons import change_sizes, give_reasons, importances, pareto_front
from pipelines.retry.space import SPACE, from_unit, inside, to_unit

START = Hyperparameters(epochs=7, batch_size=5, optimizer="sgd", momentum=0.5, flip=0.25, seed=9)


def past_runs(count: int, with_focus: bool = True) -> list[PastRun]:
    """Runs whose accuracy and focus both grow with color_jitter."""
    rng = np.random.default_rng(4)
    runs = []
    for jitter in np.linspace(0, 1, count) if count > 1 else [0.5] * count:
        hp = Hyperparameters(
            color_jitter=float(jitter),
            learning_rate=float(10 ** rng.uniform(-4, -2)),
            dropout=float(rng.uniform(0, 0.5)),
            grayscale=float(rng.uniform(0, 1)),
        )
        focus = 0.1 + 0.6 * float(jitter) if with_focus else None
        runs.append(PastRun(hp, 0.5 + 0.4 * float(jitter), focus))
    return runs


def outside() -> list[PastRun]:
    hp = Hyperparameters(
        learning_rate=5.0,
        weight_decay=0.0,
        crop=0.95,
        erasing=1.0,
        label_smoothing=0.5,
        dropout=0.9,
    )
    return [PastRun(hp, 0.1 * i, 0.2) for i in range(8)]


HISTORIES = {
    "none": [],
    "one": past_runs(1),
    "thirty": past_runs(30),
    "no focus": past_runs(12, with_focus=False),
    "some with focus": past_runs(6) + past_runs(6, with_focus=False),
    "outside the space": outside(),
    "all alike": past_runs(1) * 20,
}


@pytest.mark.parametrize("history", HISTORIES)
def test_proposals_lie_in_the_space_and_keep_the_rest(history: str) -> None:
    proposals = propose(START, HISTORIES[history], 2)
    assert len(proposals) == 2
    assert len(set(proposals)) > 1
    for proposal in proposals:
        for name, value in proposal.as_dict().items():
            if name not in SPACE:
                assert value == getattr(START, name)
            elif isinstance(SPACE[name], CategoricalDistribution):
                assert value in SPACE[name].choices
            else:
                assert SPACE[name].low <= value <= SPACE[name].high


@pytest.mark.parametrize("history", ["none", "thirty"])
def test_the_seed_decides(history: str) -> None:
    first = propose(START, HISTORIES[history], 2, seed=1)
    assert propose(START, HISTORIES[history], 2, seed=1) == first
    assert propose(START, HISTORIES[history], 2, seed=2) != first


@pytest.mark.parametrize("count", [0, -1, 51])
def test_a_count_out_of_bounds_is_a_sentence(count: int) -> None:
    with pytest.raises(UserError, match=rf"is {count}; it must be from 1 to 50\.$"):
        propose(START, [], count)


@pytest.mark.parametrize("count", [1, 50])
def test_the_bounds_themselves_are_allowed(count: int) -> None:
    assert len(propose(START, [], count)) == count


@pytest.mark.parametrize("with_focus", [True, False])
def test_the_history_matters(with_focus: bool) -> None:
    history = past_runs(30, with_focus)
    learned = [hp.color_jitter for hp in propose(START, history, 3)]
    blind = [hp.color_jitter for hp in propose(START, [], 9)]
    assert np.mean(learned) > 0.6
    assert np.mean(learned) > np.mean(blind)


def test_runs_without_focus_are_left_out_where_others_have_it() -> None:
    misleading = [PastRun(Hyperparameters(color_jitter=0.0), 1.0, None)] * 30
    history = past_runs(30)
    assert propose(START, history + misleading, 1) == propose(START, history, 1)


def test_few_runs_are_followed_by_single_changes_each_once() -> None:
    start, history, tried = START, [PastRun(START, 0.97, 0.1, rejected=True)], set()
    while len(history) < FEW:
        (proposal,) = propose(start, history, 1)
        (changed,) = change_sizes(start, proposal)
        assert changed not in tried
        tried.add(changed)
        history.append(PastRun(proposal, 0.9, 0.2))
    assert tried == set(SPACE)


def test_a_rejected_region_is_avoided_however_good_its_numbers() -> None:
    """Half the runs have erasing above 0.4 and the best numbers, but a person rejected them."""
    rng = np.random.default_rng(0)
    points = [from_unit({name: rng.random() for name in SPACE}) for _ in range(40)]
    runs = [
        PastRun(Hyperparameters.from_mapping(p), 0.6 + 0.3 * (p["erasing"] > 0.4), 0.5)
        for p in points
    ]
    judged = [
        PastRun(r.hyperparameters, r.accuracy, r.focus, rejected=r.hyperparameters.erasing > 0.4)
        for r in runs
    ]
    praised = [p.erasing for p in propose(Hyperparameters(), runs, 3)]
    shunned = [p.erasing for p in propose(Hyperparameters(), judged, 3)]
    assert np.mean(shunned) < 0.45 < np.mean(praised)


def test_without_focus_less_noise_is_better() -> None:
    rng = np.random.default_rng(1)
    points = [from_unit({name: rng.random() for name in SPACE}) for _ in range(MANY)]
    history = [
        PastRun(Hyperparameters.from_mapping(p), 0.8, None, noise=2 - 2 * p["crop"]) for p in points
    ]
    assert np.mean([p.crop for p in propose(Hyperparameters(), history, 10)]) > 0.45


def test_importance_finds_the_value_that_matters() -> None:
    shares = importances(past_runs(30))
    assert max(shares, key=lambda name: shares[name]) == "color_jitter"
    assert math.isclose(sum(shares.values()), 1.0)
    assert importances(past_runs(FEW - 1)) == {}


def test_a_reason_names_the_change_the_history_and_the_nearest_good_run() -> None:
    history = [
        PastRun(START, 0.97, 0.1, rejected=True, name="praised"),
        PastRun(Hyperparameters(color_jitter=0.9), 0.9, 0.6, name="jittered"),
    ]
    proposal = Hyperparameters.from_mapping({**START.as_dict(), "color_jitter": 1.0})
    (reason,) = give_reasons(START, [proposal], history)
    assert reason == (
        "Changes color jitter 0 → 1. With 2 past runs known, it tries what was not tried yet. "
        "The nearest good run is jittered (accuracy 90.0%, focus 0.60)."
    )
    assert give_reasons(START, [START], []) == [
        "Changes nothing: trains it again. With no past run known, it tries what was not tried yet."
    ]


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.booleans()), min_size=0, max_size=12)
)
def test_the_front_is_what_nothing_unrejected_beats(
    numbers: list[tuple[float, float, bool]],
) -> None:
    runs = [PastRun(START, a, f, rejected=r) for a, f, r in numbers]
    for place, (a, f, rejected) in enumerate(numbers):
        beaten = any(
            not r and (oa >= a and of >= f) and (oa, of) != (a, f) for oa, of, r in numbers
        )
        assert pareto_front(runs)[place] == (not rejected and not beaten)


@given(st.fixed_dictionaries({name: st.floats(0, 1) for name in SPACE}))
def test_values_and_places_in_the_unit_cube_belong_together(point: dict[str, float]) -> None:
    values = from_unit(point)
    assert inside(values) == values
    back = to_unit(values)
    assert all(0 <= share <= 1 for share in back.values())
    for name, share in back.items():
        if not isinstance(SPACE[name], CategoricalDistribution):
            assert math.isclose(share, point[name], abs_tol=1e-9)
