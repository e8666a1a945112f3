"""The Progression page: what it shows of known histories, and its links."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.parts.grids import View
from app.progression.film import Film, Reel, greatest_change, key_epochs, pack_film
from app.progression.tracks import merge_lines, track_frame
from app.progression.uploaded_image import cautions
from saliencnn.maps.examples import recommend
from saliencnn.maps.progression import EpochPrediction, MapHistory
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.images import read_index
from saliencnn.store.runs import RunInfo
from tests.helpers.sheets import sheets_of

Open = Callable[..., AppTest]
LEFT, RIGHT = (np.float32([[one, other]] * 8).repeat(4, axis=1) for one, other in ((1, 0), (0, 1)))
VIEW = View(("cam", "gradcam"), 0.6, 0.0, jointly=False)


def history(*maps: np.ndarray) -> MapHistory:
    """CAM and Grad-CAM with the same maps at epochs 1, 2, ..."""
    by_epoch = dict(enumerate(maps, start=1))
    focus = {epoch: float(found[:, :4].mean()) for epoch, found in by_epoch.items()}
    return MapHistory({"cam": by_epoch, "gradcam": by_epoch}, {"cam": focus, "gradcam": focus})


def reel(name: str, known: MapHistory, epochs: list[int], predicted: int = 0) -> Reel:
    said = {epoch: EpochPrediction(predicted, epoch / 10, 0.1) for epoch in epochs}
    return Reel(name, known, said, epochs)


def film(*reels: Reel, chosen: int = 4) -> Film:
    image = np.full((8, 8, 3), 9, np.uint8)
    return Film("run", image, "a.png", None, reels, ("ani", "auk"), 0, chosen)


def test_the_epochs_beside_the_chosen_one_are_those_where_something_changed() -> None:
    known = history(LEFT, LEFT, RIGHT, RIGHT, RIGHT, RIGHT)
    assert greatest_change(known, VIEW.methods) == 3
    known.focus.clear()
    assert greatest_change(known, VIEW.methods) == 3, "by similarity where no object is known"
    found = key_epochs(known, VIEW.methods, range(1, 7))
    assert [*found][:4] == [1, 6, 3, 2]
    assert found[3] == "after the greatest change"
    assert found[2] == "before the greatest change"


@pytest.mark.parametrize("count", [1, 2, 3, 30])
def test_key_epochs_of_few_and_of_many(count: int) -> None:
    found = key_epochs(MapHistory(), VIEW.methods, range(1, count + 1))
    assert {1, count} <= {*found} <= {*range(1, count + 1)}
    assert len(found) >= min(count, 5)


def test_a_film_has_every_epoch_and_says_what_each_predicts() -> None:
    packed = pack_film(film(reel("", history(LEFT, LEFT, RIGHT, RIGHT), [1, 2, 3, 4])), VIEW)
    assert packed["epochs"] == [1, 2, 3, 4]
    assert packed["chosen"] == 3
    assert packed["marks"] == [True] * 4
    assert [row["name"] for row in packed["rows"]] == ["CAM", "Grad-CAM"]
    assert all("values" in cell for row in packed["rows"] for cell in row["cells"])
    assert "(10% confidence)" in packed["said"][0][0], "the confidence is the epoch's own"
    assert "(40% confidence)" in packed["said"][3][0]


def test_two_runs_follow_one_epoch_and_what_one_lacks_is_said() -> None:
    first = reel("long", history(LEFT, LEFT, RIGHT, RIGHT), [1, 2, 3, 4])
    second = reel("short", history(RIGHT, RIGHT), [1, 2], predicted=1)
    packed = pack_film(film(first, second), VIEW)
    names = [row["name"] for row in packed["rows"]]
    assert names[:2] == ["CAM · long", "CAM · short"], "also where one stands alone, enlarged"
    lacking = packed["rows"][1]["cells"][3]
    assert lacking["note"] == "no epoch 4"
    assert "values" not in lacking
    assert packed["said"][3][1] == "short has no epoch 4."
    assert packed["predictions"] == [None] * 4, "a column has two: each cell says its own"


def test_lines_that_lie_on_each_other_are_one_with_all_names() -> None:
    known = reel("", history(LEFT, LEFT, RIGHT), [1, 2, 3])
    frame = track_frame([known], VIEW.methods, "focus")
    assert frame["method"].unique().tolist() == ["CAM = Grad-CAM"]
    assert frame["value"].tolist() == [1.0, 1.0, 0.0]
    similarity = track_frame([known], VIEW.methods, "similarity")
    assert similarity["epoch"].tolist() == [2, 3]
    assert similarity["value"].iloc[0] == pytest.approx(1)
    apart = merge_lines({"a": {1: 0.5}, "b": {1: 0.6}, "c": {1: 0.5, 2: 0.5}})
    assert [names for names, _ in apart] == [["a"], ["b"], ["c"]]


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((900, 3, 3), ["3 x 900", "0.3%", "3 pixels"]),
        ((40, 50, 3), ["40 pixels"]),
        ((300, 900, 3), ["900 x 300", "33.3%"]),
        ((224, 300, 3), []),
        ((2000, 3000, 3), []),
    ],
)
def test_a_distorted_or_tiny_upload_gets_a_caution(
    shape: tuple[int, ...], words: list[str]
) -> None:
    said = cautions(shape, 224)
    assert bool(said) == bool(words)
    assert all(word in " ".join(said) for word in words)


def open_class(open_page: Open, store: Store, run: RunInfo, **more: str) -> AppTest:
    app = open_page("progression", store, run=run.run_id, **more)
    assert not app.exception
    assert not app.error
    return app


def images_of(store: Store, run: RunInfo, name: str) -> dict[str, list[int]]:
    target = read_index(store, run.images_id).classes.index(name)
    cases = recommend(read_predictions(store, run.run_id, run.epoch), target)
    return {kind: [case.image for case in found] for kind, found in cases.items()}


def test_epoch_image_and_second_run_are_in_the_address(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    app = open_class(open_page, store, tiny_run)
    assert {*app.query_params} == {"run", "class"}, "what everybody sees first is left out"
    name = app.selectbox(key="class-choice").value
    images = images_of(store, tiny_run, name)
    kind, several = next((kind, found) for kind, found in images.items() if len(found) > 1)
    app.segmented_control(key="kind-choice").set_value(kind).run()
    app.button(key="kind-choice-Next image").click().run()
    assert app.query_params["image"] in (str(several[1]), [str(several[1])])
    link = {key: app.query_params[key] for key in app.query_params}
    again = open_page("progression", store, **{**link, "epoch": "2"})
    (shown,) = sheets_of(again)
    assert shown["alt"] == read_index(store, tiny_run.images_id).names[several[1]]
    assert shown["epochs"][shown["chosen"]] == 2
    assert again.segmented_control(key="kind-choice").value == kind
    assert not again.warning


@pytest.mark.parametrize("wrong", ["99", "0", "-1", "two", "1.5", "²"])
def test_an_epoch_that_is_not_there(
    open_page: Open, store: Store, tiny_run: RunInfo, wrong: str
) -> None:
    app = open_class(open_page, store, tiny_run, epoch=wrong, image=wrong)
    (found,) = (one.value for one in app.warning if "The link names" in one.value)
    assert f"epoch {wrong}" in found.replace("\\", "")
    (shown,) = sheets_of(app)
    assert shown["chosen"] == 2


def test_what_stands_out_in_a_class_heads_the_page(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    app = open_class(open_page, store, tiny_run)
    name = app.selectbox(key="class-choice").value
    images = images_of(store, tiny_run, name)
    right, missed = len(images["correct"]), len(images["missed"])
    assert f"{right} of {right + missed} images are recognized" in app.markdown[0].value
