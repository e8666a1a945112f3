"""Findings stand at the top of the pages, as text and with links."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.attention.class_maps import read_run_maps, read_said_focus
from app.colours.next_step import add_help
from app.colours.selection import Selection
from app.overview.example import draw_example
from app.parts.findings import choose_first_to_do, label_link, leave_out_same
from app.parts.missed import link_to_missed
from app.reads import stored_findings, stored_runs
from app.reads.stored_advice import read_advice_at
from app.reads.stored_arrival import arrival_of
from pipelines.comparison.subjects import find_subjects
from pipelines.report import ranking
from pipelines.report.chapters import read_chapters
from pipelines.review.findings import METHOD, findings_of_run, gather_run
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.findings.failure_follows import SEE_DIFFERENCE, SEE_IMAGES, SEE_PAIR
from saliencnn.findings.finding import OTHERS, Evidence, Finding, Severity, Suggestion
from saliencnn.findings.focus_words import name_arrival
from saliencnn.findings.method_groups import name_believed
from saliencnn.findings.methods import Advice, MethodAdvice, choose_method
from saliencnn.findings.usual_mistake import UsualMistake
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.images import read_index
from saliencnn.store.runs import RunInfo, read_run
from tests.helpers.ani_run import CLASSES, plant_ani_run
from tests.helpers.golden import Golden, unpack
from tests.helpers.stores import new_store
from tests.helpers.views import as_read, plain_texts

Open = Callable[..., AppTest]


def texts(app: AppTest) -> str:
    return as_read(" ".join(one.value for one in app.markdown))


def test_overview_begins_with_what_stands_out(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    app = open_page("overview", store, run=tiny_run.run_id)
    findings = findings_of_run(store, tiny_run)
    assert findings
    for finding in findings[:4]:
        assert finding.sentence in texts(app)


def test_overview_of_two_runs_says_above_their_cards_which_to_take(
    open_page: Open, tmp_path: Path
) -> None:
    golden = unpack(tmp_path)
    both = [golden.run(name).run_id for name in ("golden", "golden-randomized")]
    chapters = read_chapters(golden.store, both)
    told, (between,) = ranking.answer(chapters), ranking.find_between(chapters)
    said = texts(open_page("overview", golden.store, run=both))
    assert said.find(told) == 0
    assert between.rule.endswith("places")
    assert len(told) < said.find(between.sentence) < said.find("finished")
    assert told not in texts(open_page("overview", golden.store, run=both[:1]))


def log_inside(golden: Golden, run: RunInfo, part: float) -> None:
    """Log of how many images most of the map lies on the object, at each epoch."""
    for epoch in run.epochs:
        golden.store.client.log_metric(run.run_id, "focus_inside", part, step=epoch)


def test_the_head_of_a_card_says_since_when_it_looks_at_the_object_and_what_to_believe(
    open_page: Open, tmp_path: Path
) -> None:
    golden = unpack(tmp_path)
    run = golden.run("golden")
    log_inside(golden, run, 0.6)
    arrival = arrival_of(golden.store, run)
    assert arrival == run.epochs[0]
    judged = read_advice_at(golden.store, run.run_id, run.epoch)
    beside = golden.run("golden-randomized")
    for shown in ([run.run_id], [run.run_id, beside.run_id]):
        said = texts(open_page("overview", golden.store, run=shown))
        first = min(said.find(one.sentence) for one in findings_of_run(golden.store, run)[:1])
        assert 0 < said.find(name_arrival(arrival)) < first
        assert 0 < said.find(name_believed(judged, run.head_kind)) < first
    alone = texts(open_page("overview", golden.store, run=run.run_id))
    assert alone.count(Advice.BELIEVE.lead) + alone.count("no method passes") == 1, "said once"
    log_inside(golden, run, 0.1)
    stored_runs.history.clear()
    assert "**never** " in texts(open_page("overview", golden.store, run=run.run_id))


def test_of_too_few_images_it_is_not_said_since_when_it_looks_at_the_object(
    open_page: Open, tmp_path: Path
) -> None:
    golden = unpack(tmp_path)
    run = golden.run("golden")
    log_inside(golden, run, 0.6)
    log = partial(golden.store.client.log_metric, run.run_id, "focus_images")
    few = replace(run, map_images=MIN_IMAGES - 1)
    assert arrival_of(golden.store, run) == run.epochs[0]
    assert arrival_of(golden.store, few) is None, "of an earlier version, which did not count them"
    log(MIN_IMAGES - 1, step=run.epoch)
    stored_runs.history.clear()
    assert arrival_of(golden.store, run) is None
    said = texts(open_page("overview", golden.store, run=run.run_id))
    assert name_arrival(run.epochs[0]) not in said


@pytest.mark.parametrize(
    ("advice", "said"),
    [
        ([], "Nobody has checked its maps."),
        ([Advice.UNKNOWN], "Too little is checked of its maps to rely on them."),
        (
            [Advice.CARE, Advice.DO_NOT],
            "Read its maps with care: no method passes every check.",
        ),
        (
            [Advice.DO_NOT, Advice.UNKNOWN, Advice.UNKNOWN],
            "Do not rely on its maps: no method passes its checks; Grad-CAM and Grad-CAM++ were "
            "not checked enough.",
        ),
        (
            [Advice.UNKNOWN, Advice.CARE],
            "with care: no method passes every check; CAM was not checked enough.",
        ),
        ([Advice.DO_NOT, Advice.BELIEVE, Advice.BELIEVE], "Grad-CAM and Grad-CAM++."),
    ],
)
def test_which_maps_to_believe_in_a_line(advice: list[Advice], said: str) -> None:
    methods = ("cam", "gradcam", "gradcampp")
    judged = {name: MethodAdvice(one, ()) for name, one in zip(methods, advice, strict=False)}
    assert name_believed(judged).endswith(said)


def test_of_several_changes_the_first_to_make_is_marked() -> None:
    def found(rule: str, page: str, advice: str = "Do it.") -> Finding:
        return Finding(rule, Severity.NOTE, "It is.", advice, Evidence(page))

    note, change, other = found("a", "trust"), found("b", "retrain"), found("c", "retrain")
    tried = replace(found("d", "trust"), suggestion=Suggestion("it", Evidence("retrain")))
    assert choose_first_to_do([note, change, tried, other]) is change
    assert choose_first_to_do([note, tried, change]) is tried
    assert choose_first_to_do([note, change]) is None, "nothing competes"
    assert choose_first_to_do([]) is None


def test_a_change_that_is_told_already_is_not_told_again() -> None:
    def found(change: str, suggested: bool) -> Finding:
        led = Evidence("retrain", {"change": (change,)} if change else {})
        one = Finding("a", Severity.NOTE, "It is.", "Do it.", led)
        seen = Evidence("progression")
        return replace(one, evidence=seen, suggestion=Suggestion("it", led)) if suggested else one

    first, same, other = found("epochs:8", True), found("epochs:8", False), found("mixup:1", False)
    assert leave_out_same(first, [same, other]) == [other]
    assert leave_out_same(found("", True), [found("", False)]), "of what is not known nothing is"


def test_one_change_of_a_run_has_a_link_and_others_fold(open_page: Open, tmp_path: Path) -> None:
    own = new_store(tmp_path)
    run = plant_ani_run(own)
    asked = [one.rule for one in findings_of_run(own, run)]
    assert {"confused", "still rising"} <= {*asked}, "which ask for the same change"
    app = open_page("overview", own, run=run.run_id)
    links = [one.proto for one in app.get("page_link") if one.proto.page.endswith("retrain")]
    assert [one.label for one in links] == ["Try longer training"]
    folded = [one for one in app.get("popover") if one.proto.popover.label == OTHERS]
    assert ["ore training images" in as_read(one.markdown[0].value) for one in folded] == [True]


def test_links_to_changes_of_the_training_name_what_they_change() -> None:
    to_retrain = ("memorized", "still rising", "loss above chance")
    labels = [label_link(rule, Evidence("retrain")) for rule in (*to_retrain, "any other")]
    assert len({*labels}) == len(labels)
    assert not [one for one in labels if one.endswith(" it")]


def test_the_run_to_take_is_the_first_card_of_overview(open_page: Open, tmp_path: Path) -> None:
    store = new_store(tmp_path)
    data = "planted:train=160,validation=48,counterfactual=0,size=48,shortcut=0.98"
    learned, lazy = (
        train(store, Request(data, image_size=48, hyperparameters=values))
        for rate in (0.01, 1e-6)
        for values in [Hyperparameters(epochs=5, batch_size=16, learning_rate=rate)]
    )
    best = ranking.recommend(read_chapters(store, [lazy, learned]))
    assert best is not None
    assert best.run.run_id == learned
    app = open_page("overview", store, run=[lazy, learned])
    links = [one.proto for one in app.get("page_link") if one.proto.label.startswith("**")]
    assert [one.query_string for one in links] == [f"run={one}" for one in (learned, lazy)]
    both = [read_run(store, one) for one in (learned, lazy)]
    focus, right = zip(*(stored_findings.focus_of(store, run) for run in both), strict=True)
    apart = [abs(one - np.nanmean(one)) for one in focus]
    typical = int(np.nanargmin(np.where(right[0], np.max(apart, axis=0), np.nan)))
    index = read_index(store, both[0].images_id)
    name = index.classes[index.labels[typical]]
    drawn = [one.proto.body for one in app.get("html") if "<figure" in one.proto.body]
    assert len(drawn) == 2, "a map on each card"
    assert all(f"Grad-CAM, &quot;{name}&quot;" in body for body in drawn), "of the same image"
    begun = replace(read_run(store, learned), epoch=0)
    assert draw_example(app.main, store, begun, name) is None, "it has no maps yet"


def test_retrain_says_what_is_to_be_mended(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    worst, *others = findings_of_run(store, tiny_run)
    assert worst.severity >= Severity.WARNING
    said = texts(open_page("retrain", store, run=tiny_run.run_id))
    assert worst.short in said
    assert not any(one.short in said for one in others)


def test_a_confusion_leads_to_a_retry_that_is_filled_in_with_the_reason(
    open_page: Open, tmp_path: Path
) -> None:
    ani = new_store(tmp_path / "ani")
    run = plant_ani_run(ani)
    true, predicted = "Groove billed Ani", "Brewer Blackbird"
    pages: dict[str, dict[str, str]] = {
        "overview": {"run": run.run_id},
        "progression": {"run": run.run_id, "class": predicted, "from": true},
    }
    for page, query in pages.items():
        app = open_page(page, ani, **query)
        links = {one.proto.label: one.proto.query_string for one in app.get("page_link")}
        assert "change=epochs%3A8" in links["Try longer training"]
        assert run.run_id in links["Try longer training"]
    app = open_page("retrain", ani, run=run.run_id, change="epochs:8")
    key = f"retry-{run.run_id}"
    assert app.number_input(key=f"{key}-epochs").value == 8
    assert "it confuses" in app.text_input(key=f"{key}-why").value
    assert app.button(key=f"{key}-use-0").label == "In the form ✓"


def test_compare_begins_with_what_stands_out(
    open_page: Open, store: Store, planted_evaluations: list[EvaluationInfo]
) -> None:
    app = open_page("compare", store, pin=planted_evaluations[0].run_id)
    assert "is the most accurate" in texts(app)


HOSTILE = """
from app.parts.findings import draw_findings
from saliencnn.findings.finding import Evidence, Finding, Severity
sentence = "![x](http://evil.example) :material/delete: <b>"
draw_findings((Finding("a", Severity.PROBLEM, sentence, "# no", Evidence("overview")),), "overview")
draw_findings((), "overview")
"""


def test_names_in_findings_stay_text() -> None:
    app = AppTest.from_string(HOSTILE).run()
    assert not app.exception
    shown, silent = (one.value for one in app.markdown)
    assert "![" not in shown
    assert shown.count(":material/") == shown.count("\\:material/") + 1, "but for the mark's own"
    assert "<b>" not in shown
    assert "Nothing stands out" in silent


ALIKE = """
from app.retrain.evidence import draw_evidence
from saliencnn.findings.finding import Evidence, Finding, Severity
def find(rule, severity, detail):
    return Finding(rule, severity, f"About {rule}.", "", Evidence("retrain"), detail=detail)
confused = find("confused", Severity.NOTE, "Known by numbers.")
problem, warning = (find(one.name, one, "") for one in (Severity.PROBLEM, Severity.WARNING))
rising = find("still rising", Severity.NOTE, "")
draw_evidence(*{
    "alike": ((confused, rising), ("Why: about still rising.",)),
    "alone": ((confused,), ()),
    "beside a warning": ((warning, confused), ()),
    "beside a problem": ((problem, confused), ()),
    "silent": ((rising,), ()),
    "answered": ((rising,), ("Why: about still rising.",)),
}["CASE"])
"""


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (
            "alike",
            ["**About confused.**", "About confused. Known by numbers."],
        ),
        ("alone", ["**About confused.**", "About confused. Known by numbers."]),
        (
            "beside a warning",
            [
                "About WARNING.",
                "About WARNING.",
                *2 * ["About confused."],
                "Known by numbers.",
            ],
        ),
        ("beside a problem", ["About PROBLEM.", "About PROBLEM."]),
        ("silent", ["Nothing in its numbers"]),
        ("answered", []),
    ],
)
def test_retrain_says_what_it_means_that_classes_are_confused(case: str, told: list[str]) -> None:
    app = AppTest.from_string(ALIKE.replace("CASE", case)).run()
    assert not app.exception
    said = " ".join(f"{one.value} {one.proto.help}" for one in app.markdown).replace("\\", "")
    known = ("About", "Known by numbers.", "Nothing in its numbers")
    for part in told:
        assert part in said
        said = said.replace(part, "", 1)
    assert not [one for one in known if one in said]


def test_all_pages_say_one_thing_of_why_a_class_is_missed(open_page: Open, tmp_path: Path) -> None:
    ani = new_store(tmp_path / "ani")
    run = plant_ani_run(ani)
    why = stored_findings.of_missed(ani, run, 0)
    assert why is not None
    for page in ("overview", "progression"):
        app = open_page(page, ani, run=run.run_id, **{"class": CLASSES[0]})
        assert why.short in plain_texts(app)
        assert why.advice in plain_texts(app), "one recipe"


@pytest.mark.parametrize("step", [SEE_PAIR, SEE_IMAGES, SEE_DIFFERENCE])
def test_colours_advises_what_the_other_pages_do_unless_something_differs(
    tmp_path: Path, step: str
) -> None:
    ani = new_store(tmp_path / "ani")
    run = plant_ani_run(ani)
    why = stored_findings.of_missed(ani, run, 0)
    assert why is not None
    subject = find_subjects(0, CLASSES, [], np.zeros(1, int), np.zeros((1, 1), bool))[0]
    selection = Selection(0, CLASSES, METHOD, 0.5, subject, run.epoch)
    follows = Finding(step, Severity.NOTE, "So it is.", "So look.", Evidence("colours"))
    usual = UsualMistake(CLASSES[0], CLASSES[1], 13, 14, 1)
    found = add_help(ani, run, selection, follows, usual)
    assert (found.advice == why.advice) == (step != SEE_DIFFERENCE)
    assert (found.suggestion == why.suggestion) == (step != SEE_DIFFERENCE)
    earlier = replace(selection, epoch=run.epoch - 1)
    assert add_help(ani, run, earlier, follows, usual) == follows


def test_a_link_to_missed_images_opens_the_first_of_them(tmp_path: Path) -> None:
    ani = new_store(tmp_path / "ani")
    run = plant_ani_run(ani)
    first, *_ = stored_runs.examples(ani, run, run.epoch, 0)["missed"]
    assert link_to_missed(ani, run, run.epoch, 0)["image"] == str(first.image)
    facts = gather_run(ani, run, [])
    assert facts.see_missed(CLASSES[0]).query["image"] == str(first.image)


@pytest.mark.parametrize(
    ("chosen", "method"),
    [
        ((), METHOD),
        (("cam", METHOD), METHOD),
        (("cam",), "cam"),
        (("rise", "cam"), "cam"),
        (("rise",), METHOD),
    ],
)
def test_sentences_are_told_from_one_method_unless_a_person_left_it_out(
    chosen: tuple[str, ...], method: str
) -> None:
    assert choose_method(chosen, {"cam", METHOD}) == method


def test_colours_measures_in_a_missed_image_the_map_of_what_the_run_says(
    store: Store, tiny_run: RunInfo
) -> None:
    facts = gather_run(store, tiny_run, [])
    for target in range(len(facts.classes)):
        logged = read_run_maps(store, tiny_run, tiny_run.epoch, target, METHOD)
        own = logged.of(logged.true == target)
        found = read_said_focus(store, tiny_run, tiny_run.epoch, own, METHOD)
        np.testing.assert_allclose(found, facts.focus_predicted[own.images], atol=1e-6)
