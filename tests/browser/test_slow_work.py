"""A check that takes long: a person leaves, comes back, and the result appears by itself."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.plugins import VARIABLE
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, read_run
from tests.browser.waiting import settle, visit
from tests.helpers import held_check
from tests.helpers.commands import Forker
from tests.helpers.dashboard import serve_dashboard
from tests.helpers.stores import new_store

expect.set_options(timeout=60_000)
UNCHECKED = re.compile("Nobody has checked its maps|unchecked maps")


@pytest.fixture(scope="module")
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return new_store(tmp_path_factory.mktemp("checked"))


@pytest.fixture(scope="module")
def run(own_store: Store) -> RunInfo:
    data = "planted:train=64,validation=16,counterfactual=0,size=48"
    request = Request(data, image_size=48, hyperparameters=Hyperparameters(epochs=1))
    return read_run(own_store, train(own_store, request))


@pytest.fixture
def held(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def address(
    own_store: Store, program: Forker, held: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A dashboard that knows a check which goes on until a test lets it go."""
    monkeypatch.setenv("HELD", str(held))
    monkeypatch.setenv(VARIABLE, held_check.__file__)
    with serve_dashboard(program, own_store.uri, held) as address:
        yield address


def test_a_check_goes_on_while_a_person_is_elsewhere(
    page: Page, address: str, held: Path, run: RunInfo
) -> None:
    trust = f"{address}/trust?run={run.run_id}"
    visit(page, trust)
    check = page.locator(".st-key-trust-check-shown").get_by_role("button")
    check.click()
    stop = page.locator("[class*='st-key-stop-check-'] button")
    bar = page.get_by_test_id("stProgress")
    expect(stop).to_be_visible()
    expect(bar).to_contain_text("Held")  # it draws itself anew
    # Stopped, and begun once more.
    stop.click()
    expect(check).to_be_visible()
    expect(bar).to_have_count(0)
    check.click()
    expect(bar).to_contain_text("Held")
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    settle(page)
    visit(page, trust)  # another session, as a colleague's
    expect(bar).to_contain_text("Held")
    expect(stop).to_be_visible()
    elsewhere = page.context.new_page()
    visit(elsewhere, f"{address}/overview?run={run.run_id}")
    unchecked = elsewhere.get_by_test_id("stMain").get_by_text(UNCHECKED)
    expect(unchecked).not_to_have_count(0)
    (held / "go").touch()
    table = page.locator("[class*='st-key-trust-table-'] [role=grid]")
    expect(table).to_have_attribute("aria-rowcount", "4")  # its head, and three methods
    expect(unchecked).to_have_count(0)  # also where the page only says how the check is doing
    elsewhere.close()
    expect(bar).to_have_count(0)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    expect(page.locator("[data-testid=stAlertContentError]")).to_have_count(0)
