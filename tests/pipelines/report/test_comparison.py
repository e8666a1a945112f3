"""The report of a comparison and of colours: what they say agrees with what was measured."""

from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.cli.main import main
from pipelines.comparison.gather import read_group
from pipelines.comparison.groups import Group
from pipelines.comparison.task import Task, task_to_query
from pipelines.comparison.view import View
from pipelines.report.cases import MAX_CELLS
from pipelines.report.colours import SeenColours, SeenImage, render_colours
from pipelines.report.compared import render_comparison
from pipelines.report.comparison import Comparison, read_comparison
from pipelines.report.make import make_saved
from saliencnn.common.errors import UserError
from saliencnn.drawing.colour_histograms import HistogramRow
from saliencnn.store.evaluation_files import read_predictions
from saliencnn.store.evaluations import list_evaluations
from saliencnn.store.saved_tasks import save_task
from tests.helpers.golden import Golden, unpack
from tests.helpers.report import HOSTILE, content_of


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Golden:
    """The golden store, in which two epochs of a run are evaluated."""
    return unpack(tmp_path_factory.mktemp("comparison"))


@pytest.fixture(scope="module")
def group(golden: Golden) -> Group:
    return read_group(golden.store, [info.run_id for info in list_evaluations(golden.store)])


@pytest.fixture(scope="module")
def task(group: Group) -> Task:
    """Both networks on the first image."""
    return Task(group.run_ids, "image", (0, 1), 0, ("gradcam", "cam"))


@pytest.fixture(scope="module")
def comparison(golden: Golden, group: Group, task: Task) -> Comparison:
    return read_comparison(golden.store, group, task, View())


def test_maps_and_predictions_are_the_stores(golden: Golden, comparison: Comparison) -> None:
    (case,) = content_of(render_comparison(comparison))["maps"]["classes"][0]["cases"]
    assert len(case["columns"]) == len(comparison.rows) == 2
    classes = comparison.group.class_set.classes
    for place, (column, row) in enumerate(zip(case["columns"], comparison.rows, strict=True)):
        known = read_predictions(golden.store, row.request.info.run_id).iloc[row.request.image]
        assert column["predictions"]["1"]["class"] == classes[int(known["class_1"])]
        assert {*column["methods"]} == {"gradcam", "cam"}
        for method, packed in column["methods"].items():
            saliency = comparison.maps[place, method]
            fractions = np.frombuffer(b64decode(packed["data"]), "<f2").astype(np.float32)
            drawn = fractions.reshape(saliency.shape) * packed["scales"][0]
            assert np.abs(drawn - saliency).max() <= np.abs(saliency).max() / 1000


def test_it_says_what_was_measured(comparison: Comparison) -> None:
    document = render_comparison(comparison)
    for info in comparison.group.models:
        assert f"{info.metrics['top1']:.1%} of 24 images" in document
        assert info.model_digest in document
    for measured in comparison.numbers["gradcam"]:
        assert measured.region_size is not None
        assert f">{measured.region_size:.0%}<" in document
    charts = [chart["place"] for chart in content_of(document)["charts"]]
    assert charts == ["good", "alike", "alike", "classes"]


def test_the_answer_says_how_similar_the_maps_are(comparison: Comparison) -> None:
    alike = comparison.alike["gradcam"]
    similarity = float(alike.matrix[0, 1])
    said = f"{alike.measure.describe(similarity)} (SSIM {similarity:.2f})"
    assert alike.describe_range() == said
    assert said in " ".join(one.sentence for one in comparison.told)
    three = np.array([[1, 0.6, np.nan], [0.6, 1, 0.85], [np.nan, 0.85, 1]])
    more = replace(alike, names=("a", "b", "c"), matrix=three)
    assert more.describe_range() == "from partly alike (SSIM 0.60) to alike (0.85)"
    near = replace(more, matrix=np.where(three == 0.6, 0.84, three))
    assert near.describe_range() == "alike (SSIM 0.84 to 0.85)"
    apart = replace(more, rule="mse", matrix=np.where(three == 1, 0, three) / 5)
    assert apart.describe_range() == "hardly alike (MSE 0.17 to 0.12)"


def test_a_rejected_network_is_there_where_it_is_named(golden: Golden, group: Group) -> None:
    accepted, rejected = group.run_ids
    assert group.standings == {accepted: "accepted", rejected: "rejected"}
    assert read_group(golden.store, [accepted]).run_ids == (accepted,)
    assert read_group(golden.store, [rejected]).run_ids == group.run_ids
    with pytest.raises(UserError, match="none of the networks"):
        read_group(golden.store, ["f" * 32])


@pytest.mark.parametrize("kind", ["classes", "images"])
def test_one_network_is_shown_on_many_images(golden: Golden, group: Group, kind: str) -> None:
    classes = (0, 1) if kind == "classes" else (0,)
    one = read_comparison(golden.store, group, Task(group.run_ids[:1], kind, classes), View())
    (case,) = content_of(render_comparison(one))["maps"]["classes"][0]["cases"]
    assert len(case["columns"]) == len(one.rows) > 1
    assert len({column["source"] for column in case["columns"]}) == len(one.rows)


def test_networks_are_reported_without_a_task(golden: Golden, group: Group) -> None:
    told = read_comparison(golden.store, group, Task(), View())
    assert told.name == "2 networks on 24 images"
    content = content_of(render_comparison(told))
    assert content["maps"] is None
    assert [chart["place"] for chart in content["charts"]] == ["good"]


def test_hostile_names_stay_texts(comparison: Comparison) -> None:
    group = comparison.group
    class_set = replace(group.class_set, classes=(HOSTILE, *group.class_set.classes[1:]))
    models = tuple(replace(info, model=f"{HOSTILE} {info.run_id}") for info in group.models)
    rows = tuple(replace(row, network=HOSTILE, image=HOSTILE, true=0) for row in comparison.rows)
    changed = replace(group, models=models, class_set=class_set)
    hostile = replace(comparison, name=HOSTILE, group=changed, rows=rows, notes=(HOSTILE,))
    document = render_comparison(hostile)
    assert "<img src=x" not in document
    assert content_of(document)["maps"]["classes"][0]["cases"][0]["columns"][0]["name"] == HOSTILE


def test_a_saved_task_becomes_a_report(
    golden: Golden, group: Group, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    save_task(golden.store, "both epochs", task_to_query(task, group.offered))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", golden.store.uri)
    target = tmp_path / "task.html"
    assert main(["report", "--task", "both epochs", "-o", str(target)]) == 0
    assert len(content_of(target.read_text())["maps"]["classes"][0]["cases"][0]["columns"]) == 2
    assert "report-with-both-epochs.html" in capsys.readouterr().out
    with pytest.raises(UserError, match="both epochs"):
        make_saved(golden.store, "neither")
    assert main(["report", "-o", str(target)]) == 2
    assert main(["report", "f" * 32, "--task", "both epochs"]) == 2


def see(name: str) -> SeenColours:
    """Return colours of one image of a class, whose every text is a name."""
    bins = np.full((3, 8), 1 / 8)
    row = HistogramRow("data:,", "data:,", bins, bins, name, (name,))
    saliency = np.array([[0.0, 1.0], [0.5, 0.25]], np.float32)
    image = SeenImage(np.zeros((8, 8, 3), np.uint8), saliency, name, 0.5, True, row)
    table = pd.DataFrame({"number": [name], "in words": [name]})
    return SeenColours(
        name, name, name, "gradcam", {name: name}, f"all of {name}", [image], (), "RGB",
        {"correct (1)": bins, "whole images": bins}, name, table,
    )  # fmt: skip


def test_colours_are_told() -> None:
    content = content_of(render_colours(see("capped")))
    (column,) = content["maps"]["classes"][0]["cases"][0]["columns"]
    packed = column["methods"]["gradcam"]
    assert np.frombuffer(b64decode(packed["data"]), "<f2").tolist() == [0, 1, 0.5, 0.25]
    assert [chart["place"] for chart in content["charts"]] == ["means"] * 3
    assert "&#34;capped&#34;: all of capped." in render_colours(see("capped"))


def test_hostile_texts_stay_texts_among_colours() -> None:
    assert "<img src=x" not in render_colours(see(HOSTILE))


def test_maps_of_too_many_cells_leave_no_dead_controls() -> None:
    seen = see("capped")
    fine = replace(seen.images[0], saliency=np.zeros((MAX_CELLS + 1, 4), np.float32))
    assert 'id="controls"' in render_colours(seen)
    document = render_colours(replace(seen, images=[fine]))
    assert 'id="controls"' not in document
    assert content_of(document)["maps"] is None
