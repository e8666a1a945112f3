"""What a page saves: the figure that a notebook draws, and numbers that no spreadsheet runs."""

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.drawing.sheet import Cell, Sheet
from app.parts.report import name_report
from app.parts.saving import file_name, write_csv
from app.trust.table import result_frame
from pipelines.trust.results import AuditResult
from saliencnn import plot
from saliencnn.checks.grading import CheckResult, Outcome
from saliencnn.drawing.heat import rescale_one

RNG = np.random.default_rng(0)
IMAGE = (RNG.random((224, 224, 3)) * 255).astype(np.uint8)
MAPS = {name: RNG.random((7, 7)).astype(np.float32) for name in ("cam", "gradcam")}


def test_a_report_is_named_after_what_it_tells_of() -> None:
    name = name_report("../a bird\u202e, <b>resnet18", date(2026, 1, 2))
    assert name == "saliencnn-a-bird-b-resnet18-2026-01-02.html"


def test_a_page_and_a_notebook_draw_the_same_pixels() -> None:
    cells = [Cell(rescale_one(MAPS[name])) for name in MAPS]
    sheet = Sheet("A bird", IMAGE, [("", cells)], ["CAM", "Grad-CAM"], 0.5, 0.3)
    # A float image is what the network sees, as the page's is: nothing is cut from it.
    seen = np.moveaxis(IMAGE, 2, 0)[None] / np.float32(255)
    unit = type("Unit", (), {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)})()
    figure = plot(seen, MAPS, title="A bird", opacity=0.5, threshold=0.3, preprocess=unit)
    figure = replace(figure, original=IMAGE)  # a notebook shows its image anyway
    page, notebook = (np.asarray(one.image, int) for one in (sheet.draw(), figure))
    assert page.shape == notebook.shape
    assert abs(page - notebook).max() <= 1
    assert np.ptp(page) > 200


def test_a_figure_shows_what_the_table_shows() -> None:
    cells = [
        Cell(rescale_one(MAPS["cam"]), ("focus 0.62", "✓ 99% ani"), "ani", 0.99, True),
        Cell(None, note="not logged"),
        Cell(np.zeros((7, 7)), note=""),
    ]
    sheet = Sheet("t", IMAGE, [("CAM\nZhou 2016", cells)], ["epoch 1", "epoch 2", "epoch 3"])
    sheet = replace(sheet, caption="It looks at the ani.")
    svg = sheet.draw().svg
    assert svg.count("<use href='#image0'") == 2, "the image alone, and below its map"
    for text in (
        "looks at the ani",
        "CAM, Zhou",
        "epoch 2",
        "focus 0.62",
        "right: 99% ani",
        "not logged",
        "constant",
    ):
        assert text in svg
    chosen = sheet.draw([2]).svg
    assert "epoch 3" in chosen
    assert "epoch 1" not in chosen


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_becomes_a_formula(text: str) -> None:
    frame = pd.DataFrame({text: [text, 'ä, "b"'], "n": [-1.5, 2.0]}, index=[text, "plain"])
    rows = read(write_csv(frame.rename_axis("name")))
    safe = f"'{text}" if text.isprintable() else repr(text)[1:-1]
    assert rows[0] == ["name", safe, "n"]
    assert rows[1] == [safe, safe, "-1.5"], "numbers stay numbers"
    assert rows[2][1] == 'ä, "b"'


@pytest.mark.parametrize("text", ["../../etc/passwd", "a/b\\c\x00", "", "x" * 5000, "run · 1"])
def test_a_files_name_is_no_path(text: str) -> None:
    name = file_name(text)
    assert name
    assert len(name) <= 100
    assert Path(name).name == name
    assert not {*"./\\\x00"} & {*name}


def test_checks_have_a_row_for_each_method() -> None:
    result = CheckResult(Outcome.PASS, 0.9, 0.8, 0.95, 12)
    audited = AuditResult(np.ones(12), np.arange(12), result)
    frame = result_frame({"variance": {"cam": audited, "gradcam": audited}})
    assert frame["method"].tolist() == ["cam", "gradcam"]
    assert frame[["value", "low", "high", "images"]].iloc[0].tolist() == [0.9, 0.8, 0.95, 12]
