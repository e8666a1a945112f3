from collections.abc import Mapping
from itertools import product

import pytest

from saliencnn.checks.grading import CheckResult, Outcome
from saliencnn.checks.table import CHECKS
from saliencnn.findings.method_groups import (
    describe_advice,
    describe_methods,
    explain_methods,
    find_believed,
    group_methods,
    list_advised,
    name_believed,
)
from saliencnn.findings.methods import Advice, MethodAdvice, judge_methods
from saliencnn.models.spec import POOLED

PASS, BORDERLINE, FAIL, NONE = Outcome.PASS, Outcome.BORDERLINE, Outcome.FAIL, Outcome.NOT_JUDGED


def judge_one(outcomes: Mapping[str, Outcome], images: int = 20) -> MethodAdvice:
    """Return the advice on a method beside another one that passes the same checks."""
    passed = CheckResult(PASS, 0.9, 0.8, 1.0, 20)
    asked = {
        check: {
            "cam": passed,
            "gradcam": CheckResult(one, 0.5, 0.4, 0.6, 4 if one is NONE else images),
        }
        for check, one in outcomes.items()
    }
    return judge_methods(asked)["gradcam"]


THREE = ("variance", "randomization", "stability")


@pytest.mark.parametrize(
    ("outcomes", "advice", "deciding"),
    [
        ((PASS, PASS, PASS), Advice.BELIEVE, THREE),
        ((PASS, PASS, NONE), Advice.UNKNOWN, ()),
        ((PASS, NONE, NONE), Advice.UNKNOWN, ()),
        ((NONE, NONE, NONE), Advice.UNKNOWN, ()),
        ((PASS, BORDERLINE, PASS), Advice.CARE, THREE[1:2]),
        ((PASS, BORDERLINE, FAIL), Advice.DO_NOT, THREE[2:]),
        ((FAIL, NONE, NONE), Advice.DO_NOT, THREE[:1]),
    ],
)
def test_the_worst_check_decides(
    outcomes: tuple[Outcome, ...], advice: Advice, deciding: tuple[str, ...]
) -> None:
    found = judge_one(dict(zip(THREE, outcomes, strict=True)))
    assert (found.advice, found.deciding) == (advice, deciding)


@pytest.mark.parametrize("outcomes", [*product(Outcome, repeat=3)])
def test_a_result_that_is_missing_never_improves_the_advice(outcomes: tuple[Outcome, ...]) -> None:
    order = list(Advice)
    known = dict(zip(THREE, outcomes, strict=True))
    whole = order.index(judge_one(known).advice)
    passed = CheckResult(PASS, 0.9, 0.8, 1.0, 20)
    for check in THREE:
        assert order.index(judge_one({**known, check: NONE}).advice) >= whole
        others = {
            name: {"cam": passed}
            | ({} if name == check else {"gradcam": CheckResult(one, 0.5, 0.4, 0.6, 20)})
            for name, one in known.items()
        }
        assert order.index(judge_methods(others)["gradcam"].advice) >= whole


def test_a_check_that_could_not_be_judged_does_not_speak_for_a_method() -> None:
    outcomes = {
        "variance": {"cam": PASS, "gradcam": PASS, "ablationcam": PASS},
        "stability": {"cam": PASS, "gradcam": PASS, "ablationcam": PASS},
        "randomization": {"cam": PASS, "gradcam": BORDERLINE, "ablationcam": NONE},
    }
    checks = {
        check: {
            name: CheckResult(one, 0.5, 0.4, 0.6, 4 if one is NONE else 8)
            for name, one in by_method.items()
        }
        for check, by_method in outcomes.items()
    }
    advice = judge_methods(checks)
    assert [one.advice for one in advice.values()] == [Advice.BELIEVE, Advice.CARE, Advice.UNKNOWN]
    told = describe_methods(advice)
    assert told.startswith("Believe CAM: ")
    assert "Ablation-CAM" not in told
    assert "Ablation-CAM had too few images" in explain_methods(advice)
    by_method = {one.labels: one.reason for one in group_methods(advice)}
    assert by_method["Ablation-CAM"] == "parameter randomization (4 images) could not be judged"
    assert "could not be judged" not in by_method["CAM"] + by_method["Grad-CAM"]
    # A check that was made of no method, or lacks its control network, is held against none.
    none = {name: CheckResult(NONE, 0.5, 0.4, 0.6, 0) for name in advice}
    without = judge_methods({**checks, "labels": none})
    assert judge_methods({**checks, "classes": none})["cam"].advice == Advice.BELIEVE
    assert [one.advice for one in without.values()] == [one.advice for one in advice.values()]
    assert "abel randomization" not in describe_methods(without) + explain_methods(without)
    (cam,) = [one.reason for one in group_methods(without) if one.labels == "CAM"]
    assert "needs a control network" in cam


def test_it_is_said_on_how_many_images_the_deciding_checks_rest() -> None:
    checks = {
        check: {
            "cam": CheckResult(PASS, 0.9, 0.8, 1.0, images),
            "gradient": CheckResult(outcome, 0.1, 0.0, 0.2, images),
        }
        for check, outcome, images in (("variance", FAIL, 16), ("stability", PASS, 12))
    }
    advice = judge_methods(checks)
    assert (advice["cam"].images, advice["gradient"].images) == ((16, 12), (16,))
    told = describe_methods(advice)
    assert "was made, on 12 to 16 images." in told
    assert told.endswith("Do not rely on Gradient.")
    assert explain_methods(advice).endswith("Gradient: it fails input variance, on 16 images.")
    reasons = {group.labels: group.reason for group in group_methods(advice)}
    assert reasons["Gradient"].endswith(", on 16 images")


def test_methods_of_one_reason_stand_together_what_to_believe_first() -> None:
    advice = {
        "smoothgrad": MethodAdvice(Advice.DO_NOT, ("stability",)),
        "gradient": MethodAdvice(Advice.CARE, ("randomization",)),
        "cam": MethodAdvice(Advice.BELIEVE, ("variance", "stability")),
        "gradxinput": MethodAdvice(Advice.DO_NOT, ("variance", "stability")),
        "eigencam": MethodAdvice(Advice.UNKNOWN, ()),
        "gradcam": MethodAdvice(Advice.BELIEVE, ("variance", "stability")),
    }
    same, little = CHECKS["variance"].weakness, CHECKS["stability"].weakness
    told = [(one.lead, one.labels, one.reason) for one in group_methods(advice)]
    assert told == [
        (
            "Believe",
            "CAM, Grad-CAM",
            f"they pass input variance ({CHECKS['variance'].strength}), stability "
            f"({CHECKS['stability'].strength})",
        ),
        (
            "Read with care",
            "Gradient",
            "it is borderline in parameter randomization (the map hardly changes when the "
            "network's weights are made random)",
        ),
        ("Do not rely on", "SmoothGrad", f"it fails stability ({little})"),
        (
            "Do not rely on",
            "Gradient x input",
            f"it fails input variance ({same}), stability",
        ),
        ("Too little is checked of", "Eigen-CAM", "too few checks could judge it"),
    ]


def test_methods_that_draw_one_map_are_advised_on_together() -> None:
    maps = (("cam", "gradcam"), ("layercam", "eigencam"), ("smoothgradcampp",))
    passed, care = ("variance", "stability"), ("stability",)
    judged = {
        "cam": MethodAdvice(Advice.BELIEVE, passed),
        "gradcam": MethodAdvice(Advice.BELIEVE, passed),
        "layercam": MethodAdvice(Advice.CARE, care),
        "eigencam": MethodAdvice(Advice.BELIEVE, passed),
        "smoothgradcampp": MethodAdvice(Advice.DO_NOT, care),
    }
    assert describe_methods(judged, maps) == (
        "Believe CAM and Grad-CAM (the same map here): it passes every check that was made. "
        "Read with care LayerCAM and Eigen-CAM (the same map here). "
        "Do not rely on SmoothGrad-CAM++."
    )
    judged["gradcam"] = MethodAdvice(Advice.UNKNOWN, ())
    assert "Believe CAM and Grad-CAM" in describe_methods(judged, maps), "CAM draws that map"
    del judged["gradcam"]
    assert "Believe CAM and Grad-CAM" in describe_methods(judged, maps)


def test_what_nobody_checked_is_told_from_what_too_few_images_tell() -> None:
    few = {"cam": NONE, "gradcam": NONE, "layercam": PASS, "bbmp": PASS}
    judged = judge_methods(
        {
            "stability": {
                name: CheckResult(one, 0.5, 0.4, 0.6, 3 if one is NONE else 20)
                for name, one in few.items()
            },
            "variance": {"layercam": CheckResult(PASS, 0.5, 0.4, 0.6, 20)},
        }
    )
    lines = {one.labels: one.why for one in list_advised(judged) if one.advice == Advice.UNKNOWN}
    assert lines == {("CAM", "Grad-CAM", "BBMP"): "too few checks could judge them"}
    groups = {one.labels: one.reason for one in group_methods(judged)}
    assert any("stability (3 images) could not be judged" in one for one in groups.values())
    alone = {name: judged[name] for name in ("cam", "gradcam")}
    assert [one.why for one in list_advised(alone)] == ["too few images were checked to judge them"]
    assert name_believed(alone).startswith("Too few images were checked of its maps")
    assert name_believed(judged).startswith("Believe its maps by LayerCAM: ")
    believed = dict.fromkeys(("cam", "gradcam", "hirescam", "layercam"), judged["layercam"])
    assert "by CAM, Grad-CAM, HiResCAM and LayerCAM: " in name_believed(believed)
    once = name_believed(believed, POOLED)
    assert "by Grad-CAM (CAM and HiResCAM look the same) and LayerCAM: " in once
    assert once.endswith("on 20 images.")
    # A check that needs a control network was not made without one, on however many images.
    control = {"labels": {"cam": CheckResult(NONE, 0.5, 0.4, 0.6, 0)}}
    assert not judge_methods(control)["cam"].lacks_images


def test_of_one_method_the_checks_advise_in_a_clause_and_another_is_found() -> None:
    outcomes = {"gradcampp": FAIL, "gradcam": PASS, "cam": PASS, "gradient": BORDERLINE}
    checks = {
        check: {name: CheckResult(one, 0.5, 0.4, 0.6, 20) for name, one in outcomes.items()}
        for check in ("variance", "stability")
    }
    judged = judge_methods(checks)
    told = {describe_advice(judged.get(name), "its maps") for name in (*outcomes, "never checked")}
    assert len(told) == 4, "believed ones alone are told the same"
    assert find_believed(judged, ("gradcampp", "cam", "gradcam")) == "cam"
    assert find_believed(judged, ("gradcampp", "gradient", "layercam")) == ""
