"""No page shows the password that is in the store's address."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.runs import start_run
from tests.helpers.logs import Log

PAGES = ("overview", "progression", "trust", "retrain", "compare", "colours")
REST = "p4ssw0rd"
"""Long enough not to be found by chance in what is sent as base 64."""
Open = Callable[..., AppTest]


def everything(app: AppTest) -> str:
    """Return all that the browser gets."""
    return str(app._tree) + str([element.proto for element in app.main])


@pytest.mark.parametrize(
    ("page", "password"),
    [
        *((page, f"s3cr3t@{REST}") for page in PAGES),
        ("overview", f"s3cr3t{REST}"),
        ("overview", f"s3cr3t/{REST}"),
    ],
)
def test_a_store_that_is_away(
    page: str,
    password: str,
    open_page: Open,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    logs: Log,
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    app = open_page(page, replace(store, uri=f"http://ann:{password}@127.0.0.1:9"))
    assert not app.exception
    assert len(app.error) == 1
    shown = everything(app) + logs.text
    # Pages break up what would become a link.
    plain = shown.replace("\\u2060", "").replace("\u2060", "").replace("\\", "")
    assert "127.0.0.1:9" in plain
    assert "s3cr3t" not in shown
    assert REST not in shown


@pytest.mark.parametrize("page", PAGES)
def test_a_store_that_answers(
    page: str, open_page: Open, server_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SALIENCNN_STUDY_URL", raising=False)
    facts = {"data": "x", "image_set": "x", "images": "", "arch": "resnet18", "weights": "none"}
    run_id = start_run(server_store, "served", Hyperparameters().as_dict(), **facts)
    known = replace(server_store, uri=server_store.uri.replace("//", f"//ann:s3cr3t%40{REST}@"))
    shown = everything(open_page(page, known, run=run_id))
    assert "s3cr3t" not in shown
    assert REST not in shown
    link = f"{server_store.uri}/#/experiments/{server_store.runs}/runs/{run_id}"
    assert (link in shown) == (page == "overview")
