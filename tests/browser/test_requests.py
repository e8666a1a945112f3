"""No page asks another host than the dashboard's own, for an icon or a font say."""

from urllib.parse import urlsplit

from playwright.sync_api import Page

from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo
from tests.browser.waiting import settle

PAGES = ("", "overview", "progression", "trust", "retrain", "compare", "colours")


def test_pages_ask_no_other_host(
    page: Page,
    dashboard: str,
    tiny_run: RunInfo,
    planted_evaluations: list[EvaluationInfo],
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in PAGES:
        page.goto(f"{dashboard}/{name}")
        settle(page)
        icon = page.locator("link[rel~=icon]").get_attribute("href") or ""
        assert icon.startswith("data:image/svg+xml"), "ours, which is drawn from the page itself"
    own = urlsplit(dashboard).netloc
    assert {urlsplit(one).netloc for one in asked if not one.startswith(("data:", "blob:"))} == {
        own
    }
