"""What one cluster of maps relies on, by interventions of which it is known whom they turn."""

from collections.abc import Mapping

import numpy as np

from saliencnn.checks.interventions.answers import CONTROL, Answers
from saliencnn.checks.interventions.effects import Effects, find_effects
from saliencnn.checks.interventions.table import INTERVENTIONS
from saliencnn.findings.cluster_signs import HIDDEN, NEEDLESS, find_reliance
from saliencnn.findings.failure_facts import FailureFacts, MapGroup
from saliencnn.findings.finding import Evidence
from saliencnn.findings.of_failures import find_in_failures

IMAGES = 30
CLUSTERS = np.repeat([0, 1], [16, 14])
ALL, NONE, SECOND = np.full(IMAGES, True), np.full(IMAGES, False), CLUSTERS == 1


def effects_of(turned: Mapping[str, np.ndarray]) -> Effects:
    """Effects on images of one class; whatever is not named turns none, hidden objects all."""
    controls = (name + CONTROL for name, row in INTERVENTIONS.items() if row.control)
    names = ("", *INTERVENTIONS, *controls)
    wrong = {**dict.fromkeys(HIDDEN, ALL), **turned}
    predicted = np.stack([wrong.get(name, NONE) for name in names]).astype(np.int16)
    return find_effects(
        Answers(names, predicted, np.ones(predicted.shape, "f4")), np.zeros(IMAGES, int)
    )


def test_what_turns_one_cluster_alone_is_named_with_its_counts() -> None:
    turned = SECOND.copy()
    turned[[0, 29]] = True, False
    found = find_reliance(effects_of({"corner-lower-right": turned}), CLUSTERS)
    assert found is not None
    assert (found.cluster, found.change) == (1, INTERVENTIONS["corner-lower-right"].label)
    assert (found.told, found.of, found.others_told, found.others_of) == (13, 14, 1, 16)


def test_images_that_stay_right_without_the_object() -> None:
    """However it is hidden: a silhouette alone may give a class away."""
    hidden = dict.fromkeys(HIDDEN, ~SECOND)
    found = find_reliance(effects_of(hidden), CLUSTERS)
    assert found is not None
    assert (found.cluster, found.change, found.told, found.others_told) == (1, "", 14, 0)
    assert find_reliance(effects_of({**hidden, HIDDEN[0]: ALL}), CLUSTERS) is None


def test_what_turns_all_or_what_every_network_feels_is_no_ones_own() -> None:
    assert find_reliance(effects_of({"hue": ALL}), CLUSTERS) is None
    felt = dict.fromkeys(("blur", "darker", "cell-1-1", "upside-down"), SECOND)
    assert find_reliance(effects_of(felt), CLUSTERS) is None
    assert find_reliance(effects_of({"hue": SECOND}), np.zeros(IMAGES, int)) is None


def test_images_that_their_control_turns_too_count_for_nothing() -> None:
    both = {"other-border": SECOND, "other-border" + CONTROL: SECOND}
    assert find_reliance(effects_of(both), CLUSTERS) is None


def test_clusters_drawn_at_random_rely_on_nothing() -> None:
    """At 5% over all changes and clusters together; ten changes turn half of the images."""
    rng = np.random.default_rng(0)
    effects = effects_of({name: rng.random(IMAGES) < 0.5 for name in NEEDLESS[:10]})
    found = [find_reliance(effects, rng.permutation(CLUSTERS)) for _ in range(100)]
    assert sum(one is not None for one in found) <= 5


def test_it_becomes_a_finding_that_names_the_cluster() -> None:
    groups = (MapGroup("wide maps", 16, 16), MapGroup("small maps near the border", 14, 14))
    facts = FailureFacts(ALL, {}, np.nan, groups, Evidence("colours"))
    assert [one.rule for one in find_in_failures(facts)] == ["no group stands out"]
    for turned, rule in (
        ({"corner-lower-right": SECOND}, "cluster relies on something else"),
        (dict.fromkeys(HIDDEN, ~SECOND), "cluster hardly needs the object"),
    ):
        tried = FailureFacts(
            ALL, {}, np.nan, groups, Evidence("colours"), effects_of(turned), CLUSTERS
        )
        (found,) = find_in_failures(tried)
        assert found.rule == rule
        assert "small maps near the border" in found.sentence
        assert "14 of 14" in found.sentence
