"""The comparison page as Streamlit runs it, over a real store."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import takewhile
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.compare.adding import list_networks
from app.parts.columns import UNKNOWN
from app.parts.widgets import plain
from app.reads import stored_evaluations
from pipelines.comparison.confused import count_confused, find_confused_pair
from pipelines.comparison.kinds import classes_of
from pipelines.comparison.subject import MAX_IMAGES
from pipelines.comparison.weak import CERTAIN
from pipelines.evaluation.trained import evaluate_runs
from pipelines.review.findings import findings_of_evaluated
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.checks.interventions.corruptions import CORRUPTED
from saliencnn.common.formats import CHECK_RESULT
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.wordnet import groups_of
from saliencnn.findings.kind_rates import MIN_OF_WEAK
from saliencnn.findings.weak_kinds import RULE
from saliencnn.store.check_results import write_result
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_files import read_by_class, read_class_set, read_predictions
from saliencnn.store.evaluation_records import CORRUPTED_TOP1
from saliencnn.store.evaluations import list_evaluations, note_metric, read_evaluation
from saliencnn.store.runs import read_run
from saliencnn.store.saved_tasks import list_tasks
from tests.helpers.evaluations import some_classes, synthesise
from tests.helpers.images import save_folder_set
from tests.helpers.stores import new_store
from tests.helpers.views import plain_texts, texts
from tests.helpers.working import press_and_wait

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[str], list[str]]:
    """A store with two groups: four models with root classes, then two without."""
    store = new_store(tmp_path_factory.mktemp("compared"))
    rooted = synthesise(store, 4)
    return (
        store,
        rooted,
        synthesise(store, 2, some_classes(6, roots=False), without=0, name="plain"),
    )


@pytest.fixture
def open_page(open_page: Open) -> Open:
    return partial(open_page, "compare", timeout=120)


def asked(app: AppTest, key: str) -> list[str]:
    """Return a parameter of the address."""
    value = app.query_params.get(key, [])
    return value if isinstance(value, list) else [value]


def test_an_empty_store_says_what_to_run(open_page: Open, tmp_path: Path) -> None:
    app = open_page(new_store(tmp_path))
    assert not app.exception
    assert "saliencnn evaluate --models" in texts(app)
    assert "run:RUN_ID" in texts(app)


def test_the_newest_group_is_shown_first(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, plain = compared
    app = open_page(store)
    assert not app.exception
    assert set(app.multiselect(key="task-models").options) >= {
        f"{i.model} · {i.metrics['top1']:.1%}" for i in (read_evaluation(store, r) for r in plain)
    }
    # Without root classes there is nothing to draw around a circle, nor bars of one of them.
    app.segmented_control(key="compare-tab").set_value("classes").run()
    assert "compare-root" not in {box.key for box in app.selectbox}
    assert "classes are left out" not in texts(app)
    groups = app.sidebar.selectbox(key="compare-group-choice")
    groups.select(next(o for o in groups.options if "noise" in o)).run()
    assert not app.exception
    assert len(app.multiselect(key="task-models").options) == len(rooted)
    assert "food" in app.selectbox(key="compare-root").options
    assert "1 of 40 classes are left out" in texts(app)


def test_a_link_opens_its_task(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    classes = read_class_set(store, rooted[0]).classes
    app = open_page(
        store, model=[*rooted[1:3], "gone"], **{"class": [classes[3], "no class"]}, image="17",
        threshold="0.35", rule="l1", method=["cam", "nothing"], pin=rooted[2], root="food",
    )  # fmt: skip
    assert not app.exception
    assert app.multiselect(key="task-models").value == rooted[1:3]
    assert app.multiselect(key="task-classes").value == [3]
    assert app.selectbox(key="task-image").value == 17
    assert app.multiselect(key="task-methods").value == ["cam"]
    assert asked(app, "rule") == ["l1"]
    assert app.slider(key="task-threshold").value == 0.35
    (left_out,) = [one.value for one in app.warning if "The link names" in one.value]
    assert all(name in left_out for name in ("gone", "no class", "nothing"))
    assert asked(app, "model") == rooted[1:3]
    assert asked(app, "class") == [classes[3]]
    app.segmented_control(key="compare-tab").set_value("classes").run()
    assert app.selectbox(key="compare-root").value == "food"


def test_an_image_and_its_class_belong_together(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    classes = read_class_set(store, rooted[0]).classes
    app = open_page(store, model=rooted[:2], image="17")
    assert app.multiselect(key="task-classes").value == [3]
    app.multiselect(key="task-classes").set_value([5, 8]).run()
    assert 25 <= app.selectbox(key="task-image").value < 45, "one of theirs is chosen at once"
    assert len(app.selectbox(key="task-image").options) == 10
    app.button(key="compare-image-27").click().run()
    assert app.selectbox(key="task-image").value == 27
    assert asked(app, "image") == ["27"]
    assert asked(app, "class") == [classes[5], classes[8]]
    app.button(key="compare-image-42").click().run()
    assert asked(app, "class") == [classes[8], classes[5]], "maps explain the image's own class"
    app.selectbox(key="task-image").set_value(26).run()
    assert asked(app, "class") == [classes[5], classes[8]]


def test_the_image_is_one_of_what_was_chosen_last(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    """From a list, a kind of thing, or a click in a graph; taking others out does not change it."""
    store, rooted, _ = compared
    classes = read_class_set(store, rooted[0]).classes
    app = open_page(store, model=rooted[:2], image="17")

    def shown() -> int:
        return app.selectbox(key="task-image").value // 5

    app.multiselect(key="task-classes").set_value([3, 8]).run()
    assert shown() == 8
    assert asked(app, "class") == [classes[8], classes[3]]
    app.multiselect(key="task-classes").set_value([8, 3, 5]).run()
    assert shown() == 5
    app.multiselect(key="task-classes").set_value([5, 3]).run()
    assert shown() == 5
    app.multiselect(key="task-classes").set_value([3]).run()
    assert shown() == 3
    groups = [group.name for group in groups_of(read_class_set(store, rooted[0]))]
    dogs = classes_of(read_class_set(store, rooted[0]), "dog")
    app.multiselect(key="task-classes").set_value([3, -1 - groups.index("dog")]).run()
    assert shown() in dogs
    assert 3 not in dogs


def test_the_kinds_of_task_speak_of_one_model_or_many(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    app = open_page(store, model=rooted[:3], pin=rooted[1])
    app.multiselect(key="task-classes").set_value([5, 8]).run()
    app.radio(key="task-kind").set_value("images").run()
    assert not app.exception
    # The pinned one of the task's models, and the first of its classes.
    assert app.selectbox(key="task-model").value == rooted[1]
    assert app.selectbox(key="task-class").value == 5
    app.radio(key="task-kind").set_value("classes").run()
    assert app.selectbox(key="task-model").value == rooted[1]
    assert app.multiselect(key="task-classes").value == [5]
    # Back at many networks, those of before are chosen again, and their classes.
    app.radio(key="task-kind").set_value("image").run()
    assert app.multiselect(key="task-models").value == rooted[:3]
    assert app.multiselect(key="task-classes").value == [5, 8]


def test_what_was_chosen_meanwhile_is_kept(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    app = open_page(store, model=rooted[:2], **{"class": ["no class"]})
    app.radio(key="task-kind").set_value("images").run()
    app.selectbox(key="task-model").set_value(rooted[3]).run()
    app.selectbox(key="task-class").set_value(7).run()
    app.radio(key="task-kind").set_value("image").run()
    assert app.multiselect(key="task-models").value == [*rooted[:2], rooted[3]]
    assert app.multiselect(key="task-classes").value == [7]


def test_other_networks_are_asked_of_the_images_that_one_misses(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    tables = {one: read_predictions(store, one) for one in rooted}
    missed = tables[rooted[0]].query("true != class_1").groupby("true")["image"].agg(list)
    true = int(missed.map(len).idxmax())
    images, name = missed[true], read_class_set(store, rooted[0]).classes[true]
    link = {"model": [rooted[0]], "class": [name], "kind": "images"}
    app = open_page(store, **link, tab="maps")
    lines = plain_texts(app).splitlines()
    assert any(f"misses {len(images)} of 5 images" in one for one in lines)
    for run_id in rooted[1:]:
        right = int((tables[run_id].loc[images, "class_1"] == true).sum())
        model = read_evaluation(store, run_id).model
        assert any(model in one and f": {right} right" in one for one in lines)
    app.button(key=f"compare-missed-{images[-1]}").click().run()
    assert not app.exception
    assert app.radio(key="task-kind").value == "image"
    assert app.selectbox(key="task-image").value == images[-1]
    assert {*app.multiselect(key="task-models").value} == {*rooted}
    choice = f"compare-missed-by-({true},)"
    of_class = tables[rooted[0]].query("true == @true").index
    most = {one: int((tables[one].loc[of_class, "class_1"] != true).sum()) for one in rooted}
    assert most[app.selectbox(key=choice).value] == max(most.values())
    other = next(one for one in rooted if most[one] and one != app.selectbox(key=choice).value)
    app.selectbox(key=choice).set_value(other).run()
    told = f"{read_evaluation(store, other).model} misses {most[other]} of 5 images"
    assert told in plain_texts(app)


def test_lists_of_classes_are_those_of_a_plain_loop(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    app = open_page(store, tab="classes", pin=rooted[0])
    names = read_class_set(store, rooted[0]).classes
    ranges, averages = {}, {}
    for index, name in enumerate(names[:-1]):
        found = [read_by_class(store, run_id)["accuracy"][index] for run_id in rooted]
        ranges[name], averages[name] = max(found) - min(found), sum(found) / len(found)
    for order, by, expected, descending in (
        ("disagree most", "range", ranges, True), ("disagree least", "range", ranges, False),
        ("do best", "average", averages, True), ("do worst", "average", averages, False),
    ):  # fmt: skip
        app.segmented_control(key="rank").set_value(order).run()
        table = app.dataframe(key=f"compare-{by}-{descending}-").value
        assert sorted(table["class"]) == sorted(expected)
        np.testing.assert_allclose([100 * expected[name] for name in table["class"]], table[by])


def test_a_chosen_kind_of_thing_narrows_the_lists_of_classes(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    classes = read_class_set(store, rooted[0])
    animals = {
        name
        for name, root in zip(classes.classes[:-1], classes.roots[:-1], strict=True)
        if root == "animal"
    }
    app = open_page(store, pin=rooted[0], tab="classes", root="animal")
    table = app.dataframe(key="compare-range-True-animal").value
    listed = table["class"]
    heads = {"".join(header): header for header in table.columns}
    counts = [table[heads[read_evaluation(store, run_id).model]] for run_id in rooted]
    known = read_by_class(store, rooted[0])["images"]
    images = [int(known[classes.classes.index(name)]) for name in listed]
    for column in counts:
        assert [int(told.split(" of ")[1]) for told in column] == images
    assert 0 < len(listed) == len(animals) < len(classes) - 1
    assert {*listed} == animals


def test_a_kind_narrower_than_a_root_class_narrows_them_too(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    classes = read_class_set(store, rooted[0])
    dogs = next(one.classes for one in groups_of(classes) if one.name == "dog")
    link = {"root": "dog", "rank": "do worst", "tab": "classes", "pin": rooted[1]}
    app = open_page(store, **link)
    assert {name: asked(app, name) for name in link} == {n: [one] for n, one in link.items()}
    table = app.dataframe(key="compare-average-False-dog").value
    assert {*table["class"]} == {classes.classes[index] for index in dogs if index < 39}
    assert app.selectbox(key="compare-root").value == "dog"
    assert f'Of the {len(table)} classes of "dog"' in plain_texts(app)
    assert f'all networks do worst on "{table["class"][0]}"' in plain_texts(app)
    app.button(key="compare-all-kinds").click().run()
    assert asked(app, "root") == []
    assert asked(app, "rank") == ["do worst"]
    assert len(app.dataframe(key="compare-average-False-").value) == 39
    app = open_page(store, root="no kind", rank="no order", tab="classes")
    assert asked(app, "root") == asked(app, "rank") == []


def test_each_list_of_classes_says_what_stands_first_and_on_how_many_images(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    tables = [read_by_class(store, run_id) for run_id in rooted]
    images = tables[0]["images"].to_numpy()
    accuracy = np.stack([table["accuracy"] for table in tables])[:, images > 0]
    differ = int((np.ptp(accuracy, axis=0) > 0).sum())
    app = open_page(store, pin=rooted[0], tab="classes")
    first = app.dataframe(key="compare-range-True-").value["class"][0]
    (told,) = [one for one in plain_texts(app).split("\n") if "disagree most on" in one]
    ranked = f"Of the 39 classes ({images.sum()} images), all networks "
    assert f"{ranked}disagree most on" in told
    assert f'disagree most on "{first}"' in told
    assert f"they disagree at all on {differ} of the " in told


def test_two_confused_classes_lead_to_images_of_both(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    classes = read_class_set(store, rooted[0]).classes
    known = read_predictions(store, rooted[1])
    pair = find_confused_pair(known["true"].to_numpy(), known["class_1"].to_numpy())
    assert pair is not None
    app = open_page(store, pin=rooted[1], tab="classes")
    assert not app.exception
    first, second = (classes[one] for one in pair.classes)
    assert f'confuses "{first}" and "{second}" most:' in plain_texts(app)
    (link,) = [one for one in app.get("page_link") if one.proto.label == "See both on Maps"]
    query = parse_qs(link.proto.query_string)
    assert (query["model"], query["kind"]) == ([rooted[1]], ["classes"])
    assert query["class"] == [first, second]
    two = {"class": [classes[3], classes[4]]}
    chosen = open_page(store, pin=rooted[0], model=rooted[0], **two, tab="classes")
    assert not chosen.exception
    name = read_evaluation(store, rooted[0]).model
    known = read_predictions(store, rooted[0])
    own = count_confused(known["true"].to_numpy(), known["class_1"].to_numpy(), 3, 4)
    assert own.describe(name, classes, chosen=True) in plain_texts(chosen).replace(":small[", "")


def test_a_kind_chosen_on_classes_narrows_the_list_on_maps(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    """The address kept the kind, and the list forgot it."""
    store, rooted, _ = compared
    app = open_page(store, tab="classes", root="dog", pin=rooted[0])
    listed = app.dataframe(key="compare-range-True-dog").value["class"].tolist()
    app.segmented_control(key="compare-tab").set_value("maps").run()
    assert not app.exception
    assert asked(app, "root") == ["dog"]
    assert app.dataframe(key="compare-range-True-dog").value["class"].tolist() == listed
    assert f'Of the {len(listed)} classes of "dog"' in plain_texts(app)
    app.button(key="compare-all-kinds").click().run()
    assert len(app.dataframe(key="compare-range-True-").value) == 39
    assert asked(app, "tab") == ["maps"]


def test_the_maps_are_asked_of_a_kind_at_once(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    """Without a second choice of a class; a class that was chosen stays."""
    store, rooted, _ = compared
    classes = read_class_set(store, rooted[0])
    dogs = next(one.classes for one in groups_of(classes) if one.name == "dog")
    link = {"tab": "classes", "root": "dog", "model": rooted[:2], "class": [classes.classes[3]]}
    app = open_page(store, **link)
    app.button(key="compare-ask-kind").click().run()
    assert not app.exception
    shown = {name: asked(app, name) for name in ("tab", "root", "subject", "level")}
    assert shown == {
        "tab": ["maps"], "root": ["dog"], "subject": ["all of dog"], "level": ["true"],
    }  # fmt: skip
    assert asked(app, "model") == rooted[:2]
    assert asked(app, "class") == [classes.classes[3]]
    assert 3 not in dogs
    assert app.toggle(key="level").value
    assert app.selectbox(key="subject").value == "all of dog"
    assert app.multiselect(key="task-classes").value == [3]


def test_any_kind_can_be_asked_of_before_a_class_is_chosen_and_after(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    """A kind takes the place of another kind, in the sidebar, too."""
    store, rooted, _ = compared
    classes = read_class_set(store, rooted[0])
    groups = {group.name: {*group.classes} for group in groups_of(classes)}
    app = open_page(store, tab="maps", pin=rooted[0])
    kinds = app.selectbox(key="compare-kind")
    assert kinds.value is None
    assert any(option.startswith("dog ·") for option in kinds.options)
    kinds.set_value("all of dog").run()
    assert not app.exception
    assert (asked(app, "subject"), asked(app, "level")) == (["all of dog"], ["true"])
    named = {classes.classes[index] for index in groups["dog"]}
    assert {*asked(app, "class")} <= named
    field = app.selectbox(key="subject")
    other = next(
        key for key in (f"all of {name}" for name, own in groups.items() if not own & groups["dog"])
        if any(option.startswith(f"{key[7:]} ·") for option in field.options)
    )  # fmt: skip
    field.set_value(other).run()
    assert not app.exception
    assert asked(app, "subject") == [other]
    assert {*asked(app, "class")}.isdisjoint(named)
    assert app.selectbox(key="subject").value == other


@pytest.mark.parametrize(
    ("link", "subject"),
    [
        ({"root": "dog"}, "all of dog"),
        ({"subject": "all of dog"}, "all of dog"),
        ({}, "all classes"),
    ],
)
def test_a_link_asks_of_a_kind_or_of_all_classes_without_naming_a_class(
    open_page: Open,
    compared: tuple[Store, list[str], list[str]],
    link: dict[str, str],
    subject: str,
) -> None:
    store, rooted, _ = compared
    app = open_page(store, tab="maps", level="true", pin=rooted[0], **link)
    assert not app.exception
    assert app.selectbox(key="subject").value == subject
    assert app.toggle(key="level").value
    assert asked(app, "class")
    assert asked(app, "model")
    assert "it cannot be told" not in plain_texts(app), "of a class that nobody chose"


def test_where_all_classes_are_asked_of_the_first_that_is_chosen_is_what_is_shown(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    named = read_class_set(store, rooted[0]).classes
    app = open_page(store, tab="maps", level="true", model=rooted[:2])
    assert app.multiselect(key="task-classes").value == [], "nobody has chosen any"
    assert len(asked(app, "class")) == 2
    new = next(n for n, name in enumerate(named) if name not in asked(app, "class"))
    app = app.multiselect(key="task-classes").set_value([new]).run()
    assert not app.exception
    assert app.multiselect(key="task-classes").value == [new]
    assert asked(app, "class") == [named[new]]
    (image,) = asked(app, "image")
    assert int(read_predictions(store, rooted[0])["true"].iloc[int(image)]) == new
    app.selectbox(key="subject").set_value("all classes").run()
    assert app.multiselect(key="task-classes").value == [new], "what was chosen stays"


def test_classes_that_came_with_a_question_give_way_to_the_one_that_is_chosen(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    """A kind's, and those that stand for all; what a person chose stays."""
    store, rooted, _ = compared
    named = read_class_set(store, rooted[0]).classes
    for link in ({"root": "dog"}, {}):
        app = open_page(store, tab="maps", level="true", model=rooted[:2], **link)
        given = asked(app, "class")
        assert len(given) > 1
        new, other = [n for n, name in enumerate(named) if name not in given][:2]
        field = app.multiselect(key="task-classes")
        app = field.set_value([*field.value, new]).run()
        assert asked(app, "class") == [named[new]]
        app = app.multiselect(key="task-classes").set_value([new, other]).run()
        assert {*asked(app, "class")} == {named[new], named[other]}


def test_a_link_that_asks_keeps_its_image_and_what_it_asks_of(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    named = read_class_set(store, rooted[0]).classes
    link = {"tab": "maps", "level": "true", "model": rooted[:2]}
    app = open_page(store, **link, image="7")
    assert asked(app, "image") == ["7"]
    label = int(read_predictions(store, rooted[0])["true"].iloc[7])
    assert asked(app, "class") == [named[label]]
    app = open_page(store, **link, root="dog", subject="all classes")
    assert app.selectbox(key="subject").value == "all classes"
    app = open_page(store, **link, subject=named[3])
    assert asked(app, "class") == [named[3]]
    assert app.selectbox(key="subject").value == named[3]
    app = open_page(store, **{**link, "tab": "networks"})
    assert not asked(app, "class"), "nobody sees what is asked there"


@pytest.mark.parametrize(
    "link", [{"subject": "all of unicorn"}, {"subject": "unicorn"}, {"root": "unicorn"}]
)
def test_a_link_that_asks_of_what_is_not_there_asks_of_nothing_else(
    open_page: Open, compared: tuple[Store, list[str], list[str]], link: dict[str, str]
) -> None:
    store, rooted, _ = compared
    app = open_page(store, tab="maps", level="true", model=rooted[:2], **link)
    assert not app.exception
    assert not asked(app, "class")
    assert not asked(app, "level")
    assert "unicorn" in plain_texts(app), "what the link names is said not to be there"


def test_what_is_chosen_is_asked_of_at_once_where_its_images_are_enough(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    """Alike for a class, a kind and everything; of a class that has too few it is said."""
    store, rooted, _ = compared
    classes = read_class_set(store, rooted[0])
    app = open_page(store, tab="maps", model=rooted[:2], **{"class": classes.classes[3]})
    field = app.selectbox(key="subject")
    assert field.value != classes.classes[3]
    alone = f'"{classes.classes[3]}" as a class does not tell'
    assert alone in plain_texts(app)
    assert not app.toggle(key="level").value
    field.set_value(classes.classes[3]).run()
    assert not app.toggle(key="level").value
    app.selectbox(key="subject").set_value("all classes").run()
    assert app.toggle(key="level").value
    assert alone in plain_texts(app), "beside what is said of all classes"
    assert asked(app, "class") == [classes.classes[3]]


def test_a_class_that_is_not_chosen_yet_is_found_where_it_is_asked(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    """Then it is what is answered, as if chosen at the side; it has too few images, so wider ones
    are a click away."""
    store, rooted, _ = compared
    named = read_class_set(store, rooted[0]).classes
    app = open_page(store, tab="maps", level="true", model=rooted[:2])
    field = app.selectbox(key="subject")
    assert any(option.startswith(f"{named[3]} ·") for option in field.options)
    field.set_value(named[3]).run()
    assert not app.exception
    assert asked(app, "class") == [named[3]]
    assert not app.toggle(key="level").value
    assert app.selectbox(key="subject").value == named[3], "what was chosen stays in the box"
    assert f'"{named[3]}" as a class does not tell' in plain_texts(app)
    app.button(key="compare-ask-all").click().run()
    assert not app.exception
    assert app.toggle(key="level").value
    assert app.selectbox(key="subject").value != named[3]
    assert f'"{named[3]}" as a class does not tell' in plain_texts(app)
    assert "compare-ask-wider" not in {button.key for button in app.button}
    assert not any("no image" in option for option in field.options)


def test_a_chosen_class_without_images_is_named(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    named = read_class_set(store, rooted[0]).classes
    (without,) = {*range(len(named))} - {*read_predictions(store, rooted[0])["true"]}
    app = open_page(store, tab="maps", model=rooted[:2], **{"class": named[3]})
    assert "None of the evaluated images" not in plain_texts(app)
    app.multiselect(key="task-classes").set_value([3, without]).run()
    assert not app.exception
    assert f'None of the evaluated images is of "{named[without]}"' in plain_texts(app)


def test_a_class_is_found_where_nothing_is_chosen_yet(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    named = read_class_set(store, rooted[0]).classes
    app = open_page(store, tab="maps", pin=rooted[0])
    app.selectbox(key="compare-kind").set_value(named[3]).run()
    assert not app.exception
    assert asked(app, "class") == [named[3]]
    assert f'"{named[3]}" as a class does not tell' in plain_texts(app)


def test_of_classes_chosen_one_after_another_the_last_is_answered(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    """Also where many images are asked of, and on another class's image that is chosen then."""
    store, rooted, _ = compared
    named = read_class_set(store, rooted[0]).classes
    app = open_page(store, tab="maps", model=rooted[:2])
    chosen: list[int] = []
    for one in (3, 5):
        chosen = [*chosen, one]
        app.multiselect(key="task-classes").set_value(chosen).run()
        assert not app.exception
        assert f'"{named[one]}" as a class does not tell' in plain_texts(app)
    assert f'"{named[3]}" as a class does not tell' not in plain_texts(app)
    app.button(key="compare-ask-all").click().run()
    bold = [one.value for one in app.markdown if one.value.startswith("**")]
    assert f'"{named[5]}" as a class does not tell' in plain_texts(app)
    assert not any("does not tell" in one for one in bold), "a refusal is no headline"


def test_a_kind_takes_the_place_of_classes_that_stand_for_all(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    class_set = read_class_set(store, rooted[0])
    app = open_page(store, tab="maps", level="true", model=rooted[:2])
    app.selectbox(key="subject").set_value("all of dog").run()
    assert not app.exception
    dogs = {class_set.classes[n] for n in classes_of(class_set, "dog")}
    assert {*asked(app, "class")} <= dogs


def test_below_the_claim_of_one_image_many_are_asked_in_one_click(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    """Where some network is wrong on it or its class cannot tell; not again once they are asked."""
    store, rooted, _ = compared
    classes = read_class_set(store, rooted[0]).classes
    tables = [read_predictions(store, one) for one in rooted[:2]]
    right = np.stack([(one["class_1"] == one["true"]).to_numpy() for one in tables])
    true = tables[0]["true"].to_numpy()

    def offers(image: int) -> AppTest:
        name = classes[true[image]]
        query = {"tab": "maps", "model": rooted[:2], "class": name, "image": str(image)}
        return open_page(store, **query)

    wrong, correct = (int(np.flatnonzero(one)[0]) for one in (~right.any(0), right.all(0)))
    of_right = offers(correct)
    told = [one.value for one in of_right.markdown]
    (refusal,) = (place for place, one in enumerate(told) if "as a class does not tell" in one)
    assert any(one.startswith("**On th") for one in told[:refusal]), "first of the image shown"
    assert "**" not in told[refusal]
    (ask,) = [one.label for one in of_right.button if one.key == "compare-ask-all"]
    assert ask.startswith("Ask it of ")
    app = offers(wrong)
    told = app.selectbox(key="subject").value
    app = app.button(key="compare-ask-all").click().run()
    assert not app.exception
    assert app.toggle(key="level").value
    assert app.selectbox(key="subject").value == told
    assert "compare-ask-all" not in {one.key for one in app.button}


def test_the_network_that_misses_most_is_asked_alone_where_only_some_images_are_explained(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    missed = {
        one: int((table["class_1"] != table["true"]).sum())
        for one in rooted[:2]
        for table in [read_predictions(store, one)]
    }
    link = {"tab": "maps", "level": "true", "model": [*missed]}
    app = open_page(store, **link, subject="all of dog")
    assert not [one for one in app.button if one.key == "compare-ask-alone"], "all are explained"
    app = open_page(store, **link)
    app = app.button(key="compare-ask-alone").click().run()
    assert not app.exception
    assert asked(app, "model") == [max(missed, key=lambda one: missed[one])]
    assert (asked(app, "subject"), app.toggle(key="level").value) == (["all classes"], True)


def test_a_kind_is_asked_of_or_it_is_said_how_many_images_it_takes(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    """A root class that WordNet does not group is a kind like others."""
    store, rooted, _ = compared
    classes = read_class_set(store, rooted[0])
    for root in dict.fromkeys(classes.roots):
        app = open_page(store, tab="classes", root=root, model=rooted[:2])
        own = np.isin(read_predictions(store, rooted[0])["true"], classes_of(classes, root))
        wrong = []
        for run_id in rooted[:2]:
            known = read_predictions(store, run_id)[own]
            wrong.append(int((known["true"] != known["class_1"]).sum()))
        offered = "compare-ask-kind" in {button.key for button in app.button}
        told = ", 5 are needed" in plain_texts(app)
        assert offered != told, root
        if own.sum() <= MAX_IMAGES:
            assert offered == any(min(one, own.sum() - one) >= 5 for one in wrong), root


def test_the_classes_missed_most_are_those_of_the_kind_that_is_asked_of(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    """And what the link sets is in the address, so that a copied link shows it."""
    store, rooted, _ = compared
    classes = read_class_set(store, rooted[0])
    first = next(one.classes[0] for one in groups_of(classes) if one.name == "dog")
    dog = {
        "model": rooted[:2],
        "class": [classes.classes[first]],
        "subject": "all of dog",
        "level": "true",
    }
    app = open_page(store, **dog)
    app.button(key="compare-missed-most").click().run()
    assert asked(app, "tab") == ["classes"]
    assert asked(app, "root") == ["dog"]
    assert asked(app, "rank") == ["do worst"]
    assert app.segmented_control(key="rank").value == "do worst"


def test_the_mistake_to_see_next_is_a_link(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    """To the missed images of its class, of the network that makes it most."""
    store, rooted, _ = compared
    classes = read_class_set(store, rooted[0])
    dogs = next(one.classes for one in groups_of(classes) if one.name == "dog")
    link = {"class": [classes.classes[dogs[0]]], "subject": "all of dog", "level": "true"}
    app = open_page(store, model=rooted[:2], **link)
    counts: Counter[tuple[str, str, str]] = Counter()
    for run_id in rooted[:2]:
        known = read_predictions(store, run_id)
        wrong = known[known["true"].isin(dogs) & (known["true"] != known["class_1"])]
        named = (wrong[one].map(classes.classes.__getitem__) for one in ("true", "class_1"))
        counts.update((run_id, *pair) for pair in zip(*named, strict=True))
    ((run_id, true, predicted), images), (_, fewer) = counts.most_common(2)
    assert images > fewer, "which mistake is made most is clear"
    ((label, query),) = (
        (one.proto.label.replace("\\", ""), parse_qs(one.proto.query_string))
        for one in app.get("page_link")
        if "at=images" in one.proto.query_string
    )
    assert label.startswith(f'See "{true}" taken for "{predicted}" by ')
    assert (query["run"], query["class"], query["subject"]) == ([run_id], [true], [true])


def test_a_link_of_before_kinds_had_names_of_people_opens_the_same(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    """Saved tasks have such links, and colleagues sent them."""
    store, rooted, _ = compared
    app = open_page(store, pin=rooted[0], root="artifact", subject="all of artifact")
    assert asked(app, "root") == ["things made by people"]
    assert asked(app, "subject") == ["all of things made by people"]


def test_a_task_is_saved_and_opened_by_name(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    app = open_page(store, model=rooted[:2], image="17", threshold="0.7", pin=rooted[0])
    app.text_input(key="task-name").set_value("Dogs_and *cats*")
    next(button for button in app.button if button.label == "Save").click().run()
    assert not app.exception
    assert [task.name for task in list_tasks(store)] == ["Dogs_and *cats*"]
    fresh = open_page(store)
    assert fresh.multiselect(key="task-models").value == []
    fresh.selectbox(key="task-open").set_value("Dogs_and *cats*").run()
    assert not fresh.exception
    assert fresh.multiselect(key="task-models").value == rooted[:2]
    assert fresh.selectbox(key="task-image").value == 17
    assert fresh.slider(key="task-threshold").value == 0.7
    assert asked(fresh, "pin") == [rooted[0]]
    fresh.slider(key="task-threshold").set_value(0.2).run()
    assert asked(fresh, "threshold") == ["0.2"]


def test_a_task_without_a_name_is_not_saved(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    before = list_tasks(store)
    app = open_page(store, model=rooted[:2])
    next(button for button in app.button if button.label == "Save").click().run()
    assert "needs a name" in texts(app)
    assert list_tasks(store) == before


def test_classes_are_found_by_a_part_of_their_name(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    app = open_page(store, pin=rooted[0], tab="classes")
    classes = read_class_set(store, rooted[0])
    app.text_input(key="find").set_value("ANIMAL").run()
    found = sum(root == "animal" for root in classes.roots[:-1])
    assert f"{found} of 39 classes" in texts(app)
    app.text_input(key="find").set_value("[*").run()
    assert not app.exception
    assert "No class here is" in texts(app)


def test_a_group_of_classes_is_chosen_at_once(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    """By its word in WordNet, at every level; a class is found by the words of its groups."""
    store, rooted, _ = compared
    app = open_page(store, model=rooted[:2])
    classes = read_class_set(store, rooted[0])
    groups = {group.name: group.classes for group in groups_of(classes)}
    picker = app.multiselect(key="task-classes")
    chosen = next(option for option in picker.options if option.startswith("all of dog ·"))
    assert len(groups["dog"]) < sum("dog" in option for option in picker.options)
    dogs = -1 - [*groups].index("dog")
    picker.set_value([dogs]).run()
    assert not app.exception
    with_images = {index for index in groups["dog"] if index < 39}
    assert f"{len(with_images)} classes" in chosen
    assert {*asked(app, "class")} == {classes.classes[index] for index in with_images}
    # It is shown as one, and what it holds is listed below.
    assert app.multiselect(key="task-classes").value == [dogs]
    named = {classes.classes[index] for index in with_images}
    assert any(named <= {*one.value.split(", ")} for one in app.caption)
    # The kind itself is asked of at once, with all its images.
    asked_of = app.selectbox(key="subject")
    assert asked_of.value == "all of dog"
    assert f"of {5 * len(with_images)} missed" in asked_of.options[asked_of.index]
    assert app.toggle(key="level").value
    link = {name: asked(app, name) for name in ("model", "class", "level", "subject")}
    assert (link["level"], link["subject"]) == (["true"], ["all of dog"])
    sent = open_page(store, **link)
    assert sent.multiselect(key="task-classes").value == [dogs]
    assert (sent.toggle(key="level").value, sent.selectbox(key="subject").value) == (
        True,
        "all of dog",
    )
    # Another class joins it; without the kind, nothing is asked any more.
    app.multiselect(key="task-classes").set_value([dogs, 3]).run()
    assert {*app.multiselect(key="task-classes").value} == {dogs, 3}
    assert app.toggle(key="level").value
    app.multiselect(key="task-classes").set_value([3]).run()
    assert asked(app, "class") == [classes.classes[3]]
    assert not app.toggle(key="level").value


def test_the_most_missed_classes_stand_first(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    missed = np.max(
        [
            (table["images"] * (1 - table["accuracy"])).fillna(0).round()
            for table in (read_by_class(store, run_id) for run_id in rooted)
        ],
        axis=0,
    )
    picker = open_page(store, model=rooted).multiselect(key="task-classes")
    # Before them, narrow kinds with enough missed and correct images to ask why.
    kinds = list(takewhile(lambda option: option.startswith("all of "), picker.options))
    told = [re.match(r"all of (.+?)(?: \(.+\))? · .*of ([\d,]+) missed", kind) for kind in kinds]
    known = {one[1]: int(one[2].replace(",", "")) for one in told if one}
    names = [*known]
    assert len(names) == len(kinds)
    assert max(known[name] for name in names[:5]) <= 30 < max(known.values()), "narrow ones first"
    for name in names:
        narrower = [other for other in names if name in other.split() and other != name]
        assert all(names.index(name) < names.index(other) for other in narrower), name
    assert any(name in other.split() for name in names for other in names if other != name)
    assert f"{missed.max():.0f} of 5 missed" in picker.options[len(kinds)]
    # A chosen class has little room: nothing of it is cut off.
    chosen = int(missed.argmax())
    app = picker.set_value([chosen]).run()
    assert not app.exception
    picker = app.multiselect(key="task-classes")
    assert picker.value == [chosen]
    name = read_class_set(store, rooted[0]).classes[chosen]
    told = re.escape(name) + rf" · (up to )?{missed.max():.0f} of 5 missed"
    assert any(re.fullmatch(told, option) for option in picker.options)


def test_a_link_opens_the_tab_that_its_sender_saw(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    for tab, query in {
        "networks": {"pin": rooted[1]},
        "classes": {"root": "food", "pin": rooted[1]},
        "maps": {"model": rooted[:2]},
    }.items():
        app = open_page(store, **query)
        assert app.segmented_control(key="compare-tab").value == tab
        assert asked(app, "tab") == [tab]
    app = open_page(store, model=rooted[:2], tab="networks")
    assert app.segmented_control(key="compare-tab").value == "networks"
    # What is chosen in the sidebar is shown on the first screen.
    app.multiselect(key="task-models").set_value(rooted[:3]).run()
    assert app.segmented_control(key="compare-tab").value == "maps"


def test_without_networks_the_best_are_offered(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    app = open_page(store, pin=rooted[0], tab="maps")
    app.button(key="compare-best").click().run()
    assert len(app.multiselect(key="task-models").value) == 4
    assert "Choose a class." in texts(app)


def test_networks_that_a_task_leaves_out_are_said_and_added(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    app = open_page(store, **{"model": rooted[1:3], "class": ["tench"], "image": "0"}, tab="maps")
    assert f"2 of {len(rooted)} networks shown" in texts(app)
    app.button(key="compare-others").click().run()
    assert not app.exception
    assert app.multiselect(key="task-models").value[:2] == rooted[1:3], "the chosen ones stay first"
    assert {*app.multiselect(key="task-models").value} == {*rooted}
    assert "compare-others" not in {button.key for button in app.button}


def test_one_answer_stands_out_among_what_is_said_of_networks(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    app = open_page(store, model=rooted, tab="networks")
    said = [one.value for one in app.markdown if ":small[" in one.value or "**" in one.value]
    bold = [one for one in said if "**" in one]
    assert len(bold) == 1 < len(said)
    assert "most accurate" in bold[0]


def test_a_wrong_network_leads_to_the_maps_of_its_class_and_back(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    known = read_predictions(store, rooted[0])
    wrong = known[known["true"] != known["class_1"]].iloc[0]
    image, true, said = (int(wrong[name]) for name in ("image", "true", "class_1"))
    classes = read_class_set(store, rooted[0]).classes
    link = {"model": [rooted[0]], "class": [classes[true]], "image": str(image)}
    app = open_page(store, **link, tab="maps")
    for other in (said, true):
        app.button(key=f"compare-explain-{other}").click().run()
        assert not app.exception
        assert app.multiselect(key="task-classes").value[0] == other
        assert app.selectbox(key="task-image").value == image
        assert any(f'The maps explain "{classes[other]}"' in one.value for one in app.caption)
        (table,) = [one for one in app.dataframe if "target confidence" in one.value]
        assert table.proto.placeholder == UNKNOWN, "Streamlit writes None"
    unknown = [one.value for one in app.caption if "among its five likeliest" in one.value]
    assert bool(unknown) == bool(table.value["target confidence"].isna().any())


def test_what_each_network_is_weak_at_stands_in_a_row_that_leads_there(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    app = open_page(store, model=rooted, tab="networks")
    assert not app.exception
    tables = {run_id: read_by_class(store, run_id) for run_id in rooted}
    class_set = read_class_set(store, rooted[0])
    (table,) = [one for one in app.dataframe if "weakest on" in one.value]
    folded = [one for box in app.expander for one in box.dataframe if "weakest on" in one.value]
    kinds = {one.removeprefix(CERTAIN).strip() for one in table.value["weakest on"]}
    assert len(folded) == (len(kinds) == 1), "rows that say the same are folded"
    known = {read_evaluation(store, one).model: one for one in rooted}
    assert {*table.value["network"]} == {*known}
    of_kind = np.array(class_set.roots)
    for _, row in table.value.iterrows():
        own = tables[known[row["network"]]]
        kind = row["weakest on"].removeprefix(CERTAIN).strip()
        images = own["images"][of_kind == kind].sum()
        right = round((own["accuracy"] * own["images"])[of_kind == kind].sum())
        assert images >= MIN_OF_WEAK
        assert row["right there"] == f"{right} of {images} ({right / images:.0%})"
    (weak,) = [one for one in findings_of_evaluated(store, rooted) if one.rule == RULE]
    told = [one.value for one in app.markdown if plain(weak.claim) in one.value]
    assert len(told) == 1, "said once, beside the radar"


def test_neighbours_of_a_class_stand_beside_both_graphs(
    open_page: Open, compared: tuple[Store, list[str], list[str]]
) -> None:
    store, rooted, _ = compared
    app = open_page(store, pin=rooted[0], tab="classes")
    assert "Choose a class to see" in texts(app)
    app.multiselect(key="task-classes").set_value([4]).run()
    app.segmented_control(key="compare-tab").set_value("classes").run()
    app.selectbox(key="against").set_value(rooted[1]).run()
    assert not app.exception
    near = [frame.value for frame in app.dataframe if "distance" in frame.value]
    assert len(near) == 2
    assert all(frame["distance"].is_monotonic_increasing for frame in near)


def test_a_link_may_be_younger_than_the_list(open_page: Open, tmp_path: Path) -> None:
    store = new_store(tmp_path)
    synthesise(store, 1)
    app = open_page(store)
    young = synthesise(store, 2, some_classes(6, roots=False), without=0, name="young")
    app.query_params["model"] = young
    app.query_params["pin"] = young[0]
    app.run()
    assert not app.exception
    assert app.multiselect(key="task-models").value == young


def test_curves_of_corrupted_images(open_page: Open, tmp_path: Path) -> None:
    """Of networks on which corruptions were tried; others are named where they are shown."""
    store = new_store(tmp_path)
    first, second = synthesise(store, 2, some_classes(6, roots=False), without=0)
    button, command = "corruptions-{}-0", "saliencnn check"
    page = open_page(store, pin=first)
    assert button.format(first) in {one.key for one in page.button}
    assert command not in texts(page)
    assert not any("corrupted" in frame.value for frame in page.dataframe)
    names, labels = ("", *CORRUPTED), np.repeat([0, 1], 20)
    predicted = np.tile(labels, (len(names), 1)).astype(np.int16)
    predicted[1:, :10] = 1  # a quarter of the images turns
    arrays = {
        "images": np.arange(40), "labels": labels, "names": np.array(names),
        "predicted": predicted, "confidence": np.ones(predicted.shape, np.float32),
    }  # fmt: skip
    question = {"check": "corruptions", **CHECK_RESULT.stamp, "epoch": 0, "images": 40}
    write_result(store, second, question, arrays)
    note_metric(store, second, CORRUPTED_TOP1, 0.75)
    page = open_page(store, pin=first)
    assert not page.exception
    assert button.format(first) in {one.key for one in page.button}, "the pinned one lacks them"
    measured = open_page(store, pin=second)
    assert button.format(second) not in {one.key for one in measured.button}
    (table,) = [frame.value for frame in page.dataframe if "corrupted" in frame.value]
    assert table["corrupted"].dropna().tolist() == [75]
    (spec,) = [
        chart for chart in page.get("vega_lite_chart") if "corrupted images" in chart.proto.spec
    ]
    assert "facet" in json.loads(spec.proto.spec)


def test_a_trained_run_is_evaluated_from_the_page(open_page: Open, tmp_path: Path) -> None:
    """Where nothing else is evaluated, too; a page offers what the store got meanwhile."""
    store = new_store(tmp_path)
    request = Request(
        data="planted:train=16,validation=16,counterfactual=0,size=48,seed=1",
        image_size=48,
        hyperparameters=Hyperparameters(epochs=1, batch_size=16),
    )
    other = replace(request, hyperparameters=replace(request.hyperparameters, seed=2))
    first, second = train(store, request), train(store, other)
    app = open_page(store)
    app.multiselect(key="compare-add").set_value([first]).run()
    press_and_wait(app, "compare-add-evaluate", "compare-add-evaluate")
    assert not app.exception
    assert not [one.value for one in app.error]
    (made,) = list_evaluations(store)
    assert made.trained_run == first
    assert made.metrics["top1"] == read_run(store, first).metrics["val_accuracy"]
    assert app.multiselect(key="task-models").value == [made.run_id]
    assert len(app.multiselect(key="compare-add").options) == 1
    assert list_networks(store) == {made.run_id, second}
    # Somebody else evaluates the other one: a page that is open looks for it by itself.
    evaluate_runs(store, [read_run(store, second)])
    stored_evaluations.all_evaluations.clear()
    app.run()
    assert len(app.multiselect(key="task-models").options) == 2
    assert "only training runs" not in " ".join(one.value for one in app.caption)
    birds = save_folder_set(tmp_path / "birds", ["ani", "auk"], 10, 48)
    own = train(store, replace(request, data=f"folder:{birds}"))
    app = open_page(store)
    said = "birds has only training runs: see Progression, or evaluate them (*Add trained runs*)."
    assert said in [one.value for one in app.sidebar.caption]
    links = [one.proto for one in app.sidebar.get("page_link")]
    assert [parse_qs(one.query_string) for one in links if one.page.endswith("progression")] == [
        {"run": [own]}
    ]
