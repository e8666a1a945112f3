"""Before and after begins with which run to take, be it neither of the two, and the verdicts."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pipelines.report.ranking import TAKE, say_warning
from pipelines.review.decisions import decide
from pipelines.review.findings import findings_of_run
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.findings.finding import Severity
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.registry import registered_epochs
from saliencnn.store.runs import read_run
from tests.helpers.stores import new_store
from tests.helpers.views import plain_texts

RETRY = "**Propose a retry**"
Open = Callable[..., AppTest]
RATES = {"learned": 0.01, "lazy": 1e-6, "lazier": 2e-6}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, dict[str, str]]:
    """A store with a run that learned and two that did not, by their names."""
    store = new_store(tmp_path_factory.mktemp("decision"))
    data = "planted:train=160,validation=48,counterfactual=0,size=48,shortcut=0.98"
    found = {}
    for name, rate in RATES.items():
        values = Hyperparameters(epochs=5, batch_size=16, learning_rate=rate)
        request = Request(data, image_size=48, hyperparameters=values, name=name)
        found[name] = train(store, request)
    return store, found


def compare(
    open_page: Open, trained: tuple[Store, dict[str, str]], run: str, beside: str
) -> AppTest:
    store, ids = trained
    return open_page("retrain", store, run=ids[run], section="before-after", beside=ids[beside])


def offers(app: AppTest) -> list[str]:
    """Return the labels of the buttons that open the form."""
    return [one.label for one in app.main.button if str(one.key).endswith("-open")]


def test_neither_of_two_runs_is_the_one_to_take(
    open_page: Open, trained: tuple[Store, dict[str, str]]
) -> None:
    app = compare(open_page, trained, "lazy", "lazier")
    assert not app.exception
    assert f"learned is {TAKE}" in plain_texts(app)
    _, ids = trained
    (link,) = [one for one in app.get("page_link") if one.proto.label == "See all three"]
    assert all(run_id in link.proto.query_string for run_id in ids.values())
    assert offers(app) == ["Verdict on lazier", "Verdict on lazy"]
    said = [one.value for one in app.main.markdown]
    assert said[0] == "**lazy** before, **lazier** after"
    assert said[1].startswith("**No clear difference"), "first whether the retry helped"
    assert said[2].startswith(f"learned is {TAKE}"), "what the page is not about is no headline"


@pytest.mark.parametrize("run", RATES)
def test_the_gravest_warning_about_a_retry_names_it_and_without_one_nothing_is_said(
    open_page: Open, trained: tuple[Store, dict[str, str]], run: str
) -> None:
    store, ids = trained
    before = next(one for one in RATES if one != run)
    runs = {name: read_run(store, ids[name]) for name in (before, run)}
    after = max(runs.values(), key=lambda one: one.started)
    found = findings_of_run(store, after)
    warned = [one for one in found if one.severity >= Severity.WARNING][:1]
    said = plain_texts(compare(open_page, trained, before, run))
    assert "Nothing stands out" not in said
    told = [say_warning(after.name, one).sentence for one in warned]
    assert all(one.rstrip(".") in said for one in told)
    assert all(one.startswith(after.name) for one in told)


def test_the_run_to_take_is_accepted_and_the_other_rejected(
    open_page: Open, trained: tuple[Store, dict[str, str]]
) -> None:
    store, ids = trained
    app = compare(open_page, trained, "learned", "lazy")
    assert f"learned is {TAKE}" in plain_texts(app)
    assert offers(app) == ["Accept learned", "Reject lazy"]
    key = f"verdicts-{ids['learned']}-run"
    assert f"{key}-reason" not in [one.key for one in app.text_input], "folded up"
    app.button(key=f"{key}-open").click().run()
    app.selectbox(key=f"{key}-scope").set_value((5, None))
    app.text_input(key=f"{key}-reason").set_value("looks at the bird")
    app.text_input(key=f"{key}-name").set_value("Ann")
    app.button(key=f"{key}-accepted").click().run()
    assert not app.exception
    assert read_run(store, ids["learned"]).standing == "accepted"
    assert "looks at the bird" in plain_texts(app)
    assert offers(app) == ["Verdict on learned", "Reject lazy"]
    assert f"{key}-reason" not in [one.key for one in app.text_input], "folded up again"
    (said,) = app.success
    assert "version 1" in said.value


def test_what_was_rejected_is_not_the_one_to_take(
    open_page: Open, trained: tuple[Store, dict[str, str]]
) -> None:
    store, ids = trained
    decide(store, ids["learned"], "rejected", "looks at the sticker", "Ann")
    app = compare(open_page, trained, "lazy", "lazier")
    assert TAKE not in plain_texts(app)
    assert offers(app) == ["Verdict on lazier", "Verdict on lazy"]
    decide(store, ids["lazy"], "rejected", "looks at the sticker", "Ann")
    app = compare(open_page, trained, "lazy", "lazier")
    assert RETRY in {link.proto.label for link in app.get("page_link")}
    decide(store, ids["lazier"], "rejected", "looks at the sticker", "Ann")
    app = compare(open_page, trained, "lazy", "lazier")
    assert [link.proto.label for link in app.get("page_link")].count(RETRY) == 1
    decide(store, ids["lazier"], "accepted", "good enough", "Ann")
    app = compare(open_page, trained, "lazy", "lazier")
    assert RETRY not in {link.proto.label for link in app.get("page_link")}, "one was accepted"


@pytest.mark.parametrize(("run", "beside"), [("lazy", "learned"), ("learned", "lazy")])
def test_what_is_said_of_the_class_is_of_the_run_whose_numbers_stand_above(
    open_page: Open, trained: tuple[Store, dict[str, str]], run: str, beside: str
) -> None:
    store, ids = trained
    app = compare(open_page, trained, run, beside)
    rows = read_predictions(store, ids["lazy"], 5)  # began after the other
    of_class = rows["true"] == np.arange(rows["true"].max() + 1)[:, None]
    right = (of_class & (rows["predicted"] == rows["true"])).sum(axis=1)
    worst = int(np.argmin(right / of_class.sum(axis=1)))
    said = " ".join(caption.value for caption in app.sidebar.caption)
    assert f"lazy: {right[worst]} of {of_class[worst].sum()} right." in said


def test_accepting_a_run_once_is_enough_to_use_it_elsewhere(
    open_page: Open, trained: tuple[Store, dict[str, str]]
) -> None:
    store, ids = trained
    decide(store, ids["lazier"], "rejected", "not yet", "Ann")
    app = compare(open_page, trained, "lazier", "lazy")
    key = f"verdicts-{ids['lazier']}-run"
    app.button(key=f"{key}-open").click().run()
    app.text_input(key=f"{key}-reason").set_value("a control")
    app.text_input(key=f"{key}-name").set_value("Ann")
    app.button(key=f"{key}-accepted").click().run()
    (said,) = [one.value for one in app.success]
    assert "Your verdict is saved" in said
    assert "Its last kept epoch, 5, is ready for others to use, as version" in said
    (registered,) = registered_epochs(store, ids["lazier"])
    assert (registered.epoch, registered.accepted) == (5, True)
    verdict = read_run(store, ids["lazier"]).verdicts[-1]
    assert (verdict.decision, verdict.epoch, verdict.reason, verdict.person) == (
        *("accepted", None, "a control", "Ann"),
    )
    assert f"{key}-reason" not in [one.key for one in app.text_input], "the form has closed"


def decide_on_overview(app: AppTest, run_id: str, decision: str) -> AppTest:
    """Give a verdict in what pops up beside the run's name."""
    key = f"verdicts-{run_id}-run"
    app.button(key=f"{key}-open").click().run()
    app.text_input(key=f"{key}-reason").set_value("what it looks at")
    app.text_input(key=f"{key}-name").set_value("Ann")
    return app.button(key=f"{key}-{decision}").click().run()


def test_that_a_verdict_is_saved_is_said_where_it_was_given_until_the_person_turns_away(
    open_page: Open, trained: tuple[Store, dict[str, str]]
) -> None:
    store, ids = trained
    app = decide_on_overview(
        open_page("overview", store, run=ids["learned"]), ids["learned"], "accepted"
    )
    assert len(app.success) == 1
    assert len(app.run().success) == 1, "a page in progress draws itself anew"
    address = {name: app.query_params[name] for name in app.query_params}
    app.switch_page("views/home.py").run()
    app.switch_page("views/overview.py")
    app.query_params.update(address)
    assert not app.run().success, "it was left"


@pytest.mark.parametrize("others", [["lazy", "learned"], ["learned"]])
def test_that_a_verdict_is_saved_is_not_said_once_another_run_is_chosen(
    open_page: Open, trained: tuple[Store, dict[str, str]], others: list[str]
) -> None:
    store, ids = trained
    between = [ids[name] for name in others]
    app = open_page("overview", store, run=ids["lazy"])
    app = decide_on_overview(app, ids["lazy"], "rejected")
    assert len(app.success) == 1
    app.query_params["run"] = between
    assert not app.run().success
    app.query_params["run"] = [ids["lazy"]]
    assert not app.run().success, "it was left"
