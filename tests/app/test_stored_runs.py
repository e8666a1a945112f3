from pathlib import Path

import numpy as np
import streamlit as st

from app.reads import stored_images, stored_interventions, stored_runs
from app.reads.stored_story import story_of
from pipelines.review.findings import gather_run
from pipelines.training.request import Request
from pipelines.training.run import train
from pipelines.trust.interventions import intervene_on_run
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.decode import decode_image
from saliencnn.store.connection import Store, open_store
from saliencnn.store.images import read_image, read_index
from saliencnn.store.runs import RunInfo, read_run
from tests.helpers.golden import unpack
from tests.helpers.stores import new_store


def test_several_images_come_in_the_order_asked_for(store: Store, tiny_run: RunInfo) -> None:
    st.cache_resource.clear()
    index = read_index(store, tiny_run.images_id)
    asked = [5, 0, 7, 5, *range(20, 10, -1)]
    stored_images.image(store, tiny_run.images_id, 7)
    for _ in range(2):  # partly read before, then all of them
        found = stored_images.read_images(store, tiny_run.images_id, asked)
        for image, pixels in zip(asked, found, strict=True):
            content = read_image(store, tiny_run.images_id, index, image)
            np.testing.assert_array_equal(pixels, decode_image(content, index.names[image]))


def test_a_read_is_shared_by_all_that_opened_the_same_store(
    store: Store, tiny_run: RunInfo, tmp_path: Path
) -> None:
    st.cache_resource.clear()
    index = stored_images.image_index(store, tiny_run.images_id)
    assert stored_images.image_index(open_store(store.uri), tiny_run.images_id) is index
    st.cache_data.clear()
    for one, known in ((store, True), (new_store(tmp_path), False)):
        found = {run.run_id for run in stored_runs.all_runs(one)}
        assert (tiny_run.run_id in found) is known


def test_a_story_is_read_anew_once_there_is_more_to_tell(tmp_path: Path) -> None:
    own = new_store(tmp_path)
    data = "planted:train=64,validation=40,counter=0,size=32,seed=0"
    request = Request(data, image_size=32, hyperparameters=Hyperparameters(epochs=1))
    run = read_run(own, train(own, request))
    before = story_of(own, [run])
    assert story_of(own, [run]) is before
    assert before.runs[0].facts.effects is None
    intervene_on_run(own, run, run.epoch, 40)
    stored_interventions.forget()
    after = story_of(own, [run])
    assert after.runs[0].facts.effects is not None
    assert story_of(own, [run]) is after


def test_listed_runs_have_the_chance_that_their_own_page_takes(tmp_path: Path) -> None:
    golden = unpack(tmp_path)
    run = golden.run("golden")
    beside = {"val_accuracy": 0.9, "focus": 0.1, "focus_inside": 0.1, "focus_images": 100.0}
    for name, value in beside.items():
        golden.store.client.log_metric(run.run_id, name, value, step=run.epoch)
    stored_runs.all_runs.clear()
    listed = {one.run_id: one for one in stored_runs.all_runs(golden.store)}
    page = gather_run(golden.store, run, [])
    assert listed[run.run_id].chance == page.chance > 0
