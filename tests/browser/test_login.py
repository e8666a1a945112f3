"""Log-in at a real provider, in a real browser: who writes, who looks, who sees nothing."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, read_run
from tests.browser.waiting import settle
from tests.helpers.commands import Forker
from tests.helpers.dashboard import read_page, serve_dashboard
from tests.helpers.oidc import CLIENT, PASSWORD, Provider, oidc_provider
from tests.helpers.server import free_port
from tests.helpers.stores import new_store

expect.set_options(timeout=60_000)
SETTINGS = """
[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "{client}"
client_secret = "{password}"
server_metadata_url = "{address}/.well-known/openid-configuration"

[saliencnn]
writers = ["ann@lab.org"]
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with oidc_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store of its own: a verdict in the shared one would change what other tests see."""
    return new_store(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def run(lab: Store) -> RunInfo:
    """Its only run."""
    data = "planted:train=64,validation=16,counterfactual=0,size=48"
    request = Request(data, image_size=48, hyperparameters=Hyperparameters(epochs=1))
    return read_run(lab, train(lab, request))


@pytest.fixture(scope="module")
def locked(
    lab: Store, provider: Provider, program: Forker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A dashboard with a log-in; its address."""
    folder, port = tmp_path_factory.mktemp("locked"), free_port()
    settings = folder / ".streamlit" / "secrets.toml"
    settings.parent.mkdir()
    settings.write_text(
        SETTINGS.format(port=port, client=CLIENT, password=PASSWORD, address=provider.address)
    )
    with serve_dashboard(program, lab.uri, folder, port) as address:
        assert "before a log-in at 127.0.0.1" in Path(folder, "dashboard.log").read_text()
        yield address


def log_in(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Log in at 127.0.0.1").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


PAGES = ("", "overview", "progression", "trust", "retrain", "compare", "colours", "cih")


@pytest.mark.parametrize("name", PAGES)
def test_without_a_login_no_page_sends_a_run(locked: str, run: RunInfo, name: str) -> None:
    drawn = read_page(locked, name, f"run={run.run_id}")
    assert "login-default" in drawn
    assert not any(secret in drawn for secret in (run.arch, "planted"))


def test_without_a_login_a_forged_cookie_does_not_help(page: Page, locked: str) -> None:
    page.context.add_cookies(
        [{"name": "_streamlit_user", "value": "2|1:0|forged|x", "url": locked}]
    )
    page.goto(locked)
    expect(page.get_by_role("button", name=re.compile("Log in"))).to_be_visible()
    expect(page.get_by_test_id("stTopNavLink")).to_have_count(0)


def test_a_writer_writes_under_the_name_of_the_login(
    page: Page, locked: str, provider: Provider, lab: Store, run: RunInfo
) -> None:
    provider.claims = {"email": "ann@lab.org", "email_verified": True, "name": "Somebody Else"}
    query = f"run={run.run_id}&class=barred&opacity=0.3"
    log_in(page, f"{locked}/progression?{query}")
    expect(page).to_have_url(f"{locked}/progression?{query}")
    expect(page.get_by_role("heading", name="Progression")).to_be_visible()
    page.goto(f"{locked}/overview?run={run.run_id}")
    page.get_by_text("Accept or reject").click()
    expect(page.get_by_role("textbox", name="Reason")).to_be_visible()
    expect(page.get_by_role("textbox", name="Your name")).to_have_count(0)
    page.get_by_role("textbox", name="Reason").fill("It looks at the bird.")
    page.get_by_role("textbox", name="Reason").press("Tab")
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_text(re.compile("by ann.*lab.org")).first).to_be_visible()
    verdict = read_run(lab, run.run_id).verdicts[-1]
    assert (verdict.person, verdict.reason) == ("ann@lab.org", "It looks at the bird.")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name=re.compile("Log in"))).to_be_visible()


def test_others_look(page: Page, locked: str, provider: Provider, run: RunInfo) -> None:
    """Who else does not write, ``test_access.py`` says."""
    provider.claims = {"email": "bob@lab.org", "email_verified": True}
    log_in(page, locked)
    page.goto(f"{locked}/?run={run.run_id}")
    page.get_by_text("Accept or reject").click()
    expect(page.get_by_text("may look but not write").last).to_be_visible()
    expect(page.get_by_role("heading", name="Accuracy")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Accept$|Reject$"))).to_have_count(0)
    page.goto(f"{locked}/retrain?run={run.run_id}")
    settle(page)
    queueing = page.get_by_role("button", name="Train it").all()
    assert queueing
    for button in queueing:
        expect(button).to_be_disabled()
