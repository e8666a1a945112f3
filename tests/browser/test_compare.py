"""What a person does on the comparison page, in a real browser."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlparse

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from saliencnn.store.connection import Store
from saliencnn.store.evaluation_files import read_class_set, read_projection
from saliencnn.store.evaluation_records import EvaluationInfo, network_names
from tests.browser.waiting import click_cell, settle, visit
from tests.helpers.evaluations import synthesise

expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def compared(store: Store) -> list[str]:
    """Four evaluated networks: alexnet, squeezenet1_1, googlenet and resnet18."""
    return synthesise(store, 4, name="browser")


def await_address(page: Page, check: Callable[[dict[str, list[str]]], bool]) -> None:
    page.wait_for_url(lambda address: check(parse_qs(urlparse(address).query)))
    settle(page)


def chart(page: Page, key: str) -> Locator:
    """Return a chart by its key, once it is drawn."""
    found = page.locator(f"[class*=st-key-compare-{key}]").first
    expect(found.locator("svg.marks").first).to_be_visible()
    return found


def click_middle(page: Page, mark: Locator) -> None:
    """Click where a mark is: others may lie on it, which the person sees through."""
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def point(graph: Locator, name: str) -> Locator:
    return graph.locator(f"path[aria-label*='class: {name};']").first


def test_a_person_chooses_models_and_classes_in_the_charts(
    page: Page, dashboard: str, store: Store, compared: list[str]
) -> None:
    alexnet, squeezenet, _, resnet = compared
    names = read_class_set(store, resnet).classes
    page.set_viewport_size({"width": 1440, "height": 2600})
    visit(page, f"{dashboard}/compare?pin={resnet}")
    expect(page.get_by_text("is the most accurate")).to_be_visible()
    settle(page)

    # A point and the radar's legend pin a network, the radar's words show the classes of a kind.
    click_middle(page, chart(page, "complexity-").locator("path[aria-label*=squeezenet1_1]").first)
    await_address(page, lambda query: query["pin"] == [squeezenet])
    chart(page, "radar").locator("text", has_text="alexnet").first.click()
    await_address(page, lambda query: query["pin"] == [alexnet])
    chart(page, "radar").locator("text", has_text="food").first.click()
    await_address(page, lambda query: query.get("root") == ["food"] and query["tab"] == ["classes"])
    expect(page.get_by_role("heading", name="Distribution of the classes")).to_be_visible()
    visit(page, f"{dashboard}/compare?pin={squeezenet}&tab=classes")
    page.get_by_role("radio", name="All classes").click()
    settle(page)

    # A bar chooses its class, and gives it back.
    bars = chart(page, "leaves")
    click_middle(page, point(bars, names[3]))
    await_address(page, lambda query: query.get("class") == [names[3]])
    click_middle(page, point(chart(page, "leaves"), names[3]))
    await_address(page, lambda query: "class" not in query)

    choose_in_the_graph(page, store, squeezenet, names)
    stand_beside_one_another(page, resnet)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    expect(page.locator("[data-testid=stAlertContentError]")).to_have_count(0)
    wide, seen = page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= seen


def choose_in_the_graph(page: Page, store: Store, model: str, names: tuple[str, ...]) -> None:
    graph = chart(page, f"graph-{model}")
    graph.scroll_into_view_if_needed()
    place = read_projection(store, model)
    middle = int(np.nanargmin(((place - np.nanmean(place, axis=0)) ** 2).sum(axis=1)))
    target = point(graph, names[middle])
    before = target.bounding_box()
    assert before is not None
    x, y = before["x"] + before["width"] / 2, before["y"] + before["height"] / 2
    page.mouse.move(x, y)
    page.mouse.wheel(0, -300)
    others = [point(graph, name) for name in names[:8]]
    page.wait_for_timeout(500)  # the wheel's own debouncing, which nothing announces
    settle(page)
    zoomed = [other.bounding_box() for other in others]
    click_middle(page, target)
    await_address(page, lambda query: query.get("class") == [names[middle]])
    expect(graph.locator("text", has_text=names[middle]).first).to_be_visible()
    # What was in sight stays in sight.
    for other, box in zip(others, zoomed, strict=True):
        now = other.bounding_box()
        if box and now and other is not others[middle % len(others)]:
            assert abs(now["x"] + now["width"] / 2 - box["x"] - box["width"] / 2) < 8
    # A rectangle around the point takes all that lie in it.
    page.mouse.move(x - 60, y - 60)
    page.mouse.down()
    page.mouse.move(x, y, steps=4)
    page.mouse.move(x + 60, y + 60, steps=4)
    page.mouse.up()
    await_address(page, lambda query: names[middle] in query["class"] and len(query["class"]) > 1)
    chosen = page.locator("[class*=st-key-task-classes] [data-tag-index]")
    expect(chosen).to_have_count(len(parse_qs(urlparse(page.url).query)["class"]))


def stand_beside_one_another(page: Page, other: str) -> None:
    """Choose a second model; the task's classes stand out in both graphs."""
    page.locator("[class*=st-key-against] input").first.fill("resnet18")
    page.keyboard.press("Enter")
    second = chart(page, f"graph-{other}")
    classes = parse_qs(urlparse(page.url).query)["class"]
    for graph in (page.locator("[class*=st-key-compare-graph]").first, second):
        if len(classes) <= 15:
            expect(graph.locator("text", has_text=classes[0]).first).to_be_visible()
    expect(page.get_by_text("The classes nearest to")).to_have_count(2)


def test_a_ticked_row_begins_a_task(page: Page, dashboard: str, compared: list[str]) -> None:
    page.set_viewport_size({"width": 1440, "height": 2600})
    visit(page, f"{dashboard}/compare?pin={compared[3]}&tab=classes")
    table = page.locator(".st-key-compare-range-True-")
    expect(table.locator("canvas").first).to_be_visible()
    click_cell(table, row=0)
    await_address(page, lambda query: len(query.get("class", [])) == 1 and len(query["model"]) == 4)
    # One of its images is chosen, the others are offered.
    assert "image" in parse_qs(urlparse(page.url).query)
    expect(page.get_by_role("button", name="Choose", exact=True)).to_have_count(4)
    expect(page.get_by_role("button", name="Chosen", exact=True)).to_have_count(1)


def test_all_networks_stand_in_the_list_of_classes(
    page: Page, dashboard: str, compared: list[str]
) -> None:
    page.set_viewport_size({"width": 1024, "height": 900})
    visit(page, f"{dashboard}/compare?pin={compared[3]}&tab=classes")
    table = page.locator(".st-key-compare-range-True- .dvn-scroller").first
    expect(table).to_be_visible()
    settle(page)
    wide, seen = table.evaluate("table => [table.scrollWidth, table.clientWidth]")
    assert wide <= seen + 1


ENDS_BEFORE = """edge => {
    const told = document.querySelector("[role=tooltip]");
    return told?.checkVisibility() && told.getBoundingClientRect().right <= edge;
}"""


@pytest.mark.parametrize("width", [1024, 1440])
def test_help_in_the_sidebar_covers_nothing_beside_it(
    page: Page, dashboard: str, compared: list[str], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    visit(page, f"{dashboard}/compare?pin={compared[3]}&tab=classes")
    settle(page)
    side = page.get_by_test_id("stSidebar")
    frame = side.bounding_box()
    assert frame is not None
    marks = side.locator("[data-testid=stTooltipHoverTarget]:visible")
    expect(marks.first).to_be_visible()
    for mark in marks.all():
        mark.scroll_into_view_if_needed()
        mark.hover()
        # Its place is known a moment after it is there.
        page.wait_for_function(ENDS_BEFORE, arg=frame["x"] + frame["width"])
        page.mouse.move(width - 5, 895)
        expect(page.get_by_role("tooltip")).to_be_hidden()


@pytest.mark.parametrize("width", [1024, 1440])
def test_charts_lie_within_a_narrow_page(
    page: Page, dashboard: str, compared: list[str], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 2600})
    visit(page, f"{dashboard}/compare?pin={compared[3]}")
    main = page.locator("[data-testid=stMainBlockContainer]")
    for unit in ("parameters", "multiply-adds"):
        page.get_by_role("radio", name=unit).click()
        scatter = chart(page, f"complexity-{unit.replace('-', '_')}").locator("svg.marks")
        settle(page)
        names = scatter.locator("g[class*=role-mark] text:not([stroke])")
        said = ("alexnet", "squeezenet1_1", "googlenet", "resnet18")
        expect(names.filter(has_text=re.compile("|".join(said)))).to_have_count(4)
        for name in said:
            check_within(names.get_by_text(name, exact=True), scatter)
        check_within(scatter, main)
    check_within(chart(page, "radar").locator("svg.marks"), main)


def check_within(inner: Locator, outer: Locator) -> None:
    box, room = inner.bounding_box(), outer.bounding_box()
    assert box is not None
    assert room is not None
    assert box["x"] >= room["x"] - 1
    assert box["x"] + box["width"] <= room["x"] + room["width"] + 1


def test_a_bird_is_found_by_what_it_is(page: Page, dashboard: str, compared: list[str]) -> None:
    visit(page, f"{dashboard}/compare?model={compared[0]}")
    field = page.locator("[class*=st-key-task-classes] input").first
    expect(field).to_be_visible()
    settle(page)
    field.click()
    field.press_sequentially("hunting dog")
    options = page.get_by_role("option")
    expect(options.filter(has_text="all of hunting dog")).to_have_count(1)
    expect(options.filter(has_text="hunting dog")).to_have_count(options.count())
    options.filter(has_text="all of hunting dog").click()
    await_address(page, lambda query: len(query.get("class", [])) > 1)
    # What was asked for is covered by no list.
    expect(options).to_have_count(0)


def test_a_clicked_pair_and_a_clicked_map_are_shown(
    page: Page, dashboard: str, planted_evaluations: list[EvaluationInfo]
) -> None:
    names = network_names(planted_evaluations)
    ids = [info.run_id for info in planted_evaluations]
    page.set_viewport_size({"width": 1440, "height": 2600})
    visit(page, f"{dashboard}/compare?{urlencode({'model': ids, 'image': 7}, doseq=True)}")
    expect(page.get_by_text("Similarity of the maps")).to_be_visible()
    settle(page)
    cells = page.locator("[class*=st-key-matrix-] svg.marks path[aria-label*='row: ']")
    row, column = (names[one] for one in ids)
    cell = cells.and_(page.locator(f"[aria-label*='row: {row};']"))
    cell = cell.and_(page.locator(f"[aria-label*='column: {column};']")).first
    box = cell.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    await_address(page, lambda query: query.get("cell") == ids)
    expect(page.get_by_text("The cell you picked")).to_contain_text(row)
    page.reload()
    expect(page.get_by_text("The cell you picked")).to_contain_text(column)
    settle(page)
    table = page.locator(".st-key-explanations [data-testid=stDataFrame]").first
    table.click(position={"x": 170, "y": 90})
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "cell" in parse_qs(urlparse(page.url).query)


def test_what_is_asked_of_many_images_is_answered_in_view(
    page: Page, dashboard: str, planted_evaluations: list[EvaluationInfo]
) -> None:
    """The switch stands below the maps of one image, and the answer above them."""
    page.set_viewport_size({"width": 1024, "height": 600})
    query = {"tab": "maps", "model": [one.run_id for one in planted_evaluations], "image": 7}
    visit(page, f"{dashboard}/compare?{urlencode(query, doseq=True)}")
    switch = page.locator(".st-key-level label").first
    switch.scroll_into_view_if_needed()
    switch.click()
    answer = page.get_by_text(re.compile("being wrong has|too few|where wrong")).first
    expect(answer).to_be_in_viewport()
    settle(page)
    expect(answer).to_be_in_viewport()
