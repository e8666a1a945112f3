"""The report: what it says agrees with the store, and nothing in it becomes code."""

import argparse
import json
import re
import shlex
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.cli.main import main
from pipelines.cli.report import find_browser
from pipelines.cli.training_commands import given_hyperparameters
from pipelines.cli.training_options import add_train
from pipelines.report import ranking, wording
from pipelines.report.basis import list_believed, list_deciding, warn_of_maps, weigh
from pipelines.report.best_run import find_better
from pipelines.report.cases import choose_classes, choose_epochs, count_mistakes, pack_classes
from pipelines.report.chapters import Chapter, Chapters, read_chapters
from pipelines.report.document import embed_json
from pipelines.report.left_out import tell_left_out
from pipelines.report.make import keep_report, report_run
from pipelines.report.story import gather_limits, render_report
from saliencnn.checks.grading import CheckResult, Outcome
from saliencnn.common.errors import UserError
from saliencnn.data.planted import describe_sticker
from saliencnn.findings.finding import Evidence, Finding, Severity
from saliencnn.findings.method_groups import list_advised
from saliencnn.findings.methods import judge_methods
from saliencnn.maps.history import MapHistory
from saliencnn.store.artifacts import location_of, read_bytes
from saliencnn.store.epochs import read_class_maps
from saliencnn.store.runs import RunInfo, start_run
from saliencnn.store.train_command import write_command
from saliencnn.store.verdicts import ACCEPTED, REJECTED, make_verdict
from tests.helpers.golden import Golden, unpack
from tests.helpers.logs import Log
from tests.helpers.report import HOSTILE, content_of, make_hostile


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Golden:
    """The golden store."""
    return unpack(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def ids(golden: Golden) -> list[str]:
    """An accepted run and one on randomized labels."""
    return [golden.run(name).run_id for name in ("golden", "golden-randomized")]


@pytest.fixture(scope="module")
def chapters(golden: Golden, ids: list[str]) -> Chapters:
    return read_chapters(golden.store, ids)


@pytest.fixture(scope="module")
def document(golden: Golden, chapters: Chapters) -> str:
    return render_report(chapters, pack_classes(golden.store, chapters))


def test_its_maps_are_the_stores(golden: Golden, ids: list[str], document: str) -> None:
    content, compared = content_of(document)["maps"], 0
    classes = read_chapters(golden.store, ids).index.classes
    for shown in content["classes"]:
        target = classes.index(shown["name"])
        tables = read_class_maps(golden.store, ids[0], [1, 2], target)
        for case in shown["cases"]:
            history = MapHistory()
            for epoch, found in tables.items():
                for table in found:
                    history.add(epoch, table, case["number"])
            for method, by_epoch in history.maps.items():
                packed = case["columns"][0]["methods"][method]
                height, width = packed["shape"]
                fractions = np.frombuffer(b64decode(packed["data"]), "<f2").astype(np.float32)
                maps = fractions.reshape(-1, height, width)
                for place, epoch in enumerate(packed["epochs"]):
                    if epoch in by_epoch:
                        drawn = maps[place] * packed["scales"][place]
                        largest = np.abs(by_epoch[epoch]).max()
                        assert np.abs(drawn - by_epoch[epoch]).max() <= largest / 1000
                        compared += 1
    assert compared >= len(content["classes"])


def test_maps_that_look_the_same_are_one_choice(document: str) -> None:
    content = content_of(document)["maps"]
    choices = {one["name"]: one["label"].split(" = ") for one in content["methods"]}
    (name,) = (one for one, labels in choices.items() if "Grad-CAM" in labels)
    assert "CAM" in choices[name]
    assert content["first"] == name


def test_its_predictions_and_focus_are_the_stores(
    golden: Golden, ids: list[str], chapters: Chapters, document: str
) -> None:
    rows = chapters.runs[0].facts.predictions
    for shown in content_of(document)["maps"]["classes"]:
        for case in shown["cases"]:
            said = case["columns"][0]["predictions"]["2"]
            row = rows[case["number"]]
            assert said["class"] == chapters.index.classes[row["predicted"]]
            assert said["confidence"] == pytest.approx(float(row["confidence"]), abs=1e-3)
            assert said["correct"] == (row["predicted"] == row["true"])


def test_mistakes_are_shown_that_the_better_run_does_not_make(
    chapters: Chapters, document: str
) -> None:
    worse, best = (one.facts for one in ranking.sort_from_worse(chapters).runs)
    telling, compared = best.right & ~worse.right, 0
    for shown in content_of(document)["maps"]["classes"]:
        target = chapters.index.classes.index(shown["name"])
        for kind, column in (("Missed", "true"), ("False positive", "predicted")):
            wanted = np.flatnonzero(telling & (worse.predictions[column] == target))
            found = [one["number"] for one in shown["cases"] if one["heading"].startswith(kind)]
            assert not len(wanted) or {*found} <= {*wanted.tolist()}
            compared += len(wanted)
            names = {one.name for one in chapters.runs}
            headings = [one["heading"] for one in shown["cases"]]
            assert all(any(f" of {name}: " in said for name in names) for said in headings)
    assert compared


def test_the_headline_says_what_is_wrong_with_whom(chapters: Chapters) -> None:
    see = Evidence("overview")
    wrong = Finding("border", Severity.PROBLEM, "It reads the border: 60 of 80.", "Crop.", see)
    good, bad = (_with_right(one, 190 - 110 * n, 200) for n, one in enumerate(chapters.runs))
    faulty = replace(bad, findings=(wrong,))
    clean = replace(good, findings=(), run=replace(good.run, verdicts=()))
    pair = replace(chapters, runs=(faulty, clean), pair=None)
    told = f"{bad.name} reads the border."
    assert ranking.headline(pair).endswith(told)
    assert ranking.headline(replace(pair, runs=(faulty,))).endswith(told)
    alike = replace(faulty, facts=clean.facts)
    assert ranking.headline(replace(pair, runs=(clean, alike))).endswith(told)
    assert told not in ranking.headline(replace(pair, runs=(clean, bad)))


def test_numbers_and_verdict_are_said(chapters: Chapters, document: str) -> None:
    facts, verdict = chapters.runs[0].facts, chapters.runs[0].run.verdicts[-1]
    right = int((facts.predictions["true"] == facts.predictions["predicted"]).sum())
    assert f"{right} of {facts.images} images" in document
    assert verdict.person in document
    assert chapters.runs[0].run.run_id in document


def test_what_the_shortcut_is_is_said_of_images_that_were_built_with_one(
    chapters: Chapters,
) -> None:
    """Another note that all runs share is not taken for it."""

    def noted(*notes: str) -> str:
        runs = [
            replace(
                one,
                run=replace(one.run, notes=notes),
                facts=replace(
                    one.facts,
                    history=one.facts.history.assign(counterfactual_accuracy=0.9),
                    counterfactual_images=240,
                ),
            )
            for one in chapters.runs
        ]
        return wording.describe_data(replace(chapters, runs=tuple(runs)))

    told = noted("190 of 200 classes have no image.", describe_sticker("98%"))
    assert "The shortcut: in 98% of its" in told
    assert "The shortcut" not in noted("190 of 200 classes have no image.")


def test_a_limit_of_one_network_bears_its_name(chapters: Chapters) -> None:
    first, second = chapters.runs
    few = CheckResult(Outcome.NOT_JUDGED, 0.5, np.nan, np.nan, 4)
    judged = CheckResult(Outcome.PASS, 1, 1, 1, 20)
    checks = {"variance": {"cam": judged}, "stability": {"cam": few}}
    pair = (replace(first, checks=checks), replace(second, checks={"variance": {"cam": few}}))
    told = [one for one in gather_limits(replace(chapters, runs=pair)) if "saliency maps" in one]
    assert [one.split(":")[0] for one in told] == [first.name, second.name]
    assert "checked by Input variance on" in told[0]
    assert "Not judged: Stability" in told[0]
    assert "No sanity check has judged" in told[1]


def test_it_asks_no_host_for_anything(document: str) -> None:
    own = document.replace(document[document.index("<script>") :], "")
    asked = re.findall(r"""(?:src|href)=["'](?!data:|#|%23)[^"']*|url\((?!data:)""", own)
    assert not asked
    assert "default-src 'none'" in own


def test_two_runs_fit_into_five_megabytes(document: str) -> None:
    assert len(document.encode()) < 5e6


def test_hostile_texts_stay_texts(golden: Golden, chapters: Chapters) -> None:
    hostile = make_hostile(chapters)
    document = render_report(hostile, pack_classes(golden.store, hostile))
    assert "<img src=x" not in document
    assert "49" not in wording.describe_verdict(hostile.runs[0])
    content = content_of(document)["maps"]
    assert HOSTILE in content["classes"][0]["name"]
    assert content["runs"][0]["name"] == HOSTILE


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.tuples(inner)))
def test_json_within_html_is_what_was_given(value: object) -> None:
    embedded = embed_json(value)
    assert "<" not in embedded
    document = f'<p></p><script type="application/json" id="content">{embedded}</script>'
    found = content_of(document)
    assert embed_json(found) == embedded


def test_the_better_network_is_named_only_where_the_images_tell(chapters: Chapters) -> None:
    good, bad = chapters.runs
    sure = [_with_right(one, right, 200) for one, right in ((good, 190), (bad, 10))]
    told = ranking.answer(replace(chapters, runs=tuple(sure)))
    assert told.startswith(good.name)
    assert "190 of 200 images (95.0%)" in told
    for rights, images in (((101, 100), 200), ((24, 15), 40)):  # chance has the latter in 7 of 100
        close = [
            _with_right(one, right, images) for one, right in zip((good, bad), rights, strict=True)
        ]
        alike = replace(chapters, runs=tuple(close))
        assert "too close" in ranking.answer(alike)
        assert ranking.recommend(alike) is None
    turned = replace(chapters, runs=(sure[1], sure[0]))
    assert ranking.recommend(turned) is sure[0]
    for one in (turned, replace(turned, runs=tuple(sure))):
        assert ranking.sort_from_worse(one).runs == turned.runs, "what changed is a gain"
    problem = Finding("x", Severity.PROBLEM, "It reads the border.", "Crop.", Evidence("trust"))
    warned = replace(turned, runs=(sure[1], replace(sure[0], findings=(problem,))))
    assert ranking.recommend(warned) is None, "the best, but something is wrong with it"


def test_the_run_to_take_is_named_with_what_to_mind(chapters: Chapters) -> None:
    good, bad = chapters.runs
    where = Evidence("progression", {"class": "plain"})
    warning = Finding("x", Severity.WARNING, "It looks beside: 30 of 30 images.", "Try it.", where)
    note = Finding("y", Severity.NOTE, "It is fine.", "", where)
    runs = (
        replace(_with_right(good, 190, 200), findings=(note, warning)),
        _with_right(bad, 10, 200),
    )
    story = replace(chapters, runs=runs)
    limit = ranking.find_limit(story)
    assert limit is not None
    assert (limit.sentence, limit.advice) == (f"But {good.name} looks beside.", "")
    assert limit.evidence is where
    assert f" {limit.sentence} " in ranking.headline(story)
    assert ranking.find_limit(replace(story, runs=tuple(reversed(runs)))) == limit
    fine = replace(story, runs=(replace(runs[0], findings=(note,)), runs[1]))
    assert ranking.find_limit(fine) is None
    alike = replace(story, runs=(runs[0], _with_right(bad, 190, 200)))
    assert ranking.find_limit(alike) is None, "nobody is told to take either"


def test_the_card_of_the_run_to_take_begins_with_what_speaks_for_it(
    golden: Golden, chapters: Chapters
) -> None:
    """And what speaks against it stands as it is, behind that."""
    measured = ({"val_accuracy": 0.95, "focus": 0.6}, {"val_accuracy": 0.05, "focus": 0.2})
    warning = Finding("y", Severity.WARNING, "It memorizes.", "Crop.", Evidence("trust"))
    taken, other = (
        _with_focus(
            replace(_with_right(one, right, 200), run=replace(one.run, metrics=metrics)),
            np.full(20, metrics["focus"]) + 0.01 * np.arange(20),
        )
        for one, right, metrics in zip(chapters.runs, (190, 10), measured, strict=True)
    )
    taken = replace(taken, findings=(warning,), run=replace(taken.run, verdicts=()))
    both = replace(chapters, runs=(other, taken))
    said = ranking.describe_merits(both, taken)
    assert said == (
        f"Right on 190 of 200 images (95.0%), against 5.0% of {other.name}; focus 0.60, "
        f"against 0.20 of {other.name}."
    )
    instead = dict(weigh(other, both.runs, best=taken))["What to do next"]
    assert instead == f"Take {taken.name} instead."
    checked = replace(taken, checks={"variance": {}})
    assert dict(weigh(checked, (other, checked), best=checked))["What to do next"] == (
        "Accept it, or improve it: crop."
    )
    assert ranking.describe_merits(both, other) == ""
    assert ranking.describe_merits(replace(both, runs=(taken,)), taken) == "", "there is no choice"
    assert weigh(taken, both.runs, said)[:2] == [("For it", said), ("Against it", "It memorizes.")]
    assert next(label for label, _ in weigh(taken, both.runs)) == "Against it"
    assert ranking.describe_others(both, taken) == ""
    document = render_report(both, pack_classes(golden.store, both))
    assert document.index("Right on 190 of 200") < document.index("It memorizes.")
    sure = replace(warning, sentence="It memorizes: it is right on few.", detail="By far.")
    told = render_report(
        replace(both, runs=(other, replace(taken, findings=(sure,)))),
        pack_classes(golden.store, both),
    )
    assert "<strong>Against it: It memorizes:</strong> it is right on few. By far.</p>" in told
    assert "It memorizes: it is right on few. By far. <em>" in told


def test_only_a_lead_beyond_chance_speaks_for_the_run_to_take(chapters: Chapters) -> None:
    """What it is behind in, ahead in by chance or alone in is told as numbers."""
    rng = np.random.default_rng(0)
    of_taken, without = {"val_accuracy": 0.95, "focus": 0.631}, "counterfactual_accuracy"
    good, bad = (
        replace(_with_right(one, right, 200), run=replace(one.run, verdicts=()), findings=())
        for one, right in zip(chapters.runs, (190, 10), strict=True)
    )

    def tell(own_focus: np.ndarray, others: np.ndarray, **of_other: float) -> tuple[str, str]:
        own = {**of_taken, "focus": float(own_focus.mean())}
        taken = _with_focus(replace(good, run=replace(good.run, metrics=own)), own_focus)
        metrics = {"val_accuracy": 0.05, **of_other}
        other = _with_focus(replace(bad, run=replace(bad.run, metrics=metrics)), others)
        both = replace(chapters, runs=(other, taken))
        return ranking.describe_merits(both, taken), ranking.describe_others(both, taken)

    clear, noisy = np.full(40, 0.6), 0.6 + rng.normal(0, 0.1, 40)
    for_it, others = tell(clear, clear, focus=0.6)
    assert for_it == f"Right on 190 of 200 images (95.0%), against 5.0% of {bad.name}."
    assert others == f"Focus 0.60, against 0.60 of {bad.name}.", "a tie"
    assert "Focus" in tell(noisy, np.roll(noisy, 1) - 0.001, focus=0.6)[1], "chance"
    assert tell(clear, clear + 0.1, focus=0.7)[1] == f"Focus 0.60, against 0.70 of {bad.name}.", (
        "behind"
    )
    assert tell(clear, clear)[1] == "Focus 0.60.", "nobody else has it"
    for_it, others = tell(noisy, noisy - 0.2, focus=0.4)
    assert ("focus" in for_it, others) == (True, "")
    of_taken |= {without: 0.5}
    assert tell(clear, clear)[1].startswith("Right without the shortcut on 50"), (
        "nobody else has it"
    )


def test_of_three_networks_all_are_told(chapters: Chapters) -> None:
    good, bad = chapters.runs
    for rights in ((190, 133, 49), (190, 188, 49)):
        runs = [_with_right(one, n, 200) for one, n in zip((good, bad, bad), rights, strict=True)]
        told = ranking.answer(replace(chapters, runs=(*runs[:2], replace(runs[2], name="third"))))
        assert all(f"{right} of 200" in told for right in rights)
        assert "third" in told
        assert (f"Over {bad.name}" in told) == (rights[1] == 133), "whom the lead is over"


def test_a_third_network_may_be_the_one_to_take(chapters: Chapters) -> None:
    good, bad = (replace(one, findings=()) for one in chapters.runs)
    weak = (_with_right(good, 60, 200), _with_right(bad, 50, 200))
    unjudged = replace(good.run, run_id="c" * 32, verdicts=())
    third = replace(_with_right(good, 190, 200), name="third", run=unjudged)

    def told(*runs: Chapter) -> str:
        return ranking.answer_beside(replace(chapters, runs=runs))

    for part in (f"third is {ranking.TAKE}", "190 of 200", "60 of 200", "50 of 200"):
        assert part in told(*weak, third)
    assert not told(weak[0], third, weak[1]), "it is one of the two that are shown"
    problem = Finding("x", Severity.PROBLEM, "It reads the border.", "Crop.", Evidence("trust"))
    assert not told(*weak, replace(third, findings=(problem,)))
    assert not told(*weak, _with_right(third, 65, 200)), "chance may set them apart"


def test_a_better_run_is_found_by_its_last_numbers(golden: Golden) -> None:
    run = replace(golden.run("golden"), verdicts=(), conviction=None)

    def measured(name: str, accuracy: float, without: float | None = None) -> RunInfo:
        tested = {"counterfactual_accuracy": without, "counterfactual_images": 200.0}
        metrics = {"val_accuracy": accuracy, **(tested if without is not None else {})}
        return replace(run, run_id=name, metrics=metrics)

    shown = [measured("a", 0.95, 0.2), measured("b", 0.90, 0.3)]
    sound, best = measured("c", 0.9, 0.8), measured("d", 0.85, 0.95)
    others = [sound, measured("e", 0.99), best]
    assert find_better(shown, others, 200) is best
    assert find_better(shown, [], 200) is None
    assert find_better(shown, [measured("f", 1.0, 0.32)], 200) is None
    rejected = replace(best, verdicts=(make_verdict("rejected", "reads the border", "Ann"),))
    assert find_better(shown, [rejected, sound], 200) is sound
    assert find_better(shown, [replace(best, conviction="reads"), sound], 200) is sound
    overall = [replace(one, metrics={"val_accuracy": 0.4}) for one in shown]
    assert find_better(overall, others, 200) is others[1], "by what all have"


def test_where_accuracy_ties_what_speaks_against_one_decides(chapters: Chapters) -> None:
    first, second = (replace(_with_right(one, 100, 200), findings=()) for one in chapters.runs)
    problem = Finding("x", Severity.PROBLEM, "It reads the border.", "Crop.", Evidence("trust"))
    rising = Finding("still rising", Severity.NOTE, "It rose.", "Train on.", Evidence("retrain"))

    def advise(*findings: tuple[Finding, ...]) -> str:
        runs = (replace(a, findings=b) for a, b in zip((first, second), findings, strict=True))
        return ranking.answer(replace(chapters, runs=tuple(runs)))

    assert "Take either: " in advise((), ())
    assert f"train {second.name} longer" in advise((), (rising,))
    for placed, sound in ((((problem,), ()), second), (((), (problem,)), first)):
        assert f"Take {sound.name}: " in advise(*placed)
        assert problem.sentence in advise(*placed)
    assert "Take neither yet" in advise((problem,), (problem,))


def test_what_trust_and_a_verdict_rest_on(chapters: Chapters) -> None:
    found = {
        "variance": {"cam": Outcome.PASS, "gradcam": Outcome.PASS, "gradient": Outcome.FAIL},
        "stability": {"cam": Outcome.PASS, "gradcam": Outcome.PASS, "gradient": Outcome.PASS},
    }
    checks = {
        check: {
            name: CheckResult(one, 0.5, 0.4, 0.6, 16 if check == "variance" else 12)
            for name, one in by_method.items()
        }
        for check, by_method in found.items()
    }
    told = (
        Finding("x", Severity.GOOD, "It looks at it.", "That is no proof.", Evidence("trust")),
        Finding("y", Severity.WARNING, "It reads the border.", "Crop.", Evidence("trust")),
    )
    chapter = replace(chapters.runs[1], checks=checks, findings=told)
    believed, doubted = list_advised(judge_methods(chapter.checks))
    assert (believed.labels, doubted.labels) == (("CAM", "Grad-CAM"), ("Gradient",))
    assert believed.why.endswith("on 12 to 16 images")
    assert doubted.why == "it fails input variance, on 16 images"
    assert list_believed([chapter]) == ["cam", "gradcam"]
    assert list_believed([chapter, replace(chapter, checks={})]) == []
    assert "Gradient of" in warn_of_maps([chapter], ["cam", "gradient"])
    assert warn_of_maps([chapter], ["cam"]) == ""
    assert [one.name for one in list_deciding([believed, doubted])] == ["variance"]
    rests_on = [sentence for _, sentence in weigh(chapter)]
    assert rests_on == ["It reads the border.", "It looks at it.", "Crop."]
    good = replace(chapter, findings=told[:1], run=replace(chapter.run, verdicts=()))
    assert "That is no proof." not in dict(weigh(good)).values(), "advice stands with its finding"
    assert "accept or reject" in [*dict(weigh(good)).values()][-1]
    unchecked = replace(good, checks={})
    assert list_advised(judge_methods(unchecked.checks)) == []


def _with_focus(chapter: Chapter, focus: np.ndarray) -> Chapter:
    """Let a run's maps have such a focus, image by image."""
    return replace(chapter, facts=replace(chapter.facts, focus=focus))


def _with_right(chapter: Chapter, right: int, images: int) -> Chapter:
    """Let a run be right on so many images, which nothing else is known of."""
    predictions = np.resize(chapter.facts.predictions, images).copy()
    predictions["predicted"] = predictions["true"]
    wrong = (predictions["true"] + 1) % len(chapter.facts.classes)
    predictions["predicted"][right:] = wrong[right:]
    facts = replace(chapter.facts, predictions=predictions, counterfactual_images=0)
    return replace(chapter, facts=facts)


@pytest.mark.parametrize(("last", "count"), [(1, 1), (2, 2), (16, 16), (17, 16), (1000, 16)])
def test_first_and_last_epoch_are_among_those_shown(last: int, count: int) -> None:
    epochs = choose_epochs(last)
    assert len(epochs) == count
    assert (epochs[0], epochs[-1]) == (1, last)


def test_of_many_classes_those_with_most_mistakes_are_shown(chapters: Chapters) -> None:
    counts = np.diag(np.full(len(chapters.index.classes), 3))
    counts[2, 5] = counts[5, 2] = 4
    chapter = chapters.runs[0]
    pairs = [(t, p) for (t, p), n in np.ndenumerate(counts) for _ in range(n)]
    rows = np.resize(chapter.facts.predictions, len(pairs)).copy()
    rows["true"], rows["predicted"] = np.array(pairs).T
    one = replace(
        chapters, runs=(replace(chapter, facts=replace(chapter.facts, predictions=rows)),)
    )
    assert choose_classes(count_mistakes(one), most=2) == [2, 5]


def test_the_command_trains_the_same(chapters: Chapters) -> None:
    run = chapters.runs[0].run
    parser = argparse.ArgumentParser()
    add_train(parser)
    given = parser.parse_args(shlex.split(write_command(run))[2:])
    names = ("data", "arch", "weights", "image_size", "keep", "window")
    assert [getattr(given, name) for name in names] == [getattr(run, name) for name in names]
    own = {k: str(v) for k, v in given_hyperparameters(given).as_dict().items()}
    assert {name: own[name] for name in run.hyperparameters} == run.hyperparameters


@pytest.mark.parametrize("names", [["golden"] * 2, ["golden"]])
def test_a_run_named_twice_counts_once(golden: Golden, names: list[str]) -> None:
    runs = [golden.run(name).run_id for name in names]
    assert len(read_chapters(golden.store, runs).runs) == 1


def test_runs_on_other_images_are_refused(golden: Golden, ids: list[str]) -> None:
    other = golden.run("golden-interrupted").run_id
    tags = golden.store.client.get_run(other).data.tags
    facts = json.loads(tags["saliencnn.facts"]) | {"pictures": other}
    golden.store.client.set_tag(other, "saliencnn.facts", json.dumps(facts))
    with pytest.raises(UserError, match="different images"):
        read_chapters(golden.store, [*ids, other])


def begin(golden: Golden, ids: list[str]) -> str:
    """Return a run that has begun and no more."""
    facts = json.loads(golden.store.client.get_run(ids[0]).data.tags["saliencnn.facts"])
    return start_run(golden.store, "begun", {}, **{k: v for k, v in facts.items() if k != "format"})


def test_a_run_without_an_epoch_is_refused(golden: Golden, ids: list[str]) -> None:
    with pytest.raises(UserError, match="no complete epoch"):
        read_chapters(golden.store, [begin(golden, ids)])


def test_more_runs_than_a_reader_can_compare_are_refused(golden: Golden, ids: list[str]) -> None:
    others = [golden.run("golden-interrupted").run_id, begin(golden, ids)]
    with pytest.raises(UserError, match="4 runs"):
        read_chapters(golden.store, [*ids, *others])


def test_it_is_kept_with_the_run(golden: Golden, ids: list[str], document: str) -> None:
    kept = keep_report(golden.store, ids[0], document, ["../a b"])
    assert kept == "reports/report-with--a-b.html"
    content = read_bytes(golden.store, location_of(golden.store, ids[0]), kept)
    assert content.decode() == document


def test_a_report_that_fails_is_only_logged(golden: Golden, ids: list[str], logs: Log) -> None:
    assert report_run(golden.store, ids[1]) == "reports/report.html"
    kept = read_bytes(golden.store, location_of(golden.store, ids[1]), "reports/report.html")
    assert [run["id"] for run in content_of(kept.decode())["maps"]["runs"]] == [ids[1]]
    assert not logs.records
    assert report_run(golden.store, begin(golden, ids)) == ""
    assert "no complete epoch" in logs.text


def test_the_command_writes_a_file(
    golden: Golden, ids: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("MLFLOW_TRACKING_URI", golden.store.uri)
    target = tmp_path / "a report.html"
    assert main(["report", ids[0], "-o", str(target)]) == 0
    assert content_of(target.read_text())["maps"]["runs"][0]["id"] == ids[0]
    assert str(target) in capsys.readouterr().out
    assert main(["report", "f" * 32, "-o", str(target)]) == 2
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["report", ids[0], "-o", str(target), "--pdf"]) == 2
    assert "--pdf needs Chromium" in capsys.readouterr().err
    assert target.is_file()


@pytest.mark.skipif(not find_browser(), reason="there is no Chromium to print with")
def test_it_is_printed(
    golden: Golden, ids: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", golden.store.uri)
    assert main(["report", ids[0], "-o", str(tmp_path / "a.html"), "--pdf"]) == 0
    printed = (tmp_path / "a.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") > 2


def test_a_run_that_another_answers_is_proposed_nothing(chapters: Chapters) -> None:
    warning = Finding("y", Severity.WARNING, "It reads colour.", "Vary it.", Evidence("trust"))
    rejected, accepted = (
        replace(one, findings=(warning,), run=replace(one.run, verdicts=(verdict,)))
        for one, verdict in zip(
            chapters.runs,
            (make_verdict(word, "seen", "Ann") for word in (REJECTED, ACCEPTED)),
            strict=True,
        )
    )
    both = (rejected, accepted)
    told = dict(weigh(rejected, both))["What to do next"]
    assert accepted.name in told
    assert "Vary it." not in told
    for chapter, others in ((rejected, ()), (rejected, (rejected,)), (accepted, both)):
        assert dict(weigh(chapter, others))["What to do next"] == "Vary it."


def test_rejected_runs_on_the_same_images_are_named_where_they_are_left_out(
    chapters: Chapters,
) -> None:
    shown, other = (one.run for one in chapters.runs)
    rejected = replace(other, verdicts=(make_verdict(REJECTED, "reads colours", "Ann"),))
    told = tell_left_out([shown], [shown, rejected])
    assert told == f"Not shown: {other.name} (rejected: reads colours)."
    assert tell_left_out([shown, rejected], [shown, rejected]) == ""
    assert tell_left_out([shown], [shown, replace(other, verdicts=())]) == ""
    apart = replace(rejected, images_id="others", digest="")
    assert tell_left_out([shown], [apart]) == "", "on other images"
