import numpy as np
import streamlit as st

from app.reads import stored_runs
from saliencnn.data.decode import decode_picture
from saliencnn.store.connection import Store
from saliencnn.store.images import read_index, read_picture
from saliencnn.store.runs import RunInfo


def test_several_pictures_come_in_the_order_asked_for(store: Store, tiny_run: RunInfo) -> None:
    st.cache_resource.clear()
    index = read_index(store, tiny_run.pictures)
    asked = [5, 0, 7, 5, *range(20, 10, -1)]
    stored_runs.picture(store, store.uri, tiny_run.pictures, 7)
    for _ in range(2):  # partly read before, then all of them
        found = stored_runs.several_pictures(store, store.uri, tiny_run.pictures, asked)
        for image, pixels in zip(asked, found, strict=True):
            content = read_picture(store, tiny_run.pictures, index, image)
            np.testing.assert_array_equal(pixels, decode_picture(content, index.names[image]))
