import numpy as np
import streamlit as st

from app.reads import stored_runs
from saliencnn.data.decode import decode_image
from saliencnn.store.connection import Store
from saliencnn.store.images import read_image, read_index
from saliencnn.store.runs import RunInfo


def test_several_images_come_in_the_order_asked_for(store: Store, tiny_run: RunInfo) -> None:
    st.cache_resource.clear()
    index = read_index(store, tiny_run.images_id)
    asked = [5, 0, 7, 5, *range(20, 10, -1)]
    stored_runs.image(store, store.uri, tiny_run.images_id, 7)
    for _ in range(2):  # partly read before, then all of them
        found = stored_runs.read_images(store, store.uri, tiny_run.images_id, asked)
        for image, pixels in zip(asked, found, strict=True):
            content = read_image(store, tiny_run.images_id, index, image)
            np.testing.assert_array_equal(pixels, decode_image(content, index.names[image]))
