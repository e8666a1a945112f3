"""The clicks on the comparison page, before and in each kind of task, and the maps they need."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from streamlit.testing.v1 import AppTest

from app.attention.histograms import BINS
from app.attention.subjects import read_subjects
from pipelines.comparison.rows import representative_image
from saliencnn.maps.kept import KeptMaps
from saliencnn.maps.requests import MapRequest
from saliencnn.measures.colour import SPACES
from saliencnn.measures.similarity import MEASURES
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import FIRST_METHODS
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_files import read_class_set, read_predictions
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.mapcache import write_maps

TRIES = 5
"""Times that each click is done, with another value each time."""
EXPLAINED = ("gradcam", "hirescam", "layercam", "gradcampp", "eigencam")
"""Methods whose maps are kept for the task of many models."""
Click = Callable[[AppTest, int], object]


@dataclass(frozen=True)
class Situation:
    """Where clicks begin.

    Attributes:
        name: for people.
        query: of the page's address.
        clicks: in words -> does it for the so-manieth time. What AppTest cannot click, points of
            charts and rows of tables, changes the task as the sidebar's widgets do.
    """

    name: str
    query: Mapping[str, Sequence[str]]
    clicks: Mapping[str, Click]


def situations(run_ids: Sequence[str], classes: Sequence[str], each: int) -> list[Situation]:
    """Return all situations over a store's evaluations.

    Args:
        run_ids: of evaluations of the same images.
        classes: names, in order; every one with images, which are in the order of the classes.
        each: images of each class.
    """
    some = list(classes[:TRIES])
    image = {"image": ["0"], "class": [classes[0]]}
    return [
        Situation("the networks", {}, _complexity()),
        Situation("the classes", {"tab": ["classes"]}, _classes()),
        Situation("before a task", {"tab": ["maps"]}, _begin(run_ids)),
        Situation("choosing an image", {"model": run_ids[:2], "class": some[:1]}, _gallery(each)),
        Situation(
            "many models on one image",
            {"model": run_ids, "method": EXPLAINED[:2], **image},
            _many_models(run_ids),
        ),
        Situation(
            "one model on many classes",
            {"model": run_ids[:1], "kind": ["classes"], "class": some},
            {"a class taken out": _set("task-classes", lambda n: [*range(n), TRIES - 1])},
        ),
        Situation(
            "one model on the images of a class",
            {"model": run_ids[:1], "kind": ["images"], "class": some[:1]},
            {**_one_model(run_ids), **_region()},
        ),
    ]


def keep_maps(store: Store, run_ids: Sequence[str], each: int) -> None:
    """Keep maps of noise for all that the clicks ask for, as if people had looked before."""
    infos = [read_evaluation(store, run_id) for run_id in run_ids]
    _keep(store, [_example(store, info) for info in infos], METHODS)
    _keep(store, [MapRequest(info, i, 0) for info in infos for i in range(TRIES + 1)], EXPLAINED)
    of_class = [MapRequest(info, i, 0) for info in infos[: TRIES + 1] for i in range(each)]
    of_model = [MapRequest(infos[0], i, i // each) for i in range(each, each * (TRIES + 1))]
    _keep(store, of_class + of_model + _of_kinds(store, infos[0]), EXPLAINED[:1])
    chosen = [7 * number for number in range(TRIES)]
    images = [(i, target) for target in chosen for i in range(target * each, (target + 1) * each)]
    _keep(store, [MapRequest(info, *one) for info in infos for one in images], FIRST_METHODS)


def _of_kinds(store: Store, info: EvaluationInfo) -> list[MapRequest]:
    """Return what the page asks of one network where a class and its kinds are asked of."""
    true = read_predictions(store, info.run_id)["true"]
    subjects = read_subjects(store, read_class_set(store, info.run_id), [info.run_id], 0)
    images = {int(image) for subject in subjects for image in subject.images}
    return [MapRequest(info, image, int(true.iloc[image])) for image in sorted(images)]


def _example(store: Store, info: EvaluationInfo) -> MapRequest:
    """Return by what the page shows the methods while a task is being chosen."""
    known = read_predictions(store, info.run_id)
    target = int(known["true"].iloc[int(known["true_confidence"].argmax())])
    image = representative_image(known, target)
    assert image is not None
    return MapRequest(info, image, target)


def _keep(store: Store, requests: Sequence[MapRequest], methods: Iterable[str]) -> None:
    rng = np.random.default_rng(0)
    keys = KeptMaps(store).keys(requests, list(methods))
    maps: dict[str, tuple[EvaluationInfo, dict]] = {}
    for (place, _), key in keys.items():
        info = requests[place].info
        maps.setdefault(info.run_id, (info, {}))[1][key] = rng.random((7, 7), np.float32)
    for info, of_network in maps.values():
        write_maps(store, info, of_network)


def _complexity() -> dict[str, Click]:
    units = ("parameters", "multiply_adds")
    return {
        "another complexity": lambda app, n: app.segmented_control(key="cost").set_value(
            units[n % 2]
        ),
    }


def _classes() -> dict[str, Click]:
    roots = ("animal", "food", "plant", "fungus", "person", "things made by people")
    return {
        "part of a name typed": lambda app, n: app.text_input(key="find").set_value("abcdef"[n]),
        "a root class chosen": _select("compare-root", lambda n: roots[n]),
        "another model's classes beside": lambda app, n: app.selectbox(key="against").select_index(
            n
        ),
    }


def _begin(run_ids: Sequence[str]) -> dict[str, Click]:
    kinds = ("classes", "images", "image")
    return {
        "another kind of task": lambda app, n: app.radio(key="task-kind").set_value(kinds[n % 3]),
        "a class chosen": _set("task-classes", lambda n: [7 * n]),
        "a model added to the task": _set("task-models", lambda n: list(run_ids[: n + 1])),
        "a name to save the task under": lambda app, n: app.text_input(key="task-name").set_value(
            f"{n}"
        ),
    }


def _gallery(each: int) -> dict[str, Click]:
    return {
        "another page of images": lambda app, n: app.number_input[0].set_value(1 + (n + 1) % 3),
        "an image chosen": lambda app, n: app.button(key=f"compare-image-{n}").click(),
        "a class added": _set("task-classes", lambda n: list(range(n + 2))),
    }


def _many_models(run_ids: Sequence[str]) -> dict[str, Click]:
    rules = list(MEASURES)
    return {
        "another image": _select("task-image", lambda n: n + 1),
        "a model taken out": _set("task-models", lambda n: list(run_ids[n + 1 :])),
        "another method": _set("task-methods", lambda n: [EXPLAINED[n]]),
        "another rule": _select("task-rule", lambda n: rules[(n + 1) % len(rules)]),
        "another threshold": _threshold,
        "another method's matrix": lambda app, n: app.segmented_control(key="matrix").set_value(
            EXPLAINED[(n + 1) % 2]
        ),
    }


def _one_model(run_ids: Sequence[str]) -> dict[str, Click]:
    return {
        "another model": _select("task-model", lambda n: run_ids[n + 1]),
        "another class": _select("task-class", lambda n: n + 1),
        "another threshold": _threshold,
        "all images of the class": lambda app, n: app.toggle(key="level").set_value(not n % 2),
    }


def _region() -> dict[str, Click]:
    spaces = list(SPACES)
    return {
        "another colour space": lambda app, n: app.segmented_control(key="space").set_value(
            spaces[(n + 1) % len(spaces)]
        ),
        "another number of bins": lambda app, n: app.select_slider(key="bins").set_value(
            BINS[n % len(BINS)]
        ),
    }


def _set(key: str, value: Callable[[int], list]) -> Click:
    return lambda app, n: app.multiselect(key=key).set_value(value(n))


def _select(key: str, value: Callable[[int], object]) -> Click:
    return lambda app, n: app.selectbox(key=key).set_value(value(n))


def _threshold(app: AppTest, number: int) -> object:
    return app.slider(key="task-threshold").set_value(round(0.1 + 0.15 * number, 2))
