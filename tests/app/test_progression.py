"""The Progression page: what it shows of known histories, and its links."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.parts.grids import View, draw_once
from app.progression.film import draw_figure, pack_film
from app.progression.key_epochs import greatest_change, key_epochs
from app.progression.other_networks import find_others
from app.progression.prediction import find_conviction, list_doubts
from app.progression.reel import Film, Reel
from app.progression.target import list_targets
from app.progression.tracks import find_covered, track_frame
from app.progression.upload_cautions import cautions, describe_cut
from app.reads import stored_runs
from pipelines.trust.audit import audit
from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.common.markdown import plain
from saliencnn.data.geometry import Geometry, validation_geometry
from saliencnn.maps.examples import recommend
from saliencnn.maps.history import EpochPrediction, MapHistory, UploadedImageHistory
from saliencnn.models.spec import DEEP
from saliencnn.store.artifacts import delete_folder, location_of
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.images import read_index
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import Verdict
from tests.helpers.golden import unpack
from tests.helpers.sheets import sheets_of
from tests.helpers.stores import copy_store

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
    assert key_epochs(known, VIEW.methods, range(1, 7))[3] == "its focus changed most"
    known.focus.clear()
    assert greatest_change(known, VIEW.methods) == 3, "by similarity where no object is known"
    found = key_epochs(known, VIEW.methods, range(1, 7))
    assert [*found][:4] == [1, 6, 3, 2]
    assert found[3] == "this map changed most"
    assert found[2] == "just before the change"


def test_epochs_without_maps_do_not_stand_beside_the_chosen_one() -> None:
    known = history(LEFT, LEFT, RIGHT, RIGHT)  # of epochs 3 to 6
    maps = {epoch + 2: one for epoch, one in known.maps["cam"].items()}
    logged = MapHistory({"gradcam": maps}, {})
    found = key_epochs(logged, VIEW.methods, range(1, 9))
    assert {*found} == {3, 4, 5, 6}
    assert (found[3], found[6]) == ("first with maps", "last with maps")
    assert found[5] == "this map changed most"


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


def test_methods_that_look_the_same_are_one_row_with_all_names(tiny_run: RunInfo) -> None:
    trust = {"cam": "✓ 2", "gradcam": "✓ 3"}
    known, view = history(LEFT, RIGHT), draw_once(replace(VIEW, trust=trust), [tiny_run])
    shown = film(reel("", known, [1, 2]), chosen=2)
    (row,) = pack_film(shown, view)["rows"]
    assert row["name"] == "CAM = Grad-CAM"
    assert row["details"][1:] == ["CAM: checks ✓ 2", "Grad-CAM: checks ✓ 3"]
    figure = draw_figure(shown, view)
    ((label, _),) = figure.rows
    assert figure.caption == " ".join(pack_film(shown, view)["said"][1]), "of the chosen epoch"
    assert label.startswith("CAM = Grad-CAM, ")
    assert track_frame(shown.reels, view, "focus")["method"].unique() == ["CAM = Grad-CAM"]
    deep = replace(tiny_run, stored_spec=replace(tiny_run.spec, head_kind=DEEP))
    assert draw_once(VIEW, [tiny_run, deep]) == VIEW, "drawn apart where they differ on one of two"


@pytest.mark.parametrize(
    ("target", "predicted", "said"),
    [
        (0, 0, '80% of its Grad-CAM map of "ani" lies on'),
        (0, 1, '80% of its Grad-CAM map of "ani" (the true class, drawn here) lies on'),
        (1, 1, '80% of its Grad-CAM map of "auk" (what it says, drawn here) lies on'),
        (None, 1, "80% of its Grad-CAM map lies on"),
    ],
)
def test_how_much_of_a_map_lies_on_the_object_says_of_which_class_it_is(
    target: int | None, predicted: int, said: str
) -> None:
    known = replace(history(LEFT), focus={"cam": {1: 0.8}, "gradcam": {1: 0.8}})
    shown = film(reel("", known, [1], predicted=predicted), chosen=1)
    told = pack_film(replace(shown, target=target), VIEW)["said"][0][0]
    assert said in told


def test_of_a_missed_image_the_map_of_the_class_it_says_is_told_where_that_was_logged() -> None:
    """As the sentence on all missed images is, by the same method."""
    focus = {1: 0.8, 2: 0.8}
    known = replace(history(LEFT, LEFT), focus={"cam": focus, "gradcam": focus})
    wrong = reel("", known, [1, 2], predicted=1)
    wrong.said.focus.update({"cam": {1: 0.2}, "gradcam": {1: 0.3}})
    shown = replace(film(wrong, chosen=1), target=0)
    (logged,), (lacking,) = pack_film(shown, VIEW)["said"]
    drawn = '80% of its Grad-CAM map of "ani" (the true class, drawn here) lies on the object'
    assert f'{drawn}, 30% of that of "auk" (what it says).' in logged
    assert f"{drawn}." in lacking
    (alone,) = pack_film(shown, replace(VIEW, methods=("cam",)))["said"][0]
    assert "80% of its CAM map" in alone
    assert '20% of that of "auk"' in alone, "nobody chose Grad-CAM"


def test_a_map_names_its_class_where_the_network_says_another_one() -> None:
    """Else the prediction below it would seem to be whose map it is."""
    known = replace(history(LEFT), focus={"cam": {1: 0.8}, "gradcam": {1: 0.8}})
    for predicted, whose in ((1, ["map of ani"]), (0, [])):
        shown = film(reel("", known, [1], predicted=predicted), chosen=1)
        (cell,) = pack_film(replace(shown, target=0), VIEW)["rows"][0]["cells"]
        assert cell["caption"] == [*whose, "focus 0.80"]


def test_the_next_likely_classes_of_an_own_image_are_told() -> None:
    for likely, more in ((0.3, ', then "auk" (30%)'), (0.004, "")):
        said = {1: EpochPrediction(0, 0.5, 0.1, ((1, likely),))}
        shown = film(Reel("", history(LEFT), said, [1]), chosen=1)
        assert f'"ani" (50% confidence){more}, which' in pack_film(shown, VIEW)["said"][0][0]


def test_a_map_of_an_own_image_says_where_it_lies() -> None:
    shown = replace(film(reel("", history(LEFT, RIGHT), [1, 2]), chosen=2), true=None)
    cells = pack_film(shown, VIEW)["rows"][0]["cells"]
    assert [cell["caption"][-1] for cell in cells] == [
        "lies in the left half",
        "lies in the right half",
    ]


def test_two_runs_follow_one_epoch_and_what_one_lacks_is_said() -> None:
    first = reel("long", history(LEFT, LEFT, RIGHT, RIGHT), [1, 2, 3, 4])
    second = reel("short", history(RIGHT, RIGHT), [1, 2], predicted=1)
    packed = pack_film(film(first, second), VIEW)
    names = [row["name"] for row in packed["rows"]]
    assert names[:2] == ["CAM · long", "CAM · short"], "also where one stands alone, enlarged"
    lacking = packed["rows"][1]["cells"][3]
    assert "epoch 2, its last" in lacking["caption"][0]
    assert lacking["values"] == packed["rows"][1]["cells"][1]["values"]
    assert packed["said"][3][1].startswith("At epoch 2, its last, short predicts")
    assert packed["predictions"] == [None] * 4, "a column has two: each cell says its own"


def test_a_figure_has_all_of_a_long_name() -> None:
    names = ["a-name-that-somebody-thought-about-" * 5, "another-one-that-is-as-long-" * 6]
    reels = [reel(name, history(LEFT, RIGHT), [1, 2]) for name in names]
    figure = draw_figure(film(*reels, chosen=2), VIEW)
    for name in names:
        assert any(name in label for label, _ in figure.rows)
        assert name in figure.caption


def test_lines_of_equal_numbers_keep_their_names_where_maps_are_not_one(tiny_run: RunInfo) -> None:
    known = reel("", history(LEFT, LEFT, RIGHT), [1, 2, 3])
    frame = track_frame([known], VIEW, "focus")
    assert frame["method"].unique().tolist() == ["CAM", "Grad-CAM"]
    assert frame["value"].tolist() == 2 * [1.0, 1.0, 0.0]
    assert find_covered(frame) == ["Grad-CAM"]
    one = track_frame([known], draw_once(VIEW, [tiny_run]), "focus")
    assert one["method"].unique().tolist() == ["CAM = Grad-CAM"], "their maps are one"
    assert not find_covered(one)
    similarity = track_frame([known], VIEW, "similarity")
    assert similarity["epoch"].tolist() == 2 * [2, 3]
    assert similarity["value"].iloc[0] == pytest.approx(1)
    rows = [("a", 1, 0.5), ("b", 1, 0.6), ("c", 1, 0.5), ("c", 2, 0.5)]
    assert find_covered(pd.DataFrame(rows, columns=frame.columns)) == []


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((900, 3, 3), ["3 x 900", "0.3%", "3 pixels"]),
        ((40, 50, 3), ["40 pixels"]),
        ((300, 900, 3), ["900 x 300", "26%"]),
        ((224, 300, 3), []),
        ((2000, 3000, 3), []),
        ((1000, 2000, 3), ["2,000 x 1,000", "38%"]),
    ],
)
def test_a_distorted_or_tiny_upload_gets_a_caution(
    shape: tuple[int, ...], words: list[str]
) -> None:
    said = cautions(shape, validation_geometry(224))
    assert bool(said) == bool(words)
    assert all(word in " ".join(said) for word in words)


def test_an_upload_that_is_seen_whole_is_not_said_to_be_cut() -> None:
    shape = (300, 900, 3)
    assert cautions(shape, validation_geometry(224, "pad")) == []
    assert describe_cut(shape, validation_geometry(224, "pad")) == ""
    assert describe_cut((224, 224, 3), validation_geometry(224)) == ""
    cut = describe_cut((400, 800, 3), validation_geometry(224))
    assert "28% of its width" in cut, "(800 - 400 * 224 / 256) / 800 / 2"
    assert "6% of its height" in cut
    seen = "38% of it"
    assert seen in cut, "(400 * 224 / 256) ** 2 / (400 * 800)"
    assert "38%" in " ".join(cautions((400, 800, 3), validation_geometry(224)))
    for geometry in (validation_geometry(224, "stretch"), Geometry(224, None, width=100)):
        (said,) = cautions(shape, geometry)
        assert "in other proportions" in said
    assert cautions(shape, Geometry(100, None, width=300)) == []


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
    assert "which are not here" in found, "the epoch and the image"
    (shown,) = sheets_of(app)
    assert shown["chosen"] == 2


def test_what_stands_out_in_a_class_heads_the_page(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    app = open_class(open_page, store, tiny_run)
    name = app.selectbox(key="class-choice").value
    images = images_of(store, tiny_run, name)
    right, missed = len(images["correct"]), len(images["missed"])
    of_all = [
        images_of(store, tiny_run, one) for one in read_index(store, tiny_run.images_id).classes
    ]
    counts = [(len(one["correct"]), len(one["missed"])) for one in of_all]
    rates = [done / (done + failed) for done, failed in counts if done + failed >= MIN_IMAGES]
    assert rates, "or nothing is tested"
    assert right / (right + missed) == min(rates), "the page opens at a class that does worst"
    assert f"{right} of {right + missed} images are recognized" in app.markdown[0].value


def test_where_it_looks_in_a_class_is_said_with_reserve_until_its_maps_are_checked(
    open_page: Open, store: Store, tiny_run: RunInfo, tmp_path: Path
) -> None:
    own = copy_store(store, tmp_path / "copy")
    delete_folder(own, location_of(own, tiny_run.run_id), "checks")
    reserved = []
    for epoch in (tiny_run.epoch - 1, tiny_run.epoch):
        reserved.append("unchecked maps" in open_class(open_page, own, tiny_run).markdown[0].value)
        audit(own, tiny_run, epoch, 2, ("gradcam",))
        stored_runs.forget_audits()
    reserved.append("unchecked maps" in open_class(open_page, own, tiny_run).markdown[0].value)
    assert reserved == [True, True, False], "of another epoch they say nothing"


def test_what_is_said_of_a_class_follows_the_chosen_method(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    def read_first(*methods: str) -> str:
        app = open_class(open_page, store, tiny_run, method=[*methods])
        return app.markdown[0].value.replace("\\", "")

    assert "SmoothGrad-CAM++ map of " in read_first("smoothgradcampp")
    own, _, _ = read_first("smoothgradcampp").partition("; over all classes by Grad-CAM ")
    assert "Grad-CAM" not in own.replace("SmoothGrad-CAM++", "")
    assert "SmoothGrad-CAM++ map" in read_first("layercam", "smoothgradcampp")
    both = read_first("smoothgradcampp", "gradcam")
    assert "the Grad-CAM map of " in both, "one method on all pages where it is among the chosen"
    assert "logged no maps" not in read_first("layercam", "smoothgradcampp")
    assert "logged no maps of LayerCAM" in read_first("layercam")


def test_missed_and_correct_images_lead_to_what_else_differs(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    classes = read_index(store, tiny_run.images_id).classes
    both = {
        name: bool(found["correct"] and found["missed"])
        for name in classes
        for found in [images_of(store, tiny_run, name)]
    }
    assert any(both.values())
    for name, leads in both.items():
        app = open_class(open_page, store, tiny_run, **{"class": name})
        links = [one for one in app.get("page_link") if one.proto.page.endswith("colours")]
        queries = [dict(parse_qsl(one.proto.query_string)) for one in links]
        wanted = {"run": tiny_run.run_id, "class": name, "method": "gradcam"}
        wanted["epoch"] = str(tiny_run.epoch)
        assert queries == ([wanted] if leads else [])


def find_confused(store: Store, run: RunInfo) -> tuple[str, str, list[int]]:
    """Return a true class, the other that its images are taken for, and these images."""
    rows = read_predictions(store, run.run_id, run.epoch)
    wrong = rows[rows["true"] != rows["predicted"]]
    classes = read_index(store, run.images_id).classes
    true, predicted = int(wrong["true"][0]), int(wrong["predicted"][0])
    images = rows["image"][(rows["true"] == true) & (rows["predicted"] == predicted)]
    return classes[true], classes[predicted], images.tolist()


def test_a_link_to_a_confused_pair_shows_its_images_alone(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    true, predicted, images = find_confused(store, tiny_run)
    link = {"class": predicted, "from": true}
    app = open_class(open_page, store, tiny_run, **link)
    first, *others = [plain(one.value) for one in app.markdown if "images" in one.value]
    assert f'"{true}" is taken for "{predicted}" in {len(images)} of' in first
    assert "are recognized" not in first, "what is said of the class is folded"
    assert any("are recognized" in one for one in others)
    if len(images) >= MIN_IMAGES:
        other = open_class(open_page, store, tiny_run, **link, method="smoothgradcampp")
        told = other.markdown[0].value.replace("\\", "")
        assert "SmoothGrad-CAM++ map of the predicted class" in told
    every = images_of(store, tiny_run, predicted)["false_positive"]
    kinds = app.segmented_control(key="kind-choice")
    assert kinds.value == "false_positive"
    assert f"{true} taken for it · {len(images)}" in [plain(one) for one in kinds.options]
    assert app.button(key="kind-choice-Next image").disabled == (len(images) == 1)
    app.button(key="kind-choice-all").click().run()
    assert f"False positive · {len(every)}" in app.segmented_control(key="kind-choice").options
    assert "from" not in app.query_params


def test_an_image_that_is_wrong_leads_to_the_maps_of_its_other_class_and_back(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    true, predicted, images = find_confused(store, tiny_run)
    app = open_class(open_page, store, tiny_run, **{"class": true, "image": str(images[0])})
    assert app.segmented_control(key="kind-choice").value == "missed"
    shown = sheets_of(app)[0]["alt"]
    for name, kind in ((predicted, "false_positive"), (true, "missed")):
        assert name in app.button(key="other-class").label
        app.button(key="other-class").click().run()
        assert app.selectbox(key="class-choice").value == name
        assert app.segmented_control(key="kind-choice").value == kind
        assert sheets_of(app)[0]["alt"] == shown
    right = images_of(store, tiny_run, true)["correct"] or [None]
    if right[0] is not None:
        app = open_class(open_page, store, tiny_run, **{"class": true, "image": str(right[0])})
        assert not [one for one in app.button if one.key == "other-class"]


def test_the_second_run_of_a_link_stands_beside_the_first(open_page: Open, tmp_path: Path) -> None:
    golden = unpack(tmp_path)
    both = [golden.run(name).run_id for name in ("golden", "golden-randomized")]
    app = open_page("progression", golden.store, run=both)
    assert app.selectbox(key="run-choice").value == both[0]
    assert app.selectbox(key="beside-choice").value == both[1]
    assert not [one for one in app.warning if "The link names" in one.value]


def test_an_image_of_ones_own_says_which_network_explains_it(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    app = open_page("progression", store, run=tiny_run.run_id, images="own")
    assert not app.exception
    said = [
        one.value.replace("\\", "")
        for one in app.markdown
        if "answers any image with one of" in one.value
    ]
    assert len(said) == 1
    assert tiny_run.name in said[0]


def test_what_speaks_against_an_answer_is_of_the_network_or_of_that_class(
    store: Store, tiny_run: RunInfo
) -> None:
    convicted = replace(tiny_run, conviction="reads colours", beside='"plain" and "capped"')
    assert find_conviction(convicted) == "reads colours"
    accepted = Verdict("accepted", "", "Ann", "2026-01-01T00:00:00+00:00")
    assert find_conviction(replace(convicted, verdicts=(accepted,))) == ""
    told = list_doubts(store, convicted, 2, VIEW)
    assert not any('"plain"' in one for one in told), "another class says nothing of this answer"
    assert not any("reads colours" in one for one in told), "that decides, and is said once"
    assert all('in images of "masked" ' in one for one in told)


def test_networks_that_know_other_classes_are_offered(tiny_run: RunInfo) -> None:
    """Of each other image set the one to take, and none of this one's."""
    birds = replace(tiny_run, run_id="b", images_id="birds")
    worse = replace(birds, run_id="w", metrics=dict.fromkeys(birds.metrics, 0.01))
    again = replace(tiny_run, run_id="again")
    assert find_others(tiny_run, [again, worse, birds, tiny_run]) == [birds]
    assert find_others(tiny_run, [again, tiny_run]) == []


@pytest.mark.parametrize(
    ("target", "chosen", "offered"),
    [(3, 3, [3, 1, 2]), (3, 7, [3, 1, 2, 7]), (1, 2, [3, 1, 2]), (7, 7, [3, 1, 2, 7])],
)
def test_each_class_that_an_own_image_may_be_explained_for_is_offered_once(
    target: int, chosen: int, offered: list[int]
) -> None:
    """Beside the answer those that are likely then, also where another class is explained."""
    known = EpochPrediction(3, 0.8, 0.8, ((1, 0.1), (2, 0.05)))
    history = MapHistory(predictions={1: EpochPrediction(9, 0.5, 0.5), 2: known})
    found = UploadedImageHistory(history, np.zeros((2, 2, 3), np.uint8), target, None)
    assert list_targets(found, chosen) == offered
