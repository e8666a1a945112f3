"""The two use cases of the VAC-CNN paper, on real networks and images, in a real browser."""

import re
import shutil
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from pipelines.evaluation.run import Task, evaluate
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_files import read_by_class, read_class_set, read_predictions
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import read_evaluation
from tests.browser.waiting import settle, visit

expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def birds(
    store: Store, test_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> EvaluationInfo:
    """The 965-species network on the CUB images of species that it knows."""
    weights = test_data / "weights" / "mobilenet_v2-inat-birds-965.safetensors"
    task = Task(
        models=[f"mobilenet_v2@{weights}"],
        images=f"cub200:{test_data / 'cub10'}",
        limit=84,
        work=tmp_path_factory.mktemp("work"),
    )
    outcome = evaluate(store, task)
    assert not outcome.failures
    return read_evaluation(store, outcome.evaluated[0])


@pytest.fixture(scope="module")
def imagenet(
    store: Store, test_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[EvaluationInfo]:
    """Three networks on a few images of ImageNet."""
    folder = tmp_path_factory.mktemp("few")
    rows = [line.split() for line in (test_data / "imagenet-val/labels.txt").open()]
    chosen = [row for row in rows if row[1] in ("323", "143")]
    for name, _ in chosen:
        shutil.copy(test_data / "imagenet-val" / "images" / name, folder)
    (folder / "labels.txt").write_text("\n".join(" ".join(row) for row in chosen))
    files = {
        "mobilenet_v2": "mobilenet_v2-imagenet.safetensors",
        "squeezenet1_1": "squeezenet1_1-imagenet.safetensors",
        "squeezenet1_0": "squeezenet1_0-imagenet.pth",
    }
    task = Task(
        models=[f"{arch}@{test_data / 'weights' / file}" for arch, file in files.items()],
        images=str(folder),
        resize=None,
        work=tmp_path_factory.mktemp("work"),
    )
    outcome = evaluate(store, task)
    assert not outcome.failures
    return [read_evaluation(store, run_id) for run_id in outcome.evaluated]


def assert_no_error(page: Page) -> None:
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    expect(page.locator("[data-testid=stAlertContentError]")).to_have_count(0)


def test_several_models_one_class_one_image(
    page: Page, dashboard: str, store: Store, imagenet: list[EvaluationInfo]
) -> None:
    names = read_class_set(store, imagenet[0].run_id).classes
    known = read_predictions(store, imagenet[0].run_id)
    query = {
        "model": [info.run_id for info in imagenet],
        "kind": "image",
        "class": names[323],
        "image": int(known["image"][known["true"] == 323].iloc[0]),
        "method": "gradcam",
        "rule": "ssim",
    }
    visit(page, f"{dashboard}/compare?{urlencode(query, doseq=True)}")
    expect(page.get_by_text('All maps explain "monarch butterfly"')).to_be_visible()
    # A row for each network below the header.
    table = page.locator(".st-key-explanations [role=grid]")
    page.locator(".st-key-explanations").scroll_into_view_if_needed()
    expect(table).to_have_attribute("aria-rowcount", "4")
    expect(page.get_by_role("heading", name="Similarity of the maps")).to_be_visible()
    matrix = page.locator(".st-key-matrix-gradcam-ssim svg.marks")
    expect(matrix.get_by_text("1.00")).to_have_count(3)
    shown = matrix.locator("text").all_text_contents()
    numbers = [float(text) for text in shown if re.fullmatch(r"-?[01]\.\d\d", text)]
    values = np.array(numbers).reshape(3, 3)
    assert (np.diag(values) == 1).all()
    assert (values[~np.eye(3, dtype=bool)] < 1).all()
    assert (values == values.T).all()
    assert_no_error(page)


def test_one_model_a_bird_class_and_its_colours(
    page: Page, dashboard: str, store: Store, birds: EvaluationInfo
) -> None:
    table = read_by_class(store, birds.run_id)
    found = table["accuracy"].to_numpy() * table["images"].to_numpy()
    enough = (found >= MIN_GROUP) & (table["images"].to_numpy() - found >= MIN_GROUP)
    mixed = int(np.flatnonzero(enough)[0])
    name = read_class_set(store, birds.run_id).classes[mixed]
    known = read_predictions(store, birds.run_id)
    of_class = known[known["true"] == mixed]
    right = int((of_class["class_1"] == mixed).sum())
    query = urlencode({"run": birds.run_id, "class": name, "method": "smoothgradcampp"})
    visit(page, f"{dashboard}/colours?{query}")
    expect(page.get_by_text("its SmoothGrad-CAM++ maps")).to_be_visible()
    for label, count in (("Correct", right), ("Missed", len(of_class) - right)):
        assert count > 0
        tab = page.get_by_role("tab", name=label, exact=True)
        tab.click()
        shown = page.locator("[role=tabpanel]:visible .colours tbody tr")
        expect(shown).to_have_count(min(count, 6))
        # Three channels an image, and each has been drawn.
        histograms = page.locator("[role=tabpanel]:visible .colours img.histogram")
        expect(histograms).to_have_count(3 * min(count, 6))
        settle(page)
        widths = histograms.evaluate_all("all => all.map(image => image.naturalWidth)")
        assert min(widths) > 0
    expect(page.get_by_text("permutation test of the mean histograms")).to_be_visible()
    # Another colour space draws other channels, and the person stays among the missed ones.
    page.get_by_role("radio", name="HSV").click()
    expect(page.locator("[role=tabpanel]:visible .colours th", has_text="hue")).to_be_visible()
    expect(page.get_by_role("tab", name=re.compile("Missed"))).to_have_attribute(
        "aria-selected", "true"
    )
    assert_no_error(page)


def test_a_computation_is_stopped(page: Page, dashboard: str, birds: EvaluationInfo) -> None:
    query = urlencode({"run": birds.run_id, "method": "integrated_gradients"})
    page.goto(f"{dashboard}/colours?{query}")
    page.locator("[class*='st-key-stop-maps-'] button").click()
    expect(page.get_by_text("You stopped the computation")).to_be_visible()
    expect(page.get_by_role("button", name="Compute them")).to_be_visible()
    expect(page.get_by_role("tab", name=re.compile("Correct"))).to_be_visible()
    assert_no_error(page)
