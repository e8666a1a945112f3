"""The two caches of the pages, in which a store counts as its address.

Both decorators are Streamlit's, shared by everybody who looks at this dashboard: ``cached``
hands every caller a copy, ``shared`` hands all the same object, which nobody may change.
"""

from functools import partial
from operator import attrgetter

import streamlit as st

from saliencnn.store.connection import Store

_BY_ADDRESS = {Store: attrgetter("uri")}

cached = partial(st.cache_data, show_spinner=False, hash_funcs=_BY_ADDRESS)
shared = partial(st.cache_resource, show_spinner=False, hash_funcs=_BY_ADDRESS)
