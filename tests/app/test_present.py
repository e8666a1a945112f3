"""Presenting: the story in the report's order and words, kept walkthroughs, and pinning."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.parts.pins import entitle_view
from app.parts.widgets import plain
from app.present.comparison import list_comparison_steps, tabulate_kinds
from app.present.step import Live, Step
from app.present.story import CHAPTERS, list_steps
from app.reads import stored_evaluations, stored_findings
from pipelines.comparison.task import Task
from pipelines.report import ranking, wording
from pipelines.report.chapters import read_chapters
from pipelines.report.comparison import LIMIT_OF_MAPS, LIMITS
from pipelines.review.decisions import decide
from saliencnn.data.planted import CLASSES
from saliencnn.drawing.parts import Chart, Columns, Images, Part, Table, Words
from saliencnn.drawing.slide import SCALE, WIDTH, Slide
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo, network_names
from saliencnn.store.images import read_index
from saliencnn.store.runs import RunInfo, start_run
from saliencnn.store.walkthroughs import Walkthrough, keep_walkthrough, list_walkthroughs, make_pin
from tests.helpers.evaluations import some_classes, synthesise
from tests.helpers.sheets import sheets_of
from tests.helpers.stores import new_store
from tests.helpers.views import texts

Open = Callable[..., AppTest]


def said(app: AppTest) -> str:
    assert not app.exception
    assert not [one.value for one in app.error]
    return "\n".join(one.value for one in [*app.title, *app.markdown, *app.caption])


def value_of(app: AppTest, name: str) -> str:
    """Return a parameter of the address, which a test reads as a list or as its only value."""
    found = app.query_params[name]
    return found if isinstance(found, str) else "".join(found)


def film_of(app: AppTest) -> dict[str, Any]:
    return next(one for one in sheets_of(app) if "rows" in one)


def test_every_chapter_of_the_report_is_a_step(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    chapters = read_chapters(store, [tiny_run.run_id])
    titles = [wording.name_story(chapters), *wording.list_titles(chapters).values()]
    assert {*wording.list_titles(chapters)} <= {*CHAPTERS}
    for place, title in enumerate(titles, start=1):
        app = open_page("present", store, run=tiny_run.run_id, step=str(place))
        assert app.title[0].value.replace("\\", "") == title
        assert len(said(app)) > len(title)
    assert value_of(app, "step") == str(len(titles))


def parts_of(step: Step) -> list[Part]:
    return [one for one in step.tell() if not isinstance(one, Live)]


def words_of(slide: Slide) -> str:
    texts = ElementTree.fromstring(slide.svg).iter("{http://www.w3.org/2000/svg}text")
    return "".join("".join(one.text or "" for one in texts).split())


def test_every_step_is_a_picture_with_its_words(
    look_at: Callable[[Store], None], store: Store, tiny_run: RunInfo
) -> None:
    look_at(store)
    chapters = read_chapters(store, [tiny_run.run_id])
    steps = dict(
        zip(["answer", *wording.list_titles(chapters)], list_steps(store, chapters), strict=True)
    )
    assert not parts_of(steps.pop("where")), "its own picture follows what is chosen there"
    for step in steps.values():
        parts = parts_of(step)
        slide = Slide(step.title, parts)
        said = words_of(slide)
        assert "".join(step.title.split()) in said
        for one in parts:
            if isinstance(one, Words):
                assert "".join(one.text.split()) in said
        width, height = Image.open(BytesIO(slide.png)).size
        assert width == round(WIDTH * SCALE)
        assert height >= width * 9 // 16
    assert any(isinstance(one, Chart) for one in parts_of(steps["good"]))
    assert any(isinstance(one, Images) for one in parts_of(steps["task"]))


def test_a_step_offers_its_picture(open_page: Open, store: Store, tiny_run: RunInfo) -> None:
    keys = [*wording.list_titles(read_chapters(store, [tiny_run.run_id]))]
    for key, offered in (("good", "step-picture"), ("where", "picture")):
        app = open_page("present", store, run=tiny_run.run_id, step=str(keys.index(key) + 2))
        (button,) = app.get("download_button")
        assert button.proto.label == "PNG"
        assert button.proto.id.endswith(f"-{offered}")


def test_a_step_says_what_the_report_says(
    open_page: Open, store: Store, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    chapters = read_chapters(store, [tiny_run.run_id])
    assert plain(ranking.answer(chapters)) in said(open_page("present", store, run=tiny_run.run_id))
    keys = [*wording.list_titles(chapters)]
    app = open_page("present", store, run=tiny_run.run_id, step=str(keys.index("verdict") + 2))
    assert plain(wording.describe_verdict(chapters.runs[0])) in said(app)
    mixed = open_page("present", store, run=[tiny_run.run_id, seeded_run.run_id])
    assert "different images" in mixed.error[0].value


def test_maps_of_a_step_follow_the_address(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    keys = [*wording.list_titles(read_chapters(store, [tiny_run.run_id]))]
    where = {"run": tiny_run.run_id, "step": str(keys.index("where") + 2)}
    app = open_page("present", store, **where, epoch="2", method="cam", **{"class": CLASSES[1]})
    film = film_of(app)
    assert (film["epochs"][film["chosen"]], film["fits"]) == (2, True)
    assert [row["name"] for row in film["rows"]] == ["CAM"]
    assert app.selectbox(key="class-choice").value == CLASSES[1]
    app.slider(key="threshold").set_value(0.3).run()
    assert value_of(app, "threshold") == "0.3"
    assert value_of(app, "step") == where["step"]


@pytest.mark.parametrize("step", ["0", "99", "-1", "x", ""])
def test_a_step_that_is_not_there_opens_the_first(
    open_page: Open, store: Store, tiny_run: RunInfo, step: str
) -> None:
    app = open_page("present", store, run=tiny_run.run_id, step=step)
    assert "learned" in app.title[0].value
    assert "step" not in app.query_params


@pytest.fixture(scope="module")
def kept(store: Store, tiny_run: RunInfo, planted_evaluations: list[EvaluationInfo]) -> Walkthrough:
    """A walkthrough with a hostile sentence and a view of most pages."""
    run, model = [tiny_run.run_id], [planted_evaluations[0].run_id]
    maps = {
        "run": run,
        "class": [CLASSES[2]],
        "epoch": ["1"],
        "method": ["cam"],
        "threshold": ["0.2"],
    }
    views = [
        ("progression", maps, "It looks at the <b>sticker</b> ![x](http://evil.example)"),
        ("overview", {"run": run}, "It is good."),
        ("trust", {"run": run, "epoch": ["3"]}, "Nobody has checked it."),
        ("retrain", {"run": run, "section": ["before-after"]}, "Alone."),
        ("compare", {"model": model}, "Among others."),
        ("overview", {"run": ["f" * 32]}, "A run that was deleted."),
    ]  # fmt: skip
    pins = [make_pin(page, query, f"{page} view", said, "Ann") for page, query, said in views]
    return keep_walkthrough(store, tiny_run.run_id, "For the board", "Ann", pins)


def test_a_kept_walkthrough_is_shown_view_by_view(
    open_page: Open, store: Store, kept: Walkthrough
) -> None:
    address = f"{kept.run_id}:{kept.id}"
    first = open_page("present", store, walkthrough=address)
    assert first.title[0].value == "For the board"
    for place, pin in enumerate(kept.pins, start=2):
        app = open_page("present", store, walkthrough=address, step=str(place))
        assert plain(pin.sentence) in said(app)
        assert value_of(app, "walkthrough") == address
        link = app.get("page_link")[-1].proto
        assert link.page.endswith(pin.page)
        for name, values in pin.query.items():
            assert f"{name}={values[0][:8]}" in link.query_string


def test_a_pinned_map_is_live_as_it_was_pinned(
    open_page: Open, store: Store, kept: Walkthrough
) -> None:
    address = f"{kept.run_id}:{kept.id}"
    app = open_page("present", store, walkthrough=address, step="2")
    film = film_of(app)
    assert film["epochs"][film["chosen"]] == 1
    assert film["look"]["threshold"] == 0.2
    assert [row["name"] for row in film["rows"]] == ["CAM"]
    assert app.selectbox(key="class-choice").value == CLASSES[2]
    changed = open_page("present", store, walkthrough=address, step="2", run=kept.run_id, epoch="2")
    film = film_of(changed)
    assert film["epochs"][film["chosen"]] == 2, "an address says what was changed since"


@pytest.mark.parametrize("wrong", ["", ":", "../..", "x" * 500, "{run}:", "{run}:../../secret"])
def test_a_walkthrough_that_is_not_there_says_so(
    open_page: Open, store: Store, tiny_run: RunInfo, wrong: str
) -> None:
    app = open_page("present", store, walkthrough=wrong.format(run=tiny_run.run_id))
    assert not app.exception
    assert app.error or "learned" in app.title[0].value


def pin_this(app: AppTest, sentence: str) -> None:
    app.text_area(key="pin-sentence").set_value(sentence)
    app.text_input(key="pin-name").set_value("Ann")
    next(button for button in app.button if button.label == "Add").click().run()


def test_a_view_is_pinned_ordered_edited_and_kept(
    open_page: Open, store: Store, seeded_run: RunInfo
) -> None:
    app = open_page("progression", store, run=seeded_run.run_id)
    pin_this(app, "It looks at the bird.")
    pin_this(app, "")
    (popover,) = (one for one in app.get("popover") if one.proto.popover.label.startswith("Add"))
    assert "sentence" in popover.error[0].value
    app.multiselect(key="methods").set_value(["cam"]).run()
    pin_this(app, "CAM agrees.")
    app.switch_page("views/walkthrough.py").run()
    pins = app.session_state["pinned-views"]
    assert [pin.sentence for pin in pins] == ["It looks at the bird.", "CAM agrees."]
    assert pins[0].query["epoch"] == (str(seeded_run.epoch),), "also what the address leaves out"
    assert pins[1].query["method"] == ("cam",)
    assert pins[0].person == "Ann"
    app.button(key="Later-0").click().run()
    app.text_area(key=f"edit-1-{pins[0].time}-sentence").set_value("It looks at the head.")
    next(
        one for one in app.button if one.label == "Change" and "edit-1" in one.proto.form_id
    ).click().run()
    assert [pin.sentence for pin in app.session_state["pinned-views"]] == [
        "CAM agrees.", "It looks at the head.",
    ]  # fmt: skip
    app.text_input(key="keep-title").set_value("For Friday")
    next(one for one in app.button if one.label.startswith("Keep with")).click().run()
    assert not [one.value for one in app.error]
    (kept,) = list_walkthroughs(store, seeded_run.run_id)
    assert (kept.name, kept.person) == ("For Friday", "Ann")
    app.button(key="remove-0").click().run()
    app.button(key="remove-0").click().run()
    assert app.session_state["pinned-views"] == ()
    assert len(list_walkthroughs(store, seeded_run.run_id)) == 1, "what is kept stays"
    app.button(key=f"take-{kept.id}").click().run()
    assert len(app.session_state["pinned-views"]) == 2


def test_a_title_names_what_a_view_shows() -> None:
    title = entitle_view(
        "Trust", "ani: smallgap", {"epoch": ["2"], "class": ["a\nb"], "run": ["x"]}
    )
    assert title == "Trust · ani: smallgap · class a b · epoch 2"


CHOICE, WEAK, LIMITED = (
    "Which network to take",
    "Where they are weak, and where they disagree",
    "What this does not show",
)
"""Titles of the steps of a comparison."""


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[str]]:
    """A store with four networks that were only evaluated."""
    store = new_store(tmp_path_factory.mktemp("presented"))
    return store, synthesise(store, 4)


def titles_of(app: AppTest) -> list[str]:
    (bar,) = [one for one in app.get("bidi_component") if '"titles"' in one.proto.json]
    titles: list[str] = json.loads(bar.proto.json)["titles"]
    return titles


def charts_of(app: AppTest) -> list[str]:
    return [json.loads(one.proto.spec)["title"]["text"] for one in app.get("vega_lite_chart")]


def tiles_of(app: AppTest) -> list[str]:
    """Return the words below images."""
    drawn = "".join(one.proto.body for one in app.get("html"))
    return re.findall(r"<figcaption[^>]*>([^<]*)<", drawn)


def test_evaluated_networks_are_presented_from_compare(
    open_page: Open, evaluated: tuple[Store, list[str]]
) -> None:
    store, ids = evaluated
    app = open_page("compare", store, pin=ids[1], tab="networks", page="2")
    shown = {name: value_of(app, name) for name in app.query_params}
    app.button(key="present").click().run()
    assert app.title[0].value == CHOICE
    assert titles_of(app) == [CHOICE, WEAK, LIMITED]
    assert {name: value_of(app, name) for name in app.query_params} == shown
    first = said(app)
    assert charts_of(app) == ["Accuracy and cost of the networks"]
    second = open_page("present", store, pin=ids[1], step="2")
    assert charts_of(second) == ["Accuracy by kind of thing"]
    group = stored_evaluations.group_of(store, ids)
    found = stored_findings.of_comparison(store, group)
    assert {"best", "cheapest", "disagreement"} <= {one.rule for one in found}
    for one in found:
        own, other = (first, said(second))[:: 1 if one.rule in ("best", "cheapest") else -1]
        assert plain(one.sentence) in own
        assert plain(one.sentence) not in other
    last = open_page("present", store, pin=ids[1], step="3")
    assert all(plain(limit) in said(last) for limit in LIMITS)
    assert plain(LIMIT_OF_MAPS) not in said(last)
    assert value_of(last, "step") == "3"


def test_closing_a_comparison_leads_back_as_it_was(
    open_page: Open, evaluated: tuple[Store, list[str]]
) -> None:
    store, ids = evaluated
    compare = open_page("compare", store, pin=ids[2], tab="classes", rank="do worst")
    shown = {name: value_of(compare, name) for name in compare.query_params}
    linked = open_page("present", store, pin=ids[2], tab="classes", rank="do worst", step="2")
    compare.button(key="present").click().run()
    for app in (compare, linked):
        app.session_state["presentation-closed"] = True
        app.run()
        assert app.title[0].value == "Compare"
        assert {name: value_of(app, name) for name in app.query_params} == shown


def test_a_comparison_presents_what_the_chosen_verdicts_show(
    open_page: Open, tmp_path: Path
) -> None:
    store = new_store(tmp_path)
    run_id = start_run(store, "judged", {}, arch="smallgap")
    _, other = synthesise(store, 2)
    (accepted,) = synthesise(store, 1, trained_run=run_id)
    decide(store, run_id, "accepted", "sees the head", "Ann")
    compare = open_page("compare", store, pin=accepted)
    assert len(compare.multiselect(key="task-models").options) == 2
    compare.sidebar.pills(key="standings").set_value(["accepted"]).run()
    assert len(compare.multiselect(key="task-models").options) == 1
    compare.button(key="present").click().run()
    assert compare.title[0].value.startswith("How good")
    asked = compare.query_params["verdict"]
    linked = open_page("present", store, pin=accepted, verdict=asked)
    assert linked.title[0].value.startswith("How good")
    linked.session_state["presentation-closed"] = True
    linked.run()
    assert linked.sidebar.pills(key="standings").value == ["accepted"]
    assert open_page("present", store, pin=accepted).title[0].value == CHOICE
    named = open_page("present", store, pin=accepted, model=other, verdict="")
    assert named.title[0].value == CHOICE, "what a link names is always shown"


def test_a_comparison_that_is_not_there_says_so(
    open_page: Open, evaluated: tuple[Store, list[str]]
) -> None:
    store, ids = evaluated
    gone = open_page("present", store, model="f" * 32)
    assert not gone.exception
    (error,) = gone.error
    assert "none of the networks" in error.value
    bad = {"class": "no such class", "image": "-5", "kind": "x", "threshold": "nan", "step": "9"}
    app = open_page("present", store, pin=ids[0], model="f" * 32, **bad)
    assert app.title[0].value == CHOICE
    said(app)
    (warning,) = app.warning
    assert "no such class" in warning.value
    assert "step" not in app.query_params


def test_what_networks_look_at_is_presented_of_a_complete_task(
    open_page: Open, store: Store, planted_evaluations: list[EvaluationInfo]
) -> None:
    ids = [info.run_id for info in planted_evaluations]
    task = {"model": ids, "class": CLASSES[1], "image": "40", "method": ["gradcam", "cam"]}
    maps = open_page("compare", store, tab="maps", **task)
    address = {name: maps.query_params[name] for name in maps.query_params}
    image = maps.selectbox(key="task-image").value
    labels = read_index(store, planted_evaluations[0].images_id).labels
    app = open_page("present", store, step="3", **{**address, "class": CLASSES[labels[image]]})
    assert app.title[0].value == f'Where they look in an image of "{CLASSES[labels[image]]}"'
    assert len(titles_of(app)) == 4
    told = [one.value for one in app.markdown if one.value.startswith("**")]
    assert len(told) == 1, "of two networks none is the odd one out"
    assert told[0].split("**")[1] in texts(maps), "as Compare says it"
    names = [*network_names(planted_evaluations).values()]
    assert [one.partition(" (")[0] for one in tiles_of(app)[1:]] == names
    assert plain("Grad-CAM for") in said(app)
    last = open_page("present", store, step="4", **address)
    assert plain(LIMIT_OF_MAPS) in said(last)
    maps.button(key="present").click().run()
    assert maps.title[0].value == CHOICE, "trained networks, too, are told of as a comparison"
    incomplete = open_page("present", store, model=ids)
    assert not [one for one in titles_of(incomplete) if "look" in one]


def test_one_network_and_few_kinds_have_no_chart_that_is_empty(
    look_at: Callable[[Store], None], tmp_path: Path
) -> None:
    store = new_store(tmp_path)
    (alone,) = synthesise(store, 1, some_classes(6, roots=False), without=0, name="alone")
    some = some_classes(40)
    kinds = [
        place for place, root in enumerate(some.roots) if root in {*some.roots[:1], some.roots[-1]}
    ]
    two = replace(
        some,
        classes=tuple(some.classes[n] for n in kinds),
        wnids=tuple(some.wnids[n] for n in kinds),
        roots=tuple(some.roots[n] for n in kinds),
    )
    pair = synthesise(store, 2, two, without=0, name="two kinds")
    look_at(store)
    group = stored_evaluations.group_of(store, [alone])
    choice, limits = list_comparison_steps(store, group, Task(), alone)
    assert choice.title == f"How good {group.names[alone]} is"
    (columns, _) = choice.tell()
    assert isinstance(columns, Columns)
    assert all(isinstance(one, Words) for column in columns.columns for one in column)
    assert limits.title == LIMITED
    group = stored_evaluations.group_of(store, pair)
    steps = list_comparison_steps(store, group, Task(), pair[0])
    assert [one.title for one in steps] == [CHOICE, WEAK, LIMITED]
    (columns,) = steps[1].tell()
    assert isinstance(columns, Columns)
    (table,) = [one for one in columns.columns[1] if isinstance(one, Table)]
    assert [row[0] for row in table.rows] == [*group.names.values()]
    for name, row in zip(table.names, table.rows[0][1:], strict=True):
        root = name.rpartition(" (")[0]
        assert row == f"{group.models[0].root_accuracy[root]:.1%}"
    for step in steps:
        assert "".join(step.title.split()) in words_of(Slide(step.title, parts_of(step)))


def test_a_table_of_many_networks_has_the_pinned_one() -> None:
    names = {str(n): f"net {n}" for n in range(11)}
    frame = pd.DataFrame({"model": [*names.values()], "root": "dog", "images": 20, "accuracy": 0.5})
    rows = tabulate_kinds(frame, names, ["9", *names]).rows
    assert [row[0] for row in rows] == [*[f"net {n}" for n in range(7)], "net 9", "and 3 more"]
    assert rows[-2][1:] == ["50.0%"]
    few = tabulate_kinds(frame, {"10": "net 10", "2": "net 2"}, ["2"]).rows
    assert [row[0] for row in few] == ["net 10", "net 2"]
