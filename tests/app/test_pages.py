"""The pages as Streamlit runs them, over a real store."""

import gc
import io
import json
import queue
import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.parts.missed import can_compare
from app.parts.works import check_key
from app.progression.uploaded_image import KEPT
from pipelines.review.decisions import decide
from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.encode import encode_png
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.leaks import Leaks, Twins
from saliencnn.data.planted import render_planted
from saliencnn.maps.history import UploadedImageHistory
from saliencnn.store.checkpoints import kept_epochs, read_checkpoint, write_checkpoint
from saliencnn.store.connection import Store
from saliencnn.store.images import read_all_images, read_index
from saliencnn.store.registry import registered_epochs
from saliencnn.store.runs import (
    RunInfo,
    finish_run,
    note_sentences,
    read_facts,
    read_run,
    start_run,
)
from saliencnn.store.skipped import write_skipped
from saliencnn.store.training_images import write_leaks
from tests.helpers.ani_run import plant_ani_run
from tests.helpers.images import save_folder_set
from tests.helpers.records import SMALLGAP
from tests.helpers.sheets import sheets_of
from tests.helpers.stores import new_store
from tests.helpers.views import plain_texts, texts, view
from tests.helpers.working import press_and_wait

TINY = "planted:train=32,validation=16,counterfactual=0,size=48"
BRIEF = Hyperparameters(epochs=2, batch_size=16)
Open = Callable[..., AppTest]


def assert_sound(app: AppTest) -> None:
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", ["overview", "progression", "trust"])
def test_an_empty_store_says_what_to_run(page: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page(page, new_store(tmp_path))
    assert_sound(app)
    assert "make demo" in texts(app)


def test_a_store_that_cannot_be_opened_is_one_sentence(
    open_page: Open, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"this is no database" * 100)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    st.cache_resource.clear()
    app = view("overview").run()
    assert not app.exception
    assert len(app.error) == 1
    assert "cannot be opened" in app.error[0].value


def test_the_browsers_default_is_what_the_address_asks_for(
    open_page: Open, store: Store, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    """Whoever clicks while the page loads sends the default back as if it were their choice."""
    for run in (tiny_run, seeded_run):
        app = open_page("progression", store, run=run.run_id, **{"class": "barred"})
        for key, wanted in (("run-choice", run.run_id), ("class-choice", "barred")):
            box = app.selectbox(key=key)
            assert box.value == wanted
            assert box.proto.options[box.proto.default] == box.format_func(wanted)
        chosen = open_page("overview", store, run=run.run_id).multiselect(key="runs-choice")
        assert [chosen.proto.options[place] for place in chosen.proto.default] == [
            chosen.format_func(run.run_id)
        ]


def test_overview_shows_the_runs_numbers(open_page: Open, store: Store, tiny_run: RunInfo) -> None:
    app = open_page("overview", store, run=tiny_run.run_id)
    assert_sound(app)
    shown = {metric.label: metric.value for metric in app.metric}
    best = f"{tiny_run.metrics['best_val_accuracy']:.1%}"
    assert shown.get("Best accuracy", shown["Validation accuracy"]) == best
    assert shown["Focus"] == f"{tiny_run.metrics['focus']:.2f}"
    fills = [one.mean() for one in read_all_images(store, tiny_run.images_id).regions("object")]
    assert f"(by chance {np.mean(fills):.2f}:" in texts(app)
    without = tiny_run.metrics["counterfactual_accuracy"]
    assert shown["Accuracy without the shortcut"] == f"{without:.1%}"
    assert "epoch 3 of 3" in texts(app)
    assert "mlflow ui --backend-store-uri sqlite:///mlflow.db" in texts(app)
    assert str(store.database.parent) not in texts(app)


def test_a_run_on_a_server_is_linked_to_its_page_in_mlflow(
    open_page: Open, server_store: Store
) -> None:
    facts = {"data": "x", "image_set": "x", "images": "", "arch": "resnet18", "weights": "none"}
    run_id = start_run(server_store, "served", Hyperparameters().as_dict(), **facts)
    app = open_page("overview", server_store, run=run_id)
    assert_sound(app)
    page = f"{server_store.uri}/#/experiments/{server_store.runs}/runs/{run_id}"
    assert f"[open in MLflow]({page}?workflowType=machine_learning)" in texts(app)


def test_overview_asks_whether_missed_images_differ_where_that_can_be_told(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    images = pd.DataFrame({"recall": [0.5, 0.5, 0.9, 0.1, 5 / 14], "images": [10, 9, 40, 40, 14]})
    assert can_compare(images).tolist() == [True, False, False, False, True]
    app = open_page("overview", store, run=tiny_run.run_id)
    assert "Most missed classes:" in texts(app)
    links = [one.proto.page for one in app.get("page_link")]
    assert not [one for one in links if one.endswith("colours")], "of six images each"


def test_overview_leads_to_whether_missed_images_differ(open_page: Open, tmp_path: Path) -> None:
    own = new_store(tmp_path)
    run = plant_ani_run(own)
    app = open_page("overview", own, run=run.run_id)
    links = [one.proto for one in app.get("page_link") if one.proto.page.endswith("colours")]
    asked = [one for one in links if "differ in what is looked at?" in one.label]
    assert [parse_qs(one.query_string)["class"] for one in asked] == [["Groove billed Ani"]]


def test_overview_says_at_its_top_how_a_class_is_and_leads_there(
    open_page: Open, tmp_path: Path
) -> None:
    own = new_store(tmp_path)
    run = plant_ani_run(own)
    app = open_page("overview", own, run=run.run_id)
    key, name = "overview-class", "Groove billed Ani"
    assert app.selectbox(key=key).value == ""
    assert "is right on" not in texts(app)
    app.selectbox(key=key).set_value(name).run()
    assert_sound(app)
    assert app.query_params["class"] in (name, [name])
    said = plain_texts(app)
    assert f'It is right on 16 of 30 images (53.3%) of "{name}"' in said
    assert 'taken for "Brewer Blackbird" (13) and "Baltimore Oriole" (1).' in said
    first, *links = [one.proto for one in app.get("page_link")][:4]
    assert first.label == "Try longer training", "the one next step comes first"
    pages = [one.page.split("/")[-1] for one in (first, *links)]
    assert pages == ["retrain", "progression", "trust", "colours"]
    assert [parse_qs(one.query_string).get("class") for one in links] == [[name], None, [name]]
    assert said.lower().count("judging by") == 1, "on all of the page"
    linked = open_page("overview", own, run=run.run_id, **{"class": name})
    assert linked.selectbox(key=key).value == name
    pair = {"class": "Brewer Blackbird", "from": name}
    assert open_page("overview", own, run=run.run_id, **pair).selectbox(key=key).value == ""


def test_overview_finds_a_class(open_page: Open, store: Store, tiny_run: RunInfo) -> None:
    app = open_page("overview", store, run=tiny_run.run_id)
    app.text_input(key="find").set_value("CAP").run()
    assert_sound(app)
    tables = [frame.value for frame in app.dataframe if "precision" in frame.value.columns]
    assert list(tables[0]["class"]) == ["capped"]


def test_overview_of_two_runs_puts_what_differs_first(
    open_page: Open, store: Store, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    app = open_page("overview", store, run=[tiny_run.run_id, seeded_run.run_id])
    assert_sound(app)
    table = next(f.value for f in app.dataframe if "meaning" in f.value.columns)
    differing = list(table.index[table["differs"] == "yes"])
    assert differing == list(table.index[: len(differing)])
    assert {"epochs", "seed"} <= set(differing)
    assert "learning_rate" not in differing


def test_a_failed_run_says_why(open_page: Open, store: Store) -> None:
    facts = {"data": "x", "image_set": "x", "images": "", "arch": "resnet18", "weights": "none"}
    run_id = start_run(store, "broken", Hyperparameters().as_dict(), image_size="96", **facts)
    finish_run(store, run_id, "FAILED", "The loss became nan in epoch 1.")
    for page in ("overview", "progression", "trust"):
        app = open_page(page, store, run=run_id)
        assert_sound(app)
        if page == "overview":
            assert "The loss became nan" in texts(app)
        assert "first" in texts(app)


def test_all_skipped_images_are_listed(open_page: Open, store: Store) -> None:
    facts = {"data": "x", "image_set": "x", "images": "", "arch": "resnet18", "weights": "none"}
    run_id = start_run(store, "damaged", Hyperparameters().as_dict(), **facts)
    names = [f"a/{number}.jpg" for number in range(7)]
    write_skipped(store, run_id, "validation", names)
    app = open_page("overview", store, run=run_id)
    assert_sound(app)
    table = next(f.value for f in app.dataframe if "image" in f.value.columns)
    assert table["image"].tolist() == names
    assert set(table["split"]) == {"validation"}


def test_images_that_are_there_twice_are_listed(open_page: Open, store: Store) -> None:
    facts = {"data": "x", "image_set": "x", "images": "", "arch": "resnet18", "weights": "none"}
    run_id = start_run(store, "leaking", Hyperparameters().as_dict(), **facts)
    pixels = np.zeros((4, 4, 3), np.uint8)
    samples = (Sample("=a.jpg", 0, pixels), Sample("b.jpg", 1, pixels))
    image_set = ImageSet("pets", ("cat", "*dog*"), samples[:1], samples[1:])
    leaks = Leaks(image_set, (Twins("nearly identical", 0, 1, 7),))
    write_leaks(store, run_id, leaks)
    note_sentences(store, run_id, leaks.notes)
    app = open_page("overview", store, run=run_id)
    assert_sound(app)
    assert "1 of 1 validation images are among the training images" in texts(app)
    table = next(f.value for f in app.dataframe if "similarity" in f.value.columns)
    pair = ["=a.jpg", "training", "cat", "b.jpg", "validation", "*dog*"]
    assert table.to_numpy().tolist() == [["nearly identical", *pair, "7"]]


def test_what_can_no_longer_be_explained_or_checked_is_named(open_page: Open, store: Store) -> None:
    request = Request(TINY, image_size=48, hyperparameters=BRIEF, keep="last")
    run_id = train(store, request)
    app = open_page("trust", store, run=run_id)
    assert_sound(app)
    assert "Without a checkpoint nothing can be checked at epochs 1 (--keep last)." in texts(app)
    app = open_page("progression", store, run=run_id)
    app.multiselect(key="methods").set_value(["gradcam", "gradient"]).run()
    assert_sound(app)
    assert "not logged at epochs 1, and no checkpoint was kept there (--keep last)" in texts(app)
    pixels = np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    app = upload(app, "own.png", encode_png(pixels))
    assert_sound(app)
    assert "There are no maps at epochs 1: no checkpoint was kept there (--keep last)." in texts(
        app
    )


def test_a_checkpoint_of_an_epoch_that_was_never_completed_is_not_offered(
    open_page: Open, store: Store
) -> None:
    """As a process leaves it that is killed while it delivers its second epoch."""
    run_id = train(store, Request(TINY, image_size=48, hyperparameters=BRIEF))
    state = read_checkpoint(store, kept_epochs(store, run_id)[2])
    write_checkpoint(store, run_id, 3, state, SMALLGAP)
    app = open_page("trust", store, run=run_id)
    assert_sound(app)
    assert app.select_slider[0].value == 2


def test_a_choice_made_while_an_epoch_ends_is_not_lost(open_page: Open, store: Store) -> None:
    """The click reaches the page when its slider already has another end."""
    asked, complete, go_on = queue.Queue[str](), threading.Semaphore(0), threading.Semaphore(0)

    def wait_after_each_epoch(finished: FinishedEpoch) -> None:
        asked.put(finished.run_id)
        complete.release()
        assert go_on.acquire(timeout=60)

    data = "planted:train=32,validation=16,counterfactual=0,size=48"
    request = Request(data=data, image_size=48, hyperparameters=Hyperparameters(epochs=5))
    trainer = threading.Thread(
        target=train, args=(store, request), kwargs={"on_epoch": wait_after_each_epoch}
    )
    trainer.start()
    for _ in range(3):
        assert complete.acquire(timeout=60)
        go_on.release()
    assert complete.acquire(timeout=60)
    run_id = asked.get()
    film, newest = (
        open_page("progression", store, run=run_id, **more) for more in ({"epoch": "2"}, {})
    )
    assert (chosen_epoch(film), chosen_epoch(newest)) == (2, 4)
    app = open_page("overview", store, run=run_id)
    assert app.select_slider[0].value == "newest"
    app.select_slider[0].set_value(2)
    go_on.release()
    assert complete.acquire(timeout=60)
    st.cache_data.clear()
    st.cache_resource.clear()
    app.run()
    assert_sound(app)
    assert (app.select_slider[0].value, app.select_slider[0].options[-2]) == (2, "4")
    film.run()
    newest.run()
    assert (chosen_epoch(film), chosen_epoch(newest)) == (2, 5)
    app.select_slider[0].set_value("newest").run()
    go_on.release()
    trainer.join(60)
    st.cache_data.clear()
    st.cache_resource.clear()
    app.run()
    assert app.select_slider[0].value == 5, "an ended run's newest epoch is a number"


def chosen_epoch(app: AppTest) -> int:
    (film,) = sheets_of(app)
    return int(film["epochs"][film["chosen"]])


@pytest.fixture(scope="module")
def lone_run(store: Store) -> RunInfo:
    """A run whose images no other run has, so none of random labels either."""
    data = "planted:train=160,validation=48,counterfactual=16,size=48,shortcut=0.98,seed=77"
    hyperparameters = Hyperparameters(epochs=3, batch_size=32)
    request = Request(data, image_size=48, hyperparameters=hyperparameters, name="lone")
    return read_run(store, train(store, request))


def test_trust_fills_its_table_and_keeps_it(
    open_page: Open, store: Store, lone_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.trust.run_check.AUDITED_METHODS", ("gradcam", "gradxinput"))
    monkeypatch.setattr("app.parts.map_checks.IMAGE_COUNTS", (6,))
    app = open_page("trust", store, run=lone_run.run_id)
    assert_sound(app)
    assert "Nobody has checked" in texts(app)
    app.selectbox(key="trust-images").set_value(6).run()
    press_and_wait(app, "trust-check-all", check_key(lone_run, lone_run.epoch))
    assert_sound(app)
    table = app.dataframe[0].value
    marks, names = zip(*(label.split(" ", 1) for label in table.index), strict=True)
    assert names == ("Grad-CAM", "Gradient x input")
    assert marks[1] == "✗", "one failure is enough against a method"
    assert table["Variance"].iloc[0] == "✓ 1.00"
    assert "✗" in table["Variance"].iloc[1]
    assert set(table["Labels"]) == {"–"}
    progression = open_page("progression", store, run=lone_run.run_id)
    assert "how many sanity checks it passes" in texts(progression)
    details = [row["details"] for sheet in sheets_of(progression) for row in sheet["rows"]]
    assert any(line.startswith("Grad-CAM: checks ✓") for lines in details for line in lines)
    again = open_page("trust", store, run=lone_run.run_id)
    assert again.dataframe[0].value.equals(table)
    again = open_page("trust", store, run=lone_run.run_id, method="gradcam", check="faithfulness")
    assert_sound(again)
    assert "Mean over the checked images" in texts(again)
    assert "mean probability over the images of the trust table" in texts(again)


def test_trust_shows_a_signal_that_the_network_does_not_feel(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    app = open_page("trust", store, run=tiny_run.run_id, **{"class": "hooded"})
    app.multiselect(key="methods").set_value(["gradcam", "gradxinput"]).run()
    assert_sound(app)
    assert "The network computes the same." in app.success[0].value
    for signal in ("noise", "checkerboard", "image"):
        box(app.selectbox, "Signal").set_value(signal).run()
        assert_sound(app)
        assert app.success
    box(app.selectbox, "Compensation").set_value("bias").run()
    assert_sound(app)
    assert "constant shift alone" in texts(app)
    box(app.selectbox, "Signal").set_value("constant").run()
    assert_sound(app)
    assert "no longer computes the same" in app.warning[0].value


def box(boxes, label: str):  # type: ignore[no-untyped-def]
    return next(box for box in boxes if box.label == label)


@pytest.mark.parametrize(
    ("check", "words", "charts"),
    [
        ("randomization", "trust table is about the last point", 1),
        ("stability", "in standard deviations of all scores: noise", 0),
        ("faithfulness", "Random orders of the same resolution that each method beats", 3),
    ],
)
def test_trust_shows_what_a_check_does_to_an_image(
    open_page: Open, store: Store, tiny_run: RunInfo, check: str, words: str, charts: int
) -> None:
    app = open_page(
        "trust", store, run=tiny_run.run_id, check=check, method=["gradcam", "gradient"],
        **{"class": "hooded"},
    )  # fmt: skip
    assert_sound(app)
    assert words in texts(app)
    assert len(app.get("vega_lite_chart")) >= charts


def test_trust_without_a_control_network_says_how_to_get_one(
    open_page: Open, store: Store, lone_run: RunInfo
) -> None:
    app = open_page("trust", store, run=lone_run.run_id, check="labels")
    assert_sound(app)
    assert "Queue a control network" in [button.label for button in app.button]


def test_trust_takes_an_image_of_ones_own(open_page: Open, store: Store, tiny_run: RunInfo) -> None:
    app = open_page("trust", store, run=tiny_run.run_id, **{"class": "hooded"})
    app.session_state["trust-source"] = "Your own image"
    app.run()
    assert_sound(app)
    assert 'explain **"hooded"**' in texts(app)
    pixels = np.random.default_rng(1).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    app.file_uploader[0].set_value(("own.png", encode_png(pixels), "image/png")).run()
    assert_sound(app)
    assert "The network computes the same." in app.success[0].value


def test_an_unknown_run_in_the_address_is_no_error(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    for page in ("overview", "progression"):
        assert_sound(open_page(page, store, run="no-such-run"))


def test_progression_follows_the_choices(open_page: Open, store: Store, tiny_run: RunInfo) -> None:
    app = open_page("progression", store, run=tiny_run.run_id)
    app.selectbox(key="class-choice").set_value("barred")
    app.slider(key="threshold").set_value(0.5)
    app.radio(key="scale").set_value("all epochs by one maximum")
    app.run()
    assert_sound(app)
    assert app.query_params["class"] in ("barred", ["barred"])
    assert "one maximum over all epochs" in texts(app)
    app.multiselect(key="methods").set_value([]).run()
    assert_sound(app)
    assert "at least one method" in texts(app)


def test_missing_maps_are_computed_on_request_and_kept(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    app = open_page("progression", store, run=tiny_run.run_id, method="gradxinput")
    offers = [b for b in app.button if b.label.startswith("Compute")]
    assert offers, "training logs no such maps"
    key = offers[0].key
    assert key
    assert_sound(press_and_wait(app, key, key))
    again = open_page("progression", store, run=tiny_run.run_id, method="gradxinput")
    assert key not in [button.key for button in again.button]
    (shown,) = sheets_of(again)
    assert all("values" in cell for cell in shown["rows"][0]["cells"])


def test_the_dashboard_needs_only_the_store(open_page: Open, tmp_path: Path) -> None:
    """The images are gone after training, and names of classes are just texts."""
    names = ["<b>bold *a* $x$", "plain & simple"]
    images = save_folder_set(tmp_path / "set", names, each=6, side=64)
    store = new_store(tmp_path)
    hyperparameters = Hyperparameters(epochs=1, batch_size=4)
    run_id = train(store, Request(f"folder:{images}", "smallgap", "none", hyperparameters, 64))
    shutil.rmtree(images)
    for page in ("overview", "progression"):
        app = open_page(page, store, run=run_id)
        assert_sound(app)
    assert names[0] in app.selectbox(key="class-choice").options


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    app.segmented_control(key="source-choice").set_value("own").run()
    app.file_uploader[0].set_value((name, content, "image/png")).run()
    return app


def test_an_own_image_is_explained_over_the_checkpoints(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    app = open_page("progression", store, run=tiny_run.run_id)
    assert "images are recognized" in texts(app)
    rate = r"[Tt]he .*lowest.*: \d+ of \d+ right\."
    assert re.search(rate, texts(app))
    upload(app, "own.png", encode_png(pixels))
    assert_sound(app)
    assert "images are recognized" not in texts(app), "what is said of a class is not of this image"
    assert not re.search(rate, texts(app)), "nor what the sidebar says of it"
    (says,) = (one.value for one in app.markdown if "The network says" in one.value)
    assert says.startswith("**")
    assert "validation image" in says, "how often it is right where it says so"
    (sheet,) = sheets_of(app)
    assert len(sheet["rows"]) == len(sheet["side"]["notes"]) == 2, "no map that nobody asked for"
    assert len(re.findall(r"\*\*(It looks|Its map)", texts(app))) == 1, "one message about one map"
    classes = app.selectbox(key="class-choice").options
    (knows,) = (
        one for one in app.markdown if "answers any image with one of 8 classes" in one.value
    )
    assert all(f'"{name}"' in knows.help for name in classes)
    explain = box(app.radio, "The maps show what speaks for")
    assert len({*explain.options}) == len(explain.options) >= 3, "each class once"
    assert sum("its answer" in one for one in explain.options) == 1
    second = explain.options[1].replace("\\", "").strip('"')
    explain.set_value(read_index(store, tiny_run.images_id).classes.index(second)).run()
    assert_sound(app)
    assert f'speaks for "{second}"' in texts(app), "the answer names whose map it is"


def test_a_caution_about_an_own_image_stands_between_the_answer_and_what_follows_from_it(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (900, 3, 3), dtype=np.uint8)
    app = open_page("progression", store, run=tiny_run.run_id)
    upload(app, "own.png", encode_png(pixels))
    assert_sound(app)
    assert texts(app).count("3 x 900 pixels") == 1
    (verdict,) = (one.value for one in app.markdown if "The network says" in one.value)
    answer, caution = verdict.split("  \n")
    assert "confidence" in answer
    assert "3 x 900 pixels" in caution


def test_the_spot_of_an_own_image_is_hidden_and_asked_again(
    open_page: Open, store: Store, seeded_run: RunInfo
) -> None:
    """At an epoch at which its map highlights less than half of the image."""
    bird = render_planted(8, 8, 0, 96, seed=5).validation[2]
    assert isinstance(bird.image, np.ndarray)
    app = open_page("progression", store, run=seeded_run.run_id, epoch="1")
    upload(app, "bird.png", encode_png(bird.image))
    app.button(key="hide-spot").click().run()
    assert_sound(app)
    assert re.search(r"(\d+% instead of|goes from) \d+%.*; with as much hidden", texts(app))
    claims = re.findall(
        r"\*\*(?:It looks|Its map|The map of) .*, (?:and|but|which) .*\*\*", texts(app)
    )
    assert len(claims) == 1, "one claim"
    assert "hide-spot" not in [one.key for one in app.button], "it is answered"


def test_trust_takes_the_image_that_progression_was_given(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    content = encode_png(np.random.default_rng(2).integers(0, 256, (70, 90, 3), dtype=np.uint8))
    app = upload(open_page("progression", store, run=tiny_run.run_id), "own.png", content)
    app.switch_page("views/trust.py")
    app.query_params.update({"run": tiny_run.run_id, "images": "own"})
    app.run()
    assert_sound(app)
    assert not app.file_uploader
    assert "The network computes the same." in app.success[0].value
    app.switch_page("views/progression.py").run()
    assert_sound(app)
    assert box(app.radio, "The maps show what speaks for")


@pytest.mark.parametrize("shape", [(90, 60), (30_000, 1)])
def test_an_own_image_may_be_deep_or_thin(
    open_page: Open, store: Store, tiny_run: RunInfo, shape: tuple[int, int]
) -> None:
    values = np.linspace(0, 4080, shape[0] * shape[1]).reshape(shape).astype(np.uint16)
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, "PNG")
    page = open_page("progression", store, run=tiny_run.run_id)
    app = upload(page, "own.png", stream.getvalue())
    assert_sound(app)
    assert box(app.radio, "The maps show what speaks for")


def test_a_session_keeps_the_maps_of_its_last_uploads_alone(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    before = count_histories()
    app = open_page("progression", store, run=tiny_run.run_id)
    app.segmented_control(key="source-choice").set_value("own").run()
    for color in range(KEPT + 2):
        if not app.file_uploader:
            app.button(key="own-image-other").click().run()
        content = encode_png(np.full((48, 48, 3), 40 * color, np.uint8))
        app.file_uploader[0].set_value((f"{color}.png", content, "image/png")).run()
        assert_sound(app)
        assert count_histories() - before <= KEPT


def count_histories() -> int:
    gc.collect()
    return sum(isinstance(one, UploadedImageHistory) for one in gc.get_objects())


@pytest.mark.parametrize("content", [b"", b"plain words", b"\x89PNG\r\n\x1a\n cut short"])
def test_a_broken_upload_is_one_sentence(
    open_page: Open, store: Store, tiny_run: RunInfo, content: bytes
) -> None:
    app = upload(open_page("progression", store, run=tiny_run.run_id), "mine.png", content)
    assert not app.exception
    assert len(app.error) == 1
    assert "mine" in app.error[0].value


def test_every_pick_counts(
    open_page: Open, store: Store, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    """A choice that is written into the address must not reset the widget that made it."""
    app = open_page("progression", store, run=tiny_run.run_id)
    for run in (seeded_run, tiny_run, seeded_run, tiny_run):
        app.selectbox(key="run-choice").set_value(run.run_id).run()
        assert app.selectbox(key="run-choice").value == run.run_id
        assert app.query_params["run"] in (run.run_id, [run.run_id])
    for name in ("hooded", "barred", "plain", "barred"):
        app.selectbox(key="class-choice").set_value(name).run()
        assert app.selectbox(key="class-choice").value == name
    app = open_page("overview", store, run=tiny_run.run_id)
    both = [tiny_run.run_id, seeded_run.run_id]
    for chosen in (both, both[:1], both[1:], both):
        app.multiselect(key="runs-choice").set_value(chosen).run()
        assert app.multiselect(key="runs-choice").value == chosen
    assert_sound(app)


def test_classes_named_by_numbers(open_page: Open, tmp_path: Path) -> None:
    images = save_folder_set(tmp_path / "set", ["0", "01", "NA"], each=4, side=64)
    store = new_store(tmp_path)
    hyperparameters = Hyperparameters(epochs=1, batch_size=4)
    run_id = train(store, Request(f"folder:{images}", "smallgap", "none", hyperparameters, 64))
    app = open_page("overview", store, run=run_id)
    assert_sound(app)
    table = next(f.value for f in app.dataframe if "precision" in f.value.columns)
    assert list(table["class"]) == ["0", "01", "NA"]


def give(
    app: AppTest, run_id: str, decision: str, reason: str, name: str, epoch: int | None
) -> AppTest:
    """Open the form and give a verdict."""
    key = f"verdicts-{run_id}-run"
    app.button(key=f"{key}-open").click().run()
    app.selectbox(key=f"{key}-scope").set_value((epoch, None))
    app.text_input(key=f"{key}-reason").set_value(reason)
    app.text_input(key=f"{key}-name").set_value(name)
    app.button(key=f"{key}-{decision}").click().run()
    assert not app.exception
    return app


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[str]]:
    """A store of its own with two runs: a verdict changes what every page offers."""
    store = new_store(tmp_path_factory.mktemp("judged"))
    data = "planted:train=32,validation=16,counterfactual=0,size=48"
    hyperparameters = Hyperparameters(epochs=2, batch_size=16)
    requests = [
        Request(data, image_size=48, hyperparameters=hyperparameters, name=name)
        for name in ("first", "second")
    ]
    return store, [train(store, request) for request in requests]


def test_a_verdict_is_given_and_shown_wherever_the_run_appears(
    open_page: Open, judged: tuple[Store, list[str]]
) -> None:
    store, (first, second) = judged
    app = open_page("overview", store, run=[first, second])
    assert not app.sidebar.pills, "nothing to choose from before the first verdict"
    app = give(app, first, "accepted", "sees *heads* <b>", "Ann", 2)
    assert_sound(app)
    registered = registered_epochs(store, first)[0]
    assert registered.accepted
    assert registered.name in app.success[0].value.replace("\\", "")
    assert f"verdicts-{first}-run-reason" not in [one.key for one in app.text_input], "it closes"
    app.button(key=f"verdicts-{first}-run-open").click().run()
    assert f'load_accepted("{registered.name}")' in app.code[0].value
    who = r"\*\*✔ accepted\*\* at epoch 2 by Ann, [-\d]+: "
    assert len(re.findall(who + re.escape(r"sees \*heads\* \<b\>"), texts(app))) == 1
    assert any("✔ accepted" in option for option in app.multiselect(key="runs-choice").options)
    settings = next(f.value for f in app.dataframe if "meaning" in f.value.columns)
    assert settings.loc["verdict", "first"] == "✔ accepted by Ann (epoch 2)"
    assert settings.loc["reason", "first"] == "sees *heads* <b>"
    assert app.text_input(key=f"verdicts-{first}-run-reason").value == ""
    app.button(key=f"verdicts-{second}-run-open").click().run()
    assert app.text_input(key=f"verdicts-{second}-run-name").value == "Ann", "it is remembered"
    for page in ("progression", "trust"):
        app = open_page(page, store, run=first)
        assert_sound(app)
        assert any("✔ accepted" in option for option in app.selectbox(key="run-choice").options)


def test_a_verdict_without_reason_is_refused_in_a_sentence(
    open_page: Open, judged: tuple[Store, list[str]]
) -> None:
    store, (first, _) = judged
    before = read_run(store, first).verdicts
    app = give(open_page("overview", store, run=first), first, "rejected", " ", "Bo", None)
    assert "needs a reason" in app.error[0].value
    assert app.text_input(key=f"verdicts-{first}-run-name").value == "Bo", "what was typed stays"
    assert read_run(store, first).verdicts == before


def test_a_click_waits_for_the_run_that_draws_its_button() -> None:
    def page() -> None:
        import streamlit as st

        from app.parts.wishing import wish_button

        if st.session_state.pop("interrupts", False):
            st.rerun()  # before the button is drawn, as a part that redraws may
        st.caption(f"wished {wish_button('Do it', 'do')}")

    app = AppTest.from_function(page).run()
    app.session_state["interrupts"] = True
    app.button(key="do").click().run()
    assert [one.value for one in app.caption] == ["wished True"]
    assert [one.value for one in app.run().caption] == ["wished False"]


def test_rejected_runs_are_offered_on_request_and_where_they_are_asked_for(
    open_page: Open, judged: tuple[Store, list[str]]
) -> None:
    store, (first, second) = judged
    decide(store, second, "rejected", "sees the sticker", "Bo")
    decide(store, first, "accepted", "sees the head", "Ann", 2)
    for page in ("overview", "progression", "trust"):
        app = open_page(page, store)
        assert_sound(app)

        def offered(app: AppTest = app, page: str = page) -> int:
            picker = app.sidebar.multiselect if page == "overview" else app.sidebar.selectbox
            return len(picker[0].options)

        assert offered() == 1
        app.sidebar.pills[0].set_value(["accepted", "", "rejected"]).run()
        assert offered() == 2
        app = open_page(page, store, run=second)
        assert_sound(app)
        assert "✖ rejected" in str(app.sidebar)
        assert offered(app) == 2
        chosen = app.sidebar.multiselect if page == "overview" else app.sidebar.selectbox
        assert chosen[0].value in (second, [second])
    app = open_page("overview", store)
    app.sidebar.pills[0].set_value(["rejected"]).run()
    assert len(app.multiselect(key="runs-choice").options) == 2, (
        "the chosen run stays beside the found one"
    )


def test_a_store_with_rejected_runs_alone_says_so(open_page: Open, tmp_path: Path) -> None:
    store = new_store(tmp_path)
    facts = {"data": "x", "image_set": "x", "images": "", "arch": "resnet18", "weights": "none"}
    run_id = start_run(store, "early", Hyperparameters().as_dict(), image_size="96", **facts)
    decide(store, run_id, "rejected", "nothing learnt", "Ann")
    for page in ("overview", "progression"):
        app = open_page(page, store)
        assert_sound(app)
        assert app.info
    assert_sound(open_page("overview", store, run=run_id))


def test_a_run_under_way_is_asked_to_stop(open_page: Open, store: Store) -> None:
    run_id = start_run(
        store, "endless", Hyperparameters().as_dict(), data="planted", arch="smallgap"
    )
    app = open_page("overview", store, run=run_id)
    assert_sound(app)
    app.button(key=f"stop-{run_id}-do").click().run()
    assert "needs the name of who asks" in texts(app)
    assert "stop" not in read_facts(store, run_id)
    app.text_input(key=f"stop-{run_id}-name").set_value("Ann").run()
    app.button(key=f"stop-{run_id}-do").click().run()
    assert_sound(app)
    assert "asked to stop" in texts(app)
    assert json.loads(read_facts(store, run_id)["stop"])["person"] == "Ann"
    finish_run(store, run_id, "KILLED", "Stopped by Ann.")
    assert not [b for b in open_page("overview", store, run=run_id).button if b.label == "Stop"]
