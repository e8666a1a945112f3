"""Addresses of pages that people edit, mistype, or keep after what they name has gone."""

from collections.abc import Iterator

from saliencnn.store.connection import Store
from saliencnn.store.evaluations import list_evaluations
from tests.helpers.golden import unpack
from tests.helpers.views import view
from tests.hostile.answers import Case, Surroundings
from tests.hostile.records import check_drawn, looking_at
from tests.hostile.texts import TEXTS

PARAMETERS = {
    "overview": ("run",),
    "progression": ("run", "class", "from", "epoch", "image", "beside", "images"),
    "trust": ("run", "class"),
    "retrain": ("run",),
    "compare": ("model", "class", "kind", "task"),
    "colours": ("model", "space", "bins"),
}


def cases(here: Surroundings) -> Iterator[Case]:
    """Yield addresses: pages are drawn, and say where something named is not there."""
    golden = unpack(here.folder / "store")
    run_id = golden.run("golden").run_id
    models = [info.run_id for info in list_evaluations(golden.store)]
    good = {"run": [run_id], "model": models}
    slots = [(page, name) for page, names in PARAMETERS.items() for name in names]
    for number in range(here.count):
        page, name = slots[number % len(slots)]
        values = _values(here, good.get(name, []))
        query = {key: value for key, value in good.items() if key in PARAMETERS[page]}
        query[name] = values
        # Where nothing of what is named is there, the page must say so.
        gone = name in good and not set(values) & set(good[name]) and any(map(str.strip, values))
        yield Case(
            f"{page}?{name}={values!r:.60}",
            lambda page=page, query=query, gone=gone: _draw(golden.store, page, query, gone),
        )


def _values(here: Surroundings, good: list[str]) -> list[str]:
    """Return a parameter's values; AppTest, as a browser, sends no halves of characters."""
    text = here.rng.choice(TEXTS)
    kinds = [[text], [text, text], [*good, text], [*good, *good], [text] * 50]
    return here.rng.choice(kinds) or [text]


def _draw(store: Store, page: str, query: dict[str, list[str]], gone: bool) -> None:
    with looking_at(store):
        app = view(page)
        for name, values in query.items():
            app.query_params[name] = values
        app.run()
    check_drawn(app)
    said = len(app.warning) + len(app.info) + len(app.toast) + len(app.error)
    assert said or not gone, "another is shown without a word"
