"""Presenting: the story in the report's order and words, kept walkthroughs, and pinning."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.parts.pins import entitle_view
from app.parts.widgets import plain
from app.present.step import Live, Step
from app.present.story import CHAPTERS, list_steps
from pipelines.report import ranking, wording
from pipelines.report.chapters import read_chapters
from saliencnn.data.planted import CLASSES
from saliencnn.drawing.parts import Chart, Images, Part, Words
from saliencnn.drawing.slide import SCALE, WIDTH, Slide
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo
from saliencnn.store.walkthroughs import Walkthrough, keep_walkthrough, list_walkthroughs, make_pin
from tests.helpers.sheets import sheets_of

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
