"""Links that people saved open what they opened before."""

import re
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from saliencnn.store.runs import RunInfo

expect.set_options(timeout=60_000)


def test_a_link_to_the_colours_page_by_its_former_name(
    page: Page, dashboard: str, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    for run in (tiny_run, seeded_run):
        query = urlencode({"run": run.run_id, "class": "barred", "method": "gradcam"})
        page.goto(f"{dashboard}/cih?{query}")
        expect(page.get_by_text(re.compile("^barred: .* images"))).to_be_visible()
        expect(page).to_have_url(re.compile(rf"/colours\?.*run={run.run_id}"))
        expect(page).to_have_url(re.compile("class=barred"))
    expect(page.get_by_test_id("stTopNavLink")).to_have_count(7)
