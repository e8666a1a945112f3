"""The pages open on a store that an earlier version wrote."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from saliencnn.store.evaluations import list_evaluations
from tests.helpers.golden import Golden, unpack

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Golden:
    return unpack(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("name", ["golden", "golden-interrupted"])
@pytest.mark.parametrize("page", ["overview", "progression", "trust", "retrain"])
def test_a_runs_page(page: str, name: str, open_page: Open, golden: Golden) -> None:
    app = open_page(page, golden.store, run=golden.run(name).run_id)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", ["compare", "colours"])
def test_an_evaluations_page(page: str, open_page: Open, golden: Golden) -> None:
    models = [info.run_id for info in list_evaluations(golden.store)]
    app = open_page(page, golden.store, model=models, kind="classes", **{"class": "capped"})
    assert not app.exception
    assert not app.error
