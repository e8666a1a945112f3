"""Findings stand at the top of the pages, as text and with links."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from pipelines.review.findings import findings_of_run
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo

Open = Callable[..., AppTest]


def texts(app: AppTest) -> str:
    return " ".join(one.value for one in app.markdown).replace("\\", "")


def test_overview_begins_with_what_stands_out(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    app = open_page("overview", store, run=tiny_run.run_id)
    findings = findings_of_run(store, tiny_run)
    assert findings
    for finding in findings[:4]:
        assert finding.sentence in texts(app)


def test_compare_begins_with_what_stands_out(
    open_page: Open, store: Store, planted_evaluations: list[EvaluationInfo]
) -> None:
    app = open_page("compare", store, pin=planted_evaluations[0].run_id)
    assert "is the most accurate" in texts(app)


HOSTILE = """
from app.parts.findings import draw_findings
from saliencnn.findings.finding import Evidence, Finding, Severity
sentence = "![x](http://evil.example) :material/delete: <b>"
draw_findings((Finding("a", Severity.PROBLEM, sentence, "# no", Evidence("overview")),), "overview")
draw_findings((), "overview")
"""


def test_names_in_findings_stay_text() -> None:
    app = AppTest.from_string(HOSTILE).run()
    assert not app.exception
    shown, silent = (one.value for one in app.markdown)
    assert "![" not in shown
    assert shown.count(":material/") == shown.count("\\:material/") + 1, "but for the mark's own"
    assert "<b>" not in shown
    assert "Nothing stands out" in silent
