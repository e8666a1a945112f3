"""What people come to Compare for: the right answer is read from the first screen."""

import re
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from pipelines.review.findings import findings_of_evaluated
from saliencnn.drawing.heat import rescale_one
from saliencnn.findings.cheapest import WITHIN
from saliencnn.findings.weak_kinds import RULE
from saliencnn.maps.explainer import Explainer
from saliencnn.maps.requests import MapRequest
from saliencnn.measures.map_measures import region_size
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_files import read_class_set, read_predictions
from saliencnn.store.evaluation_records import EvaluationInfo, network_names
from saliencnn.store.evaluations import read_evaluation
from tests.browser.waiting import click_cell, settle, visit
from tests.helpers.evaluations import synthesise

SCREEN = {"width": 1440, "height": 900}


def read_first_screen(page: Page, address: str, telling: str) -> str:
    """Open a page, and return the paragraph with a text, which must stand on the first screen."""
    page.set_viewport_size(SCREEN)
    visit(page, address)
    found = page.locator("[data-testid=stMarkdown]").filter(has_text=telling).first
    expect(found).to_be_visible()
    settle(page)
    check_on_screen(found)
    return found.inner_text()


def check_on_screen(element: Locator) -> None:
    box = element.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= SCREEN["height"]


@pytest.fixture(scope="module")
def networks(store: Store) -> list[EvaluationInfo]:
    """Four evaluated networks of known accuracy and cost, the most accurate first."""
    infos = [read_evaluation(store, run_id) for run_id in synthesise(store, 4, name="which")]
    return sorted(infos, key=lambda info: -info.metrics["top1"])


def test_which_network_should_i_take(
    page: Page, dashboard: str, store: Store, networks: list[EvaluationInfo]
) -> None:
    """The most accurate, the cheapest within a point of it, and the two that differ most often."""
    best = networks[0]
    address = f"{dashboard}/compare?pin={best.run_id}"
    said = read_first_screen(page, address, "is the most accurate")
    assert f"{best.model} is the most accurate" in said
    assert f"of {best.metrics['images']:.0f} images ({best.metrics['top1']:.1%})" in said
    near = [i for i in networks if i.metrics["top1"] >= best.metrics["top1"] - WITHIN]
    cheapest = min(near, key=lambda info: info.metrics["multiply_adds"])
    if cheapest is not best:
        check_on_screen(page.get_by_text(f"{cheapest.model} is the cheapest").first)
    predicted = {i.model: read_predictions(store, i.run_id)["class_1"] for i in networks}
    apart = {
        (one, other): int((predicted[one] != predicted[other]).sum())
        for one in predicted
        for other in predicted
        if one < other
    }
    said = read_first_screen(page, address, "answer differently most often")
    assert f" {max(apart.values())} of " in said
    named = tuple(sorted(re.findall(r"(\S+) and (\S+) answer differently", said)[0]))
    assert apart[named] == max(apart.values())
    check_on_screen(page.locator("[class*=st-key-compare-complexity-] svg.marks").first)


def test_which_network_is_weak_at_what(
    page: Page, dashboard: str, store: Store, networks: list[EvaluationInfo]
) -> None:
    """A sentence, and a row a network, from which a click leads to the classes of its kind."""
    told = findings_of_evaluated(store, [one.run_id for one in networks])
    (weak,) = [one.claim for one in told if one.rule == RULE]
    address = f"{dashboard}/compare?pin={networks[0].run_id}"
    assert weak in read_first_screen(page, address, weak)
    table = page.locator("[class*=st-key-compare-weak-]").first
    check_on_screen(table)
    click_cell(table, 0, 0.5)
    page.wait_for_url(re.compile("tab=classes"))
    assert "rank=do+worst" in page.url
    assert re.search(r"root=\w", page.url)


def numbers_of(
    store: Store, infos: list[EvaluationInfo], image: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return which networks are right on an image, and how large the regions of their maps are."""
    rows = [read_predictions(store, info.run_id).iloc[image] for info in infos]
    requests = [
        MapRequest(info, image, int(row["true"])) for info, row in zip(infos, rows, strict=True)
    ]
    maps = Explainer(store).compute(requests, ["gradcam"]).maps
    regions = [region_size(rescale_one(maps[n, "gradcam"]), 0.5) for n in range(len(infos))]
    return np.array([row["class_1"] == row["true"] for row in rows]), np.array(regions)


def test_who_is_right_on_an_image_and_where_they_look(
    page: Page, dashboard: str, store: Store, planted_evaluations: list[EvaluationInfo]
) -> None:
    """How many are right, what the others say, and how large their regions are."""
    infos, names = planted_evaluations, network_names(planted_evaluations)
    classes = read_class_set(store, infos[0].run_id).classes
    known = [read_predictions(store, info.run_id) for info in infos]
    right = np.stack([(rows["class_1"] == rows["true"]).to_numpy() for rows in known])
    disputed = np.flatnonzero(right[0] != right[1])
    image = int(disputed[0]) if len(disputed) else 0
    of_image, regions = numbers_of(store, infos, image)
    query = urlencode({"model": [i.run_id for i in infos], "image": image}, doseq=True)
    true = classes[int(known[0]["true"][image])]
    said = read_first_screen(page, f"{dashboard}/compare?{query}", f'On this image of "{true}"')
    if of_image.all():
        assert "both networks are right" in said
    for info, rows, is_right, size in zip(infos, known, of_image, regions, strict=True):
        name, says = names[info.run_id], f'"{classes[int(rows["class_1"][image])]}"'
        assert is_right or (name in said and says in said)
        told = f"{name} ({'right' if is_right else f'wrong: {says}'}) looks at {size:.0%}"
        expect(page.get_by_text(told)).to_be_visible()
    for name in names.values():
        shown = page.get_by_alt_text(name).first
        expect(shown).to_be_visible()
        box = shown.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= SCREEN["height"], "all maps are seen without scrolling"


def test_is_the_region_larger_where_a_network_fails(
    page: Page, dashboard: str, store: Store, planted_evaluations: list[EvaluationInfo]
) -> None:
    """Nothing is said from fewer than five images on either side."""
    info = planted_evaluations[1]
    known = read_predictions(store, info.run_id)
    wrong = (known["class_1"] != known["true"]).groupby(known["true"]).sum()
    few = [int(target) for target, count in wrong.items() if 0 < count < 5]
    target = few[0] if few else int(wrong.idxmax())
    classes = read_class_set(store, info.run_id).classes
    query = urlencode({"model": info.run_id, "kind": "images", "class": classes[target]})
    said = read_first_screen(page, f"{dashboard}/compare?{query}", "Region size:")
    rows = known[known["true"] == target]
    correct = int((rows["class_1"] == target).sum())
    assert f'is right on {correct} of {len(rows)} images of "{classes[target]}"' in said
    if few:
        assert "too few images to say whether" in said


def test_do_maps_explain_the_errors_on_many_images(
    page: Page, dashboard: str, store: Store, planted_evaluations: list[EvaluationInfo]
) -> None:
    """One answer on the first screen, a line a network in its fold, and one image below."""
    infos, names = planted_evaluations, network_names(planted_evaluations)
    query = {"model": [i.run_id for i in infos], "image": 7, "level": "true"}
    address = f"{dashboard}/compare?{urlencode({**query, 'subject': 'all classes'}, doseq=True)}"
    said = read_first_screen(page, address, "On all classes")
    assert "where wrong" in said
    page.get_by_text("Network by network").click()
    for info in infos:
        known = read_predictions(store, info.run_id)
        missed = int((known["class_1"] != known["true"]).sum())
        line = f"{names[info.run_id]} misses {missed} of {len(known)} ("
        expect(page.get_by_text(line).first).to_be_visible()
    example = page.get_by_role("heading", name="For example, one image of").bounding_box()
    answer = page.get_by_text(f"{names[infos[0].run_id]} misses").first.bounding_box()
    assert example is not None
    assert answer is not None
    assert answer["y"] < example["y"]
