import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution

from pipelines.retry.basis import Basis
from pipelines.retry.explain_proposals import change_sizes, give_reasons, importances, pareto_front
from pipelines.retry.history import Comparable, PastRun, comparable
from pipelines.retry.known_good import find_known_good, find_trained, take_over
from pipelines.retry.propose import MIN_RUNS, propose
from pipelines.retry.screening import MIN_DISTANCE, MIN_DISTANCE_TO_RULED_OUT, best_so_far
from pipelines.retry.space import (
    AUGMENTATIONS,
    COLOURS,
    MIXING,
    SPACE,
    from_unit,
    inside,
    place,
    to_unit,
)
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.metrics import METRICS
from saliencnn.measures.map_measures import MAP_MEASURES

ORIGIN = dict.fromkeys(SPACE, 0.0)
HALFWAY = {
    "learning_rate": 0.5,
    "crop": 0.5,
    "color_jitter": 0.25,
    "erasing": 0.5,
    "label_smoothing": 0.25,
}
START = Hyperparameters(epochs=7, batch_size=5, optimizer="sgd", momentum=0.5, flip=0.25, seed=9)
UNKNOWN_PLACE = PastRun(START, 0.97, {"entropy": 0.5}, rejected=True)
"""Of images whose objects' places are unknown, so that no guidance is proposed."""


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
        measures = {"focus": 0.1 + 0.6 * float(jitter)} if with_focus else {}
        runs.append(PastRun(hp, 0.5 + 0.4 * float(jitter), measures))
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
    return [PastRun(hp, 0.1 * i, {"focus": 0.2}) for i in range(8)]


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
    learned = [hp.color_jitter for hp in propose(START, history, 3)]
    blind = [hp.color_jitter for hp in propose(START, [], 9)]
    assert np.mean(learned) > 0.6
    assert np.mean(learned) > np.mean(blind)


@pytest.mark.parametrize("seed", range(5))
def test_the_sampler_keeps_away_from_what_is_trained_now(seed: int) -> None:
    history = past_runs(30)
    alone = propose(START, history, 4, seed)[-1]
    beside = propose(START, history, 4, seed, under_way=[alone])[-1]
    assert np.linalg.norm(place(beside) - place(alone)) > MIN_DISTANCE


def test_runs_without_focus_are_left_out_where_others_have_it() -> None:
    misleading = [PastRun(Hyperparameters(color_jitter=0.0), 1.0)] * 30
    history = past_runs(30)
    assert propose(START, history + misleading, 1) == propose(START, history, 1)


def test_few_runs_are_followed_by_single_changes_each_once() -> None:
    """Nothing is better than the start here, so it stays what is changed."""
    start, history, tried = START, [replace(UNKNOWN_PLACE, unbalanced=True)], set()
    while len(history) < MIN_RUNS:
        (proposal,) = propose(start, history, 1)
        (changed,) = change_sizes(start, proposal)
        assert changed not in tried
        tried.add(changed)
        assert len(tried) > len(AUGMENTATIONS) or changed in AUGMENTATIONS
        history.append(PastRun(proposal, 0.7, {"entropy": 0.9}))
    assert tried == set(SPACE)


def test_classes_that_are_balanced_are_left_so() -> None:
    few, many = past_runs(1), past_runs(30)
    for history in (few, many):
        assert {one.balance for one in propose(START, history, 20)} == {"none"}
    unbalanced = [replace(run, unbalanced=True) for run in few]
    assert {one.balance for one in propose(START, unbalanced, 20)} > {"none"}


def few_runs(points: list[dict[str, float]], numbers: list[float]) -> list[PastRun]:
    """Runs anywhere in the space, each as accurate as its focus is high."""
    return [
        PastRun(
            Hyperparameters.from_mapping({**START.as_dict(), **from_unit(p)}),
            n,
            {"focus": n},
            unbalanced=True,
        )
        for p, n in zip(points, numbers, strict=True)
    ]


LOOKS_BESIDE = PastRun(START, 0.97, {"focus": 0.1}, rejected=True)


def test_a_rejected_run_is_answered_by_guidance_once() -> None:
    first, second = propose(START, [LOOKS_BESIDE], 2)
    assert first == replace(START, guidance="both")
    assert second.guidance == "none"
    assert change_sizes(START, first) == {"guidance": 1.0}
    (reason,) = give_reasons(START, [first], [LOOKS_BESIDE])
    assert "guidance none → both" in reason.title
    assert reason.expected.startswith("Expect accuracy without the shortcut to rise")


@pytest.mark.parametrize(
    ("own", "measured"),
    [
        ({}, "from 22% to 99%"),
        ({"guidance": "both"}, ""),
        ({"guidance": "inside", "guidance_weight": 3.0}, ""),
        ({"new_background": 1.0}, ""),
        ({"ignored": "0,0.75,0.25,0.25"}, ""),
    ],
)
def test_numbers_are_told_only_of_the_start_and_the_change_that_were_measured(
    own: dict[str, str | float], measured: str
) -> None:
    start = Hyperparameters.from_mapping({**START.as_dict(), **own})
    history = [replace(LOOKS_BESIDE, hyperparameters=start)]
    (first,) = propose(start, history, 1)
    (reason,) = give_reasons(start, [first], history)
    assert reason.is_known
    assert bool(measured) == ("%" in reason.expected) == (reason.epochs == 6)
    assert measured in reason.expected
    assert ("not known" in reason.expected) == (not measured)
    background = [replace(history[0], conviction="reads the background")]
    (second,) = propose(start, background, 1)
    (reason,) = give_reasons(start, [second], background)
    assert ("from 13% to over 99%" in reason.expected) == bool(measured)
    assert "so it tells less of the class" in reason.why or start.new_background


def test_new_backgrounds_follow_where_guidance_was_tried() -> None:
    guided = replace(START, guidance="both")
    tried = [LOOKS_BESIDE, PastRun(guided, 0.9, {"focus": 0.9})]
    first, *others = propose(START, tried, 5)
    assert first == replace(guided, new_background=1.0)
    assert all((one.guidance, one.new_background) == ("none", 0) for one in others)
    (reason,) = give_reasons(START, [first], tried)
    assert "new background 0 → 1" in reason.title
    assert "striped" in reason.expected
    both = [*tried, PastRun(first, 0.9, {"focus": 0.9})]
    assert all(one.new_background == 0 for one in propose(START, both, 5))


@pytest.mark.parametrize("conviction", ["reads the background", "hardly needs the object"])
def test_new_backgrounds_come_at_once_where_the_background_is_read(conviction: str) -> None:
    run = PastRun(START, 0.97, {"focus": 0.1}, conviction=conviction)
    first, *others = propose(START, [run], 5)
    assert first == replace(START, guidance="both", new_background=1.0)
    assert all(one.guidance == "none" for one in others)
    single = replace(START, batch_size=1)
    asked = propose(single, [replace(run, hyperparameters=single)], 5)
    assert not any(one.new_background for one in asked), "no other image to take one from"
    corner = replace(run, conviction="reads one corner")
    assert propose(START, [corner], 1) == [replace(START, guidance="both")]


def test_a_guided_run_that_was_rejected_gets_new_backgrounds() -> None:
    start = replace(START, guidance="inside", guidance_weight=3.0)
    run = PastRun(start, 0.97, {"focus": 0.9}, rejected=True)
    assert propose(start, [run], 1) == [replace(start, new_background=1.0)]
    assert all(not one.new_background for one in propose(start, [replace(run, rejected=False)], 5))


@pytest.mark.parametrize(
    "run",
    [
        PastRun(START, 0.97, {"focus": 0.8}),  # looks at the object already
        PastRun(START, 0.97, {"entropy": 0.8}, rejected=True),  # nobody knows where that is
    ],
)
def test_guidance_is_proposed_only_where_it_can_help(run: PastRun) -> None:
    assert all(one.guidance == "none" for one in propose(START, [run], 5))


def test_a_guided_run_is_not_known_to_be_good_by_its_focus() -> None:
    guided = PastRun(replace(START, guidance="both"), 0.98, {"focus": 0.95})
    history = [LOOKS_BESIDE, guided]
    assert find_known_good(START, comparable(history)) is None
    accepted = PastRun(replace(START, guidance="both", epochs=9), 0.98, accepted=True)
    accepted = replace(accepted, measures={"focus": 0.95})
    assert find_known_good(START, comparable([LOOKS_BESIDE, accepted])) == accepted
    assert propose(START, [LOOKS_BESIDE, accepted], 1) == [replace(START, guidance="both")]


POINTS = st.lists(
    st.fixed_dictionaries({name: st.floats(0, 1) for name in SPACE}),
    min_size=2,
    max_size=MIN_RUNS - 2,
)
REJECTED_START = PastRun(START, 0.97, {"focus": 0.1}, rejected=True)
POOR_START = PastRun(START, 0.5, {"focus": 0.1})


@given(POINTS, st.data())
def test_below_few_the_best_run_that_is_not_rejected_is_what_is_changed(
    points: list[dict[str, float]], data: st.DataObject
) -> None:
    """Its outcome and its verdict each decide: without either, another run or the start is."""
    best = data.draw(st.integers(0, len(points) - 1))
    others = few_runs(points, [0.3] * len(points))
    good = replace(others[best], accuracy=0.9, measures={"focus": 0.9})

    def changed(run: PastRun) -> Hyperparameters:
        history = [POOR_START, *others]
        history[best + 1] = run
        return best_so_far(START, comparable(history))

    assert changed(good) == good.hyperparameters
    assert changed(replace(good, rejected=True)) == START
    assert changed(others[best]) == START
    history = [POOR_START, *others[:best], good, *others[best + 1 :]]
    for proposal in propose(START, history, 3):
        if proposal == replace(START, guidance="both"):
            continue
        assert len(change_sizes(good.hyperparameters, proposal)) <= 1
        for name in set(START.as_dict()) - set(SPACE):
            assert getattr(proposal, name) == getattr(START, name)


@example(points=[ORIGIN] * 5 + [ORIGIN | HALFWAY])  # rounded to a choice, a proposal came near
@given(POINTS)
def test_below_few_nothing_near_a_rejected_run_is_proposed(
    points: list[dict[str, float]],
) -> None:
    runs = few_runs(points, [0.3] * len(points))
    rejected = [replace(run, rejected=True) for run in runs]
    for proposal in propose(START, [REJECTED_START, *rejected], 12):
        for run in rejected:
            apart = np.linalg.norm(place(proposal) - place(run.hyperparameters))
            own = np.linalg.norm(place(START) - place(run.hyperparameters))
            assert apart > MIN_DISTANCE_TO_RULED_OUT or own <= MIN_DISTANCE


def test_a_verdict_alone_changes_the_next_proposal() -> None:
    """Nearly all colour is jittered and somebody rejects that: all of it is not worth a run."""
    tried = replace(START, color_jitter=0.8)
    for seed in range(8):
        kept = [UNKNOWN_PLACE, PastRun(tried, 0.3, {"entropy": 0.5})]
        shunned = [UNKNOWN_PLACE, replace(kept[1], rejected=True)]
        assert 1.0 in [one.color_jitter for one in propose(START, kept, 5, seed)]
        assert 1.0 not in [one.color_jitter for one in propose(START, shunned, 5, seed)]


@pytest.mark.parametrize("others", [0, 5, 30])
def test_a_rejected_start_is_answered_by_each_change_of_its_images_first(others: int) -> None:
    """However many runs are known, if none is good; a start that nobody rejected is not."""
    known = [replace(run, accuracy=0.98, measures={"entropy": 0.3}) for run in past_runs(others)]
    changes = len(AUGMENTATIONS)
    asked = propose(START, [UNKNOWN_PLACE, *known], changes + 2)
    first = [change_sizes(START, proposal).keys() for proposal in asked[:changes]]
    assert sorted(map(list, first)) == sorted([name] for name in AUGMENTATIONS)
    assert all(len(change_sizes(START, proposal)) > 1 for proposal in asked[changes:]) or not others
    tried = [PastRun(proposal, 0.4, {"entropy": 0.5}) for proposal in asked[:3]]
    (fourth, _) = propose(START, [UNKNOWN_PLACE, *known, *tried], 2)
    assert fourth == asked[3]
    if others:
        praised = propose(START, [replace(UNKNOWN_PLACE, rejected=False), *known], 2)
        assert all(len(change_sizes(START, proposal)) > 1 for proposal in praised)


JITTERED = PastRun(
    replace(START, color_jitter=1.0, epochs=9), 0.98, {"focus": 0.55}, name="jittered"
)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("others", [0, 30])
def test_what_is_known_to_work_is_proposed_first_and_alone(others: int, seed: int) -> None:
    """The demo's case: another run of the images, with more focus, differs in its epochs too."""
    history = [REJECTED_START, JITTERED, *past_runs(others)]
    proposals = propose(START, history, 3, seed)
    assert proposals[0] == replace(START, color_jitter=1.0)
    assert len(set(proposals)) == 3
    reason = give_reasons(START, proposals, history)[0]
    assert "jittered has these values, and is clearly better." in reason.why
    assert "accuracy 97.0% → 98.0%, focus " in reason.expected
    assert " → 0.55, in 9 epochs" in reason.expected


@pytest.mark.parametrize(
    ("run", "good"),
    [
        (JITTERED, True),
        (replace(JITTERED, rejected=True), False),
        (replace(JITTERED, conviction="reads the border"), False),
        (replace(JITTERED, conviction="reads the border", accepted=True), True),
        (replace(JITTERED, measures={"focus": 0.11}), False),
        (replace(JITTERED, accuracy=0.9), False),
        (replace(JITTERED, accuracy=0.9, accepted=True), True),
        (replace(JITTERED, hyperparameters=replace(START, color_jitter=1.0)), False),
        (replace(JITTERED, complete=4), False),
        (replace(JITTERED, complete=4, accepted=True), True),
        (replace(JITTERED, chance=0.97), False),
    ],
    ids=[
        "better",
        "rejected",
        "convicted",
        "convicted and accepted",
        "hardly more focus",
        "less accurate",
        "accepted",
        "trained so",
        "unfinished",
        "unfinished and accepted",
        "no better than chance",
    ],
)
def test_a_good_run_is_accepted_or_clearly_better_and_no_repetition(
    run: PastRun, good: bool
) -> None:
    found = find_known_good(START, comparable([REJECTED_START, run]))
    assert found == (run if good else None)


CONVICTED_START = PastRun(START, 0.97, {"focus": 0.8}, conviction="reads the border")
"""Its maps lie on the object, so focus alone finds nothing."""


def test_what_interventions_clear_is_good_where_they_convict_the_start() -> None:
    cleared = replace(JITTERED, measures={"focus": 0.5}, conviction="", name="mended")
    assert find_known_good(START, comparable([CONVICTED_START, cleared])) == cleared
    assert (
        find_known_good(START, comparable([CONVICTED_START, replace(cleared, accuracy=0.9)]))
        is None
    )
    untried = replace(cleared, conviction=None)
    assert find_known_good(START, comparable([CONVICTED_START, untried])) is None
    history = [CONVICTED_START, cleared]
    (reason,) = give_reasons(START, propose(START, history, 1), history)
    assert "in it; this one reads the border." in reason.why


def test_of_good_runs_one_that_interventions_clear_is_taken_over_first() -> None:
    far = replace(JITTERED.hyperparameters, crop=0.7, dropout=0.5)
    cleared = replace(JITTERED, hyperparameters=far, conviction="")
    history = comparable([REJECTED_START, JITTERED, cleared])
    assert find_known_good(START, history) == cleared
    better = replace(JITTERED, hyperparameters=replace(START, erasing=1.0), accuracy=0.99)
    assert best_so_far(START, comparable([POOR_START, better, cleared])) == far


@pytest.mark.parametrize("others", [2, 30])
@pytest.mark.parametrize("seed", range(3))
def test_nothing_that_interventions_convict_is_proposed(others: int, seed: int) -> None:
    """However good its numbers: the run of highest accuracy and focus reads a shortcut."""
    at = inside(replace(START, erasing=1.0).as_dict())
    best = Hyperparameters.from_mapping({**START.as_dict(), **at})
    convicted = PastRun(best, 0.99, {"focus": 0.9}, conviction="reads one corner")
    history = [POOR_START, convicted, *past_runs(others)]
    proposals = propose(START, history, 10, seed)
    assert best not in proposals
    if len(history) < MIN_RUNS:
        apart = [float(np.linalg.norm(place(one) - place(best))) for one in proposals]
        assert min(apart) > MIN_DISTANCE_TO_RULED_OUT
    assert not pareto_front(comparable(history))[1]
    assert best_so_far(START, comparable(history)) != best


def test_a_convicted_start_is_answered_as_a_rejected_one() -> None:
    rejected = replace(CONVICTED_START, conviction=None, rejected=True)
    assert propose(START, [CONVICTED_START], 6) == propose(START, [rejected], 6)
    _, reason = give_reasons(START, propose(START, [CONVICTED_START], 2), [CONVICTED_START])
    assert "Interventions show that it reads the border, so the training images" in reason.why


def test_a_run_that_was_accepted_itself_has_nothing_to_take_over() -> None:
    history = [replace(REJECTED_START, rejected=False, accepted=True), JITTERED]
    assert find_known_good(START, comparable(history)) is None


def test_of_good_runs_the_nearest_is_taken_over() -> None:
    far = replace(JITTERED, hyperparameters=replace(START, color_jitter=1.0, crop=0.7, dropout=0.5))
    history = comparable([REJECTED_START, replace(far, accepted=True), JITTERED])
    assert find_known_good(START, history) == JITTERED


@given(st.integers(0, 30), st.integers(0, 9))
def test_no_proposal_lets_a_network_see_gray_images_alone(others: int, seed: int) -> None:
    """Its validation images have their colors."""
    history = [REJECTED_START, *past_runs(others)]
    assert all(one.grayscale <= 0.5 for one in propose(START, history, 5, seed))


@pytest.mark.parametrize("others", [0, 30])
def test_mixed_images_are_proposed_but_not_of_a_guided_run(others: int) -> None:
    known = past_runs(others)
    for guidance, mixed in (("none", True), ("both", False)):
        start = replace(START, guidance=guidance)
        asked = propose(start, [PastRun(start, 0.9, {"focus": 0.8}), *known], 30)
        assert {one.guidance for one in asked} == {guidance}
        for name in MIXING:
            assert any(getattr(one, name) for one in asked) is mixed


@pytest.mark.parametrize("seed", range(3))
def test_colours_are_not_changed_first_where_nothing_asks_for_it(seed: int) -> None:
    history = [PastRun(START, 0.9, {"entropy": 0.5})]
    asked = propose(START, history, 20, seed)
    changed = [set(change_sizes(START, one)) for one in asked]
    assert not any(names & set(COLOURS) for names in changed[:3])
    colour = [one for one, names in zip(asked, changed, strict=True) if names == {"color_jitter"}]
    (reason,) = give_reasons(START, colour, history)
    assert "differ in colour" in reason.expected
    (asked_for,) = give_reasons(START, colour, [replace(history[0], conviction="reads colours")])
    assert "differ in colour" not in asked_for.expected


def test_images_that_are_changed_already_are_not_changed_back_first() -> None:
    start = replace(START, color_jitter=1.0)
    history = [PastRun(start, 0.9, {"focus": 0.1}, rejected=True)]
    for seed in range(5):
        changed = [set(change_sizes(start, one)) for one in propose(start, history, 3, seed)]
        assert {"color_jitter"} not in changed


def test_a_rejected_region_is_avoided_however_good_its_numbers() -> None:
    """Half the runs have erasing above 0.4 and the best numbers, but a person rejected them."""
    rng = np.random.default_rng(0)
    points = [from_unit({name: rng.random() for name in SPACE}) for _ in range(40)]
    runs = [
        PastRun(Hyperparameters.from_mapping(p), 0.6 + 0.3 * (p["erasing"] > 0.4), {"focus": 0.5})
        for p in points
    ]
    judged = [
        PastRun(r.hyperparameters, r.accuracy, r.measures, r.hyperparameters.erasing > 0.4)
        for r in runs
    ]
    praised = [p.erasing for p in propose(Hyperparameters(), runs, 3)]
    shunned = [p.erasing for p in propose(Hyperparameters(), judged, 3)]
    assert np.mean(shunned) < 0.45 < np.mean(praised)


def test_without_focus_accuracy_alone_ranks() -> None:
    """No measure of maps alone tells a right network from one that reads a shortcut."""
    history = [PastRun(START, 0.8, {"total_variation": 1.2, "entropy": 0.5})]
    assert comparable(history) == Comparable(tuple(history), "")
    assert comparable(history).values.tolist() == [[0.8]]


@pytest.mark.parametrize("criterion", list(MAP_MEASURES))
def test_the_criterion_is_what_counts(criterion: str) -> None:
    """Each measure gets better with another value."""
    driving = dict(zip(MAP_MEASURES, ("crop", "erasing", "grayscale"), strict=True))
    rng = np.random.default_rng(1)
    history = []
    for _ in range(50):
        point = from_unit({name: rng.random() for name in SPACE})
        shares = to_unit(point)
        measures = {name: 2 * METRICS[name].sign * shares[value] for name, value in driving.items()}
        history.append(PastRun(Hyperparameters.from_mapping(point), 0.8, measures))
    found = [
        to_unit(inside(p.as_dict()))
        for p in propose(Hyperparameters(), history, 10, criterion=criterion)
    ]
    means = {value: float(np.mean([one[value] for one in found])) for value in driving.values()}
    assert max(means, key=lambda value: means[value]) == driving[criterion]


def test_runs_without_the_criterion_are_left_out() -> None:
    old = [PastRun(Hyperparameters(color_jitter=0.2), 0.9, {"total_variation": 1.0})] * 20
    new = [
        PastRun(r.hyperparameters, r.accuracy, {"total_variation": 1, "entropy": 0.5})
        for r in past_runs(12)
    ]
    assert comparable(old + new, "entropy") == comparable(new, "entropy")
    assert propose(START, old + new, 1, criterion="entropy") == propose(
        START, new, 1, criterion="entropy"
    )
    assert comparable(old, "entropy").runs == ()
    assert len(comparable(old + new).runs) == 32, "by default accuracy, which all have"


def test_focus_ranks_by_default_and_may_be_set_aside() -> None:
    history = [PastRun(START, 0.9, {"total_variation": 1.5, "focus": 0.3})]
    assert comparable(history).values.tolist() == [[0.9, 0.3]]
    assert comparable(history, "total_variation").values.tolist() == [[0.9, -1.5]]
    assert comparable([PastRun(START, 0.9)]).values.tolist() == [[0.9]]


def test_an_unknown_criterion_is_a_sentence() -> None:
    allowed = "it must be one of focus, total_variation, entropy, attended_area"
    for ask in (
        lambda: propose(START, [], 1, criterion="beauty"),
        lambda: comparable([], "beauty"),
    ):
        with pytest.raises(UserError, match=rf"^The ranking criterion is 'beauty'; {allowed}\.$"):
            ask()


def test_a_reason_names_the_criterions_number() -> None:
    history = [PastRun(START, 0.9, {"focus": 0.6, "entropy": 0.71}, name="calm")]
    (reason,) = give_reasons(replace(START, flip=0.0), [START], history, "entropy")
    assert reason.why.endswith("is calm (accuracy 90.0%, entropy 0.71 in 7 epochs).")


def test_a_reason_names_complete_epochs_and_no_run_at_chance() -> None:
    asked = replace(START, epochs=300)
    killed = PastRun(asked, 0.6, {"focus": 0.6}, name="killed", complete=200, chance=0.125)

    def why(run: PastRun) -> str:
        return give_reasons(replace(START, flip=0.0), [START], [run])[0].why

    assert why(killed).endswith("is killed (accuracy 60.0%, focus 0.60 in 200 epochs).")
    assert "best so far, killed" in why(killed)
    assert "killed" not in why(replace(killed, complete=6))
    assert "killed" not in why(replace(killed, accuracy=0.15))


FEW, MANY = Basis("a", 64, "none"), Basis("b", 600, "none")


@pytest.mark.parametrize(
    ("basis", "words"),
    [
        (MANY, "it learned from 600 images, this run from 64"),
        (replace(MANY, images=64), "it learned from other images than this run"),
        (replace(FEW, weights="default"), "it began with weights default, this run with none"),
        (replace(FEW, training=""), ""),
        (Basis(), ""),
    ],
)
def test_a_run_that_learned_from_something_else_is_no_proof_and_said_to_be(
    basis: Basis, words: str
) -> None:
    start = replace(REJECTED_START, basis=FEW)
    run = replace(JITTERED, basis=basis)
    accepted = replace(run, accepted=True)
    known = find_known_good(START, comparable([start, run]))
    assert (known is None) == bool(words)
    assert find_known_good(START, comparable([start, accepted])) == accepted
    proposals = propose(START, [start, accepted], 2)
    first = give_reasons(START, proposals, [start, accepted])[0]
    assert words in first.expected
    nearest = give_reasons(START, [replace(START, erasing=0.5)], [start, run])[0].why
    assert words in nearest
    learned = [start, *(replace(one, basis=basis) for one in past_runs(30))]
    proposal = propose(START, learned, 8)[-1]
    expected = give_reasons(START, [proposal], learned)[0].expected
    assert ("Of them 3 began with other" in expected) == bool(words)


def test_importance_is_of_what_makes_runs_good_not_bad() -> None:
    """Much dropout ruins a run, and among the others much colour jitter makes the best ones."""
    rng = np.random.default_rng(3)
    runs = []
    for _ in range(200):
        point = from_unit({name: rng.random() for name in SPACE})
        hp = Hyperparameters.from_mapping(point)
        accuracy = 0.1 if hp.dropout > 0.45 else 0.9 if hp.color_jitter > 0.9 else 0.5
        runs.append(PastRun(hp, accuracy + 0.01 * rng.random()))
    shares = importances(comparable(runs))
    assert max(shares, key=lambda name: shares[name]) == "color_jitter"


@pytest.mark.filterwarnings("error")
def test_nothing_is_printed_beside_proposals() -> None:
    history = past_runs(MIN_RUNS)
    assert len(give_reasons(START, propose(START, history, 2), history)) == 2


def test_importance_finds_the_value_that_matters() -> None:
    shares = importances(comparable(past_runs(30)))
    assert max(shares, key=lambda name: shares[name]) == "color_jitter"
    assert math.isclose(sum(shares.values()), 1.0)
    assert importances(comparable(past_runs(MIN_RUNS - 1))) == {}


def test_a_reason_names_the_change_the_history_and_the_nearest_good_run() -> None:
    history = [
        PastRun(START, 0.97, {"focus": 0.1}, rejected=True, name="praised"),
        PastRun(Hyperparameters(color_jitter=0.5), 0.4, {"focus": 0.6}, name="jittered"),
    ]
    proposal = Hyperparameters.from_mapping({**START.as_dict(), "color_jitter": 1.0})
    (reason,) = give_reasons(START, [proposal], history)
    assert reason.title == "Change the images: color jitter 0 → 1"
    assert reason.why == (
        "The run was rejected, so the training images change first: what it may have relied on "
        "instead of the object becomes unreliable. The nearest good run is jittered "
        "(accuracy 40.0%, focus 0.60 in 6 epochs)."
    )
    history = [replace(history[0], rejected=False), replace(history[1], accuracy=0.9)]
    (reason,) = give_reasons(START, [proposal], history)
    assert "it tries what was not tried yet, on top of the best so far, jittered." in reason.why
    (reason,) = give_reasons(START, [proposal], [PastRun(START, 0.9), PastRun(proposal, 0.1)])
    few = "2 past runs are too few to learn from"
    assert reason.why == f"{few}, so it tries what was not tried yet."
    (again,) = give_reasons(START, [START], [])
    assert again.title == "Train it again: nothing changes"


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.booleans()), min_size=0, max_size=12)
)
def test_the_front_is_what_nothing_unrejected_beats(
    numbers: list[tuple[float, float, bool]],
) -> None:
    runs = [PastRun(START, a, {"focus": f}, rejected=r) for a, f, r in numbers]
    for front, (a, f, rejected) in zip(pareto_front(comparable(runs)), numbers, strict=True):
        beaten = any(
            not r and (oa >= a and of >= f) and (oa, of) != (a, f) for oa, of, r in numbers
        )
        assert front == (not rejected and not beaten)


@given(st.fixed_dictionaries({name: st.floats(0, 1) for name in SPACE}))
def test_values_and_places_in_the_unit_cube_belong_together(point: dict[str, float]) -> None:
    values = from_unit(point)
    assert inside(values) == values
    back = to_unit(values)
    assert all(0 <= share <= 1 for share in back.values())
    for name, share in back.items():
        if not isinstance(SPACE[name], CategoricalDistribution):
            assert math.isclose(share, point[name], abs_tol=1e-9)


def test_a_proposal_that_was_trained_already_is_found_for_as_many_epochs_alone() -> None:
    values = replace(START, color_jitter=0.9)
    longer = replace(values, epochs=values.epochs + 2)
    proposal = take_over(START, PastRun(values, 0.9))

    def found(tried: PastRun) -> str | None:
        return find_trained(proposal, {"start": PastRun(START, 0.9), "tried": tried})

    assert found(PastRun(values, 0.9)) == "tried"
    assert found(PastRun(values, 0.9, rejected=True)) is None
    assert found(PastRun(replace(values, dropout=0.4), 0.9)) is None
    assert found(PastRun(longer, 0.9)) is None
    assert find_trained(longer, {"tried": PastRun(values, 0.9)}) is None
