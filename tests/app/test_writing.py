"""Who may not write is refused wherever something is written, whatever the page offers."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import app
from app.parts.login import read_access
from app.parts.verdict_form import OPEN
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, read_run
from saliencnn.store.verdicts import REJECTED
from tests.helpers.views import view
from tests.saliencnn.common.test_access import AUTH

VISITOR = "test@example.com"
"""Whom Streamlit's AppTest takes for the person."""
WRITES = {
    "decide", "ask_to_stop", "enqueue", "cancel", "put_first", "pause_worker", "resume_worker",
    "start_local_worker", "audit", "check_run", "save_task", "add_verdict", "train", "evaluate",
    "keep_walkthrough", "begin_work", "stop_work",
}  # fmt: skip
"""What writes to the store or the queue in a person's name, of jobs and library."""
ONLY = Path("parts/writing.py")
DESCRIBED = Path("parts/works.py")
"""Where work is described that somebody begins by ``ONLY``."""


@pytest.fixture(autouse=True)
def fresh_access() -> Iterator[None]:
    read_access.cache_clear()
    yield
    read_access.cache_clear()


def test_pages_write_at_one_place() -> None:
    home = Path(app.__path__[0])
    called = {
        path.relative_to(home)
        for path in home.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in WRITES
    }
    assert called == {ONLY}, "also as a module's attribute"
    found = {
        (path.relative_to(home), name.name)
        for path in home.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("app.")
        for name in node.names
        if name.name in WRITES
    }
    assert {path for path, _ in found} == {ONLY, DESCRIBED}


def let_write(page: AppTest, *writers: str) -> None:
    page.secrets["auth"] = AUTH
    page.secrets["saliencnn"] = {"writers": list(writers)}
    read_access.cache_clear()


def give_verdict(page: AppTest, run: RunInfo) -> AppTest:
    page.session_state[OPEN] = f"verdicts-{run.run_id}-run"
    page.run()
    return page


def test_a_form_from_when_the_person_could_write_is_refused(
    look_at: Callable[[Store], None], store: Store, tiny_run: RunInfo
) -> None:
    look_at(store)
    before = read_run(store, tiny_run.run_id).verdicts
    page = view("overview")
    page.user = {"is_logged_in": True, "email": VISITOR, "email_verified": True}
    page.query_params["run"] = tiny_run.run_id
    let_write(page, VISITOR)
    give_verdict(page, tiny_run)
    key = f"verdicts-{tiny_run.run_id}-run"
    assert f"{key}-name" not in [box.key for box in page.text_input]
    page.text_input(key=f"{key}-reason").set_value("It looks at the sticker.")
    let_write(page, "ann@lab.org")
    page.button(key=f"{key}-{REJECTED}").click().run()
    assert read_run(store, tiny_run.run_id).verdicts == before
    said = page.session_state["verdict-said"]
    good, sentence = said.good, said.sentence
    assert not good
    assert VISITOR in sentence
