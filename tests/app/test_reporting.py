"""A report of Compare begins with what stands on the page."""

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from pipelines.comparison.class_list import list_classes
from pipelines.comparison.gather import read_group
from pipelines.comparison.groups import Group
from pipelines.comparison.task import task_from_query
from pipelines.comparison.view import View, view_from_query
from pipelines.report.compared import render_comparison
from pipelines.report.comparison import Comparison, read_comparison
from pipelines.report.make import make_saved
from saliencnn.findings.map_errors import NUMBERS
from saliencnn.findings.telling import BORDER
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.saved_tasks import save_task
from tests.helpers.report import HOSTILE, content_of
from tests.helpers.views import plain_texts

Infos = list[EvaluationInfo]
Open = Callable[..., AppTest]
Link = dict[str, str | list[str]]


@pytest.fixture(scope="module")
def group(store: Store, planted_evaluations: Infos) -> Group:
    return read_group(store, [info.run_id for info in planted_evaluations])


def level_of(run_ids: list[str]) -> Link:
    """Return the address of the question that is asked of all images."""
    return {"model": run_ids, "image": "47", "subject": "all classes", "level": "true"}


def as_query(link: Link) -> dict[str, list[str]]:
    return {name: [value] if isinstance(value, str) else value for name, value in link.items()}


def report_on(store: Store, group: Group, link: Link) -> Comparison:
    query = as_query(link)
    return read_comparison(
        store, group, task_from_query(query, group.offered), view_from_query(query)
    )


def begins(document: str) -> str:
    """Return the sentence with which a report begins."""
    (said,) = re.findall(r'<p class="answer" id="answer">(.*?)</p>', document, re.S)
    return unescape(re.sub("<.*?>", "", said)).strip()


def headings(document: str) -> list[str]:
    return [unescape(one) for one in re.findall("<h2>(.*?)</h2>", document)]


def test_what_is_asked_of_many_images_comes_first(
    open_page: Open, store: Store, group: Group
) -> None:
    link = level_of(list(group.run_ids))
    shown = plain_texts(open_page("compare", store, timeout=120, **link))
    told = report_on(store, group, link)
    document = render_comparison(told)
    assert told.errors is not None
    answer = told.errors.answer
    assert told.name == "Do the maps of 2 networks explain the errors on all classes?"
    assert f"<h1>{told.name}</h1>" in document
    assert begins(document) == answer.said
    images = len(told.errors.asked.subject.images)
    assert f"Maps of {images} of {group.images} images of" in document
    for said in (answer.claim, *answer.lines, *filter(None, (answer.follows, answer.sample))):
        assert said in shown, "page and report say the same"
        assert said in unescape(re.sub("<.*?>", "", document))
    assert headings(document)[:2] == ["Network by network", "Where they look"]
    assert headings(document).index("Which network") > 1
    assert {number for _, number in answer.shifts} == set(NUMBERS) - {BORDER}


def test_missed_images_are_shown_with_the_maps_of_all_networks(store: Store, group: Group) -> None:
    told = report_on(store, group, level_of(list(group.run_ids)))
    assert told.errors is not None
    cases = content_of(render_comparison(told))["maps"]["classes"][0]["cases"]
    *missed, own = cases
    assert own["name"] == told.rows[0].image
    assert len(missed) == len(told.errors.missed) > 0
    for case, seen in zip(missed, told.errors.missed, strict=True):
        assert [one["name"] for one in case["columns"]] == [*group.names.values()]
        right = [one["predictions"]["1"]["correct"] for one in case["columns"]]
        assert not all(right)
        assert case["heading"].startswith(f"Missed by {right.count(False)} of 2 networks: ")
        assert case["name"] == seen[0].row.image != own["name"]


def test_of_one_network_its_name_is_in_the_title(store: Store, group: Group) -> None:
    link = level_of([group.run_ids[0]]) | {"kind": "images", "class": group.class_set.classes[4]}
    told = report_on(store, group, link)
    name = group.names[group.run_ids[0]]
    assert told.name == f"Do the maps of {name} explain the errors on all classes?"
    missed, _ = content_of(render_comparison(told))["maps"]["classes"][0]["cases"]
    assert missed["heading"] == f"Missed by {name}"
    assert not any(one["predictions"]["1"]["correct"] for one in missed["columns"])


def test_of_one_network_all_missed_images_but_its_own_are_shown(store: Store, group: Group) -> None:
    """Whichever of them the task's own image is."""
    link = level_of([group.run_ids[0]])
    first = report_on(store, group, link)
    assert first.errors is not None
    (seen,) = first.errors.missed
    images = [one.row.request.image for one in seen]
    assert len(images) > 1
    for own in (images[0], images[-1]):
        told = report_on(store, group, link | {"image": str(own)})
        missed, _ = content_of(render_comparison(told))["maps"]["classes"][0]["cases"]
        assert len(missed["columns"]) == len(images) - 1


def test_each_part_of_the_page_has_its_own_beginning(store: Store, group: Group) -> None:
    level = level_of(list(group.run_ids))
    told = {
        tab: report_on(store, group, {**level, "level": "", "tab": tab})
        for tab in ("networks", "classes", "maps")
    }
    assert [one.name for one in told.values()] == [
        "2 networks on 160 images", "2 networks on 160 images, class by class",
        "2 networks on one image",
    ]  # fmt: skip
    assert all(one.errors is None for one in told.values())
    documents = {tab: render_comparison(one) for tab, one in told.items()}
    findings = [one.in_full for one in told["networks"].findings]
    assert begins(documents["networks"]) == " ".join(findings[:2])
    assert unescape(documents["networks"]).count(findings[0]) == 1, "not again below"
    assert unescape(documents["maps"]).count(findings[0]) == 1, "there it is no beginning"
    assert "Measured on 160 images of" in documents["networks"]
    assert "Maps of 1 of 160 images of" in documents["maps"]
    assert headings(documents["networks"])[0] == "Which network"
    one = told["classes"]
    listed = list_classes(one.tables, group, one.task, one.view)
    assert begins(documents["classes"]) == listed.describe()
    assert headings(documents["classes"])[:2] == ["Class by class", "Which network"]
    first = listed.ranking.order(listed.spread)["class"].iloc[0]
    assert f'<th scope="row">{first}</th>' in documents["classes"]
    assert begins(documents["maps"]).startswith(told["maps"].told[0].sentence)
    assert headings(documents["maps"])[0] == "Where they look"


def test_the_page_and_a_report_read_the_same_of_an_address(
    open_page: Open, store: Store, group: Group
) -> None:
    for link in (level_of(list(group.run_ids)), {"tab": "classes", "rank": "do worst"}):
        app = open_page("compare", store, timeout=120, **link)
        state, view = app.session_state["state-compare"], view_from_query(as_query(link))
        seen = (state.tab, state.root, state.rank, state.subject, state.asked)
        assert seen == (view.tab, view.root, view.rank, view.subject, view.asked)


def test_hostile_names_stay_texts_where_many_images_are_asked_of(
    store: Store, group: Group
) -> None:
    told = report_on(store, group, level_of(list(group.run_ids)))
    assert told.errors is not None
    shifts = {(HOSTILE, number): shift for (_, number), shift in told.errors.answer.shifts.items()}
    means = {(HOSTILE, number): mean for (_, number), mean in told.errors.answer.means.items()}
    answer = replace(
        told.errors.answer, said=f"{HOSTILE}: {HOSTILE}", claim=f"{HOSTILE}:", follows=HOSTILE,
        lines=(HOSTILE,), sample=HOSTILE, basis=HOSTILE, shifts=shifts, means=means,
    )  # fmt: skip
    class_set = replace(group.class_set, classes=(HOSTILE,) * len(group.class_set))
    models = tuple(replace(info, model=f"{HOSTILE} {info.run_id}") for info in group.models)
    seen = tuple(
        tuple(replace(one, row=replace(one.row, network=HOSTILE, image=HOSTILE)) for one in case)
        for case in told.errors.missed
    )
    errors = replace(told.errors, answer=answer, missed=seen)
    changed = replace(group, class_set=class_set, models=models)
    hostile = replace(told, name=HOSTILE, group=changed, errors=errors)
    document = render_comparison(hostile)
    assert "<img src=x" not in document
    assert content_of(document)["maps"]["classes"][0]["cases"][0]["columns"][0]["name"] == HOSTILE
    listed = replace(hostile, view=View("classes"), errors=None)
    assert "<img src=x" not in render_comparison(listed)


def test_a_saved_question_is_reported_under_its_name(store: Store, group: Group) -> None:
    link = level_of(list(group.run_ids))
    save_task(store, "why they err", as_query(link))
    document, kept_with = make_saved(store, "why they err")
    told = report_on(store, group, link)
    assert told.errors is not None
    assert "<h1>why they err</h1>" in document
    assert begins(document) == told.errors.answer.said
    assert kept_with == link["model"][0]


def test_what_is_asked_of_images_of_another_class_is_not_asked(store: Store, group: Group) -> None:
    """The page forgets it, too."""
    link = level_of(list(group.run_ids)) | {"subject": "all of nothing"}
    assert report_on(store, group, link).errors is None
