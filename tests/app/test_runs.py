"""The choice of runs, which the pages of training runs share."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from app.parts.run_names import LONGEST_OPTION, cut_names
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from tests.helpers.views import view


def parameter(app: AppTest, name: str) -> str:
    value = app.query_params[name]
    return value if isinstance(value, str) else "".join(value)


def test_one_of_several_chosen_runs_follows_from_page_to_page(
    look_at: Callable[[Store], None], store: Store, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    look_at(store)
    both = [tiny_run.run_id, seeded_run.run_id]
    app = view("overview")
    app.query_params["run"] = both
    app = app.run()
    assert app.multiselect(key="runs-choice").value == both
    app = app.switch_page("views/progression.py").run()
    assert app.selectbox(key="run-choice").value == tiny_run.run_id
    app = app.selectbox(key="run-choice").set_value(seeded_run.run_id).run()
    app = app.selectbox(key="class-choice").set_value("barred").run()
    assert parameter(app, "run") == seeded_run.run_id
    assert parameter(app, "class") == "barred"
    app = app.switch_page("views/retrain.py").run()
    assert app.selectbox(key="run-choice").value == seeded_run.run_id
    app = app.switch_page("views/progression.py").run()
    assert app.selectbox(key="class-choice").value == "barred"
    app = app.switch_page("views/overview.py").run()
    assert app.multiselect(key="runs-choice").value == both
    assert not app.exception
    app = app.multiselect(key="runs-choice").set_value([]).run()
    assert app.multiselect(key="runs-choice").value == []
    assert "Choose one or several runs" in app.info[0].value


def test_a_link_wins_over_what_was_chosen_before(
    look_at: Callable[[Store], None], store: Store, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    look_at(store)
    app = view("progression")
    app.query_params["run"] = tiny_run.run_id
    app = app.run().selectbox(key="class-choice").set_value("masked").run()
    app.query_params.update({"run": seeded_run.run_id, "class": "hooded", "from": "plain"})
    app = app.run()
    assert app.selectbox(key="run-choice").value == seeded_run.run_id
    assert app.selectbox(key="class-choice").value == "hooded"
    assert parameter(app, "from") == "plain"
    # Another class is no longer about the link's pair; an unknown one is left aside.
    app = app.selectbox(key="class-choice").set_value("capped").run()
    assert "from" not in app.query_params
    app.query_params["class"] = "no such class"
    app = app.run()
    assert parameter(app, "class") == "plain"
    assert not app.exception


def test_names_are_cut_so_that_what_tells_runs_apart_stays_in_sight() -> None:
    names = {
        "aaaaaaaa": "smallgap · cub10 · lr 0.003",
        "bbbbbbbb": "smallgap · cub10 · lr 0.003, crop 0.3",
        "cccccccc": "smallgap · planted · lr 0.003, crop 0.3",
        "dddddddd": "smallgap · planted · lr 0.003, crop 0.3",
        "eeeeeeee": "a name of its own that is longer than there is room",
        "ffffffff": "resnet50 pretrained · crop 0.35, mixup 0.2",
        "gggggggg": "resnet50 pretrained · crop 0.35, mixup 0.5",
    }
    told = cut_names(names)
    assert told["aaaaaaaa"] == names["aaaaaaaa"]
    assert told["bbbbbbbb"] == "…cub10 · lr 0.003, crop 0.3"
    assert told["cccccccc"].endswith("(cccccc)")
    assert told["dddddddd"].endswith("(dddddd)")
    assert told["eeeeeeee"].startswith("a name of")
    assert told["ffffffff"] == "…crop 0.35, mixup 0.2"
    assert told["gggggggg"] == "…crop 0.35, mixup 0.5"
    assert len({*told.values()}) == len(told)
    assert max(map(len, told.values())) <= LONGEST_OPTION
