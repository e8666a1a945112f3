import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution

from pipelines.errors import UserError
from pipelines.hyperparameters import Hyperparameters
from pipelines.retry import SPACE, PastRun, propose

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
    proposals = propose(START, HISTORIES[history], 6)
    assert len(proposals) == 6
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
    first = propose(START, HISTORIES[history], 4, seed=1)
    assert propose(START, HISTORIES[history], 4, seed=1) == first
    assert propose(START, HISTORIES[history], 4, seed=2) != first


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
    learned = [hp.color_jitter for hp in propose(START, history, 20)]
    blind = [hp.color_jitter for hp in propose(START, [], 20)]
    assert np.mean(learned) > 0.6
    assert np.mean(learned) > np.mean(blind)


def test_runs_without_focus_are_left_out_where_others_have_it() -> None:
    misleading = [PastRun(Hyperparameters(color_jitter=0.0), 1.0, None)] * 30
    history = past_runs(30)
    assert propose(START, history + misleading, 5) == propose(START, history, 5)
