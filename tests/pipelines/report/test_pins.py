"""A report made from a kept walkthrough: each view with its sentence, and pinned maps as stored."""

from pathlib import Path

import pytest

from pipelines.report.chapters import read_chapters
from pipelines.report.make import make_report
from pipelines.report.pins import pack_walkthrough, told_runs
from saliencnn.maps.examples import recommend
from saliencnn.store.walkthroughs import Walkthrough, keep_walkthrough, make_pin
from tests.helpers.golden import Golden, unpack
from tests.helpers.report import HOSTILE, content_of


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Golden:
    """The golden store, which was written before there were walkthroughs."""
    return unpack(tmp_path_factory.mktemp("pins"))


@pytest.fixture(scope="module")
def ids(golden: Golden) -> list[str]:
    return [golden.run(name).run_id for name in ("golden", "golden-randomized")]


@pytest.fixture(scope="module")
def image(golden: Golden, ids: list[str]) -> int:
    """The first example of the first class."""
    predictions = read_chapters(golden.store, ids[:1]).runs[0].facts.predictions
    return next(case.image for cases in recommend(predictions, 0).values() for case in cases)


@pytest.fixture(scope="module")
def kept(golden: Golden, ids: list[str], image: int) -> Walkthrough:
    name = read_chapters(golden.store, ids[:1]).index.classes[0]
    maps = {
        "run": [ids[0]], "beside": [ids[1]], "class": [name], "image": [str(image)],
        "epoch": ["1"], "method": ["gradcam", "nothing"], "threshold": ["0.25"],
    }  # fmt: skip
    broken = {"run": [ids[0]], "class": ["gone"], "image": ["99999999"], "epoch": ["²"]}
    pins = [
        make_pin("progression", maps, "Maps", "Both look at it.", "Ann"),
        make_pin("progression", broken, HOSTILE[:150], HOSTILE, HOSTILE[:90]),
        make_pin("compare", {"model": ["f" * 32]}, "Many", "Among others.", "Bob"),
    ]
    return keep_walkthrough(golden.store, ids[0], HOSTILE[:150], "Ann", pins)


def test_a_pinned_map_is_shown_as_it_was_pinned(
    golden: Golden, ids: list[str], image: int, kept: Walkthrough
) -> None:
    assert told_runs(golden.store, kept) == ids
    chapters = read_chapters(golden.store, ids)
    first, broken, many = pack_walkthrough(golden.store, chapters, kept)["pins"]
    view = first["view"]
    assert (view["epoch"], view["look"]["threshold"]) == (1, 0.25)
    assert [method["name"] for method in view["methods"]] == ["gradcam"]
    assert view["image"]["number"] == image
    names = [column["name"] for column in view["image"]["columns"]]
    assert names == ["golden", "golden-randomized"]
    assert 1 in view["image"]["columns"][0]["methods"]["gradcam"]["epochs"]
    assert broken["view"] is None
    assert many["view"] is None
    assert many["where"] == f"Compare: compare?model={'f' * 32}"
    alone = pack_walkthrough(golden.store, read_chapters(golden.store, ids[1:]), kept)
    assert alone["pins"][0]["view"] is None, "its run is not in that report"


def test_the_report_has_it_as_a_chapter(
    golden: Golden, ids: list[str], kept: Walkthrough, tmp_path: Path
) -> None:
    document = make_report(golden.store, ids)
    assert 'id="walkthrough"' in document, "by default the newest that is kept with the run"
    assert "Both look at it." in document
    assert HOSTILE not in document
    assert [bool(view) for view in content_of(document)["pins"]] == [True, False, False]
    assert 'id="walkthrough"' not in make_report(golden.store, ids[1:])
