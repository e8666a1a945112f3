"""The picture of runs for a slide: it says what is stored, and its maps are the stored ones."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from pipelines.report.basis import NOBODY
from pipelines.report.cases import choose_classes, count_mistakes, pack_classes
from pipelines.report.chapters import Chapters, read_chapters
from pipelines.report.picture import Pictured, choose_pictured, draw_picture
from pipelines.report.picture_words import RunView, describe_picture
from pipelines.review.findings import METHOD
from saliencnn import overlay
from saliencnn.checks.grading import CheckResult, Outcome
from saliencnn.data.decode import decode_image
from saliencnn.drawing.figure import LEGIBLE, SHOWN, Figure
from saliencnn.drawing.slide import MARGIN, SCALE, WIDTH, Slide
from saliencnn.findings.focus_words import Place
from saliencnn.findings.methods import Advice
from saliencnn.maps.history import EpochPrediction, MapHistory
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_class_maps, read_manifest
from saliencnn.store.images import read_image
from saliencnn.store.runs import RunInfo
from tests.helpers.planted_maps import plant_run

BIRD, STICKER = 0.75, 0.1
TEXT = "{http://www.w3.org/2000/svg}text"


@pytest.fixture(scope="module")
def runs(store: Store) -> Iterator[tuple[RunInfo, RunInfo]]:
    """One that looks at the bird, for three epochs, and one that never does, for five."""
    bird = plant_run(store, "sees-the-bird", [STICKER, BIRD])
    sticker = plant_run(store, "sees-the-sticker", [STICKER] * 4, taken=(0, 1, 5))
    yield bird, sticker
    for run in (bird, sticker):
        store.client.delete_run(run.run_id)


@pytest.fixture(scope="module")
def chapters(store: Store, runs: tuple[RunInfo, RunInfo]) -> Chapters:
    return read_chapters(store, [run.run_id for run in runs])


def words(slide: Slide) -> str:
    return " ".join(one.text or "" for one in ElementTree.fromstring(slide.svg).iter(TEXT))


def figure_of(slide: Slide) -> Figure:
    return next(part for part in slide.parts if isinstance(part, Figure))


def test_it_says_where_each_run_looks_and_how_often_it_is_right(
    store: Store, chapters: Chapters, runs: tuple[RunInfo, RunInfo]
) -> None:
    image = int(np.flatnonzero(chapters.index.labels == 0)[0])
    slide = draw_picture(store, chapters, Pictured(0, image, 5))
    told = slide.title
    for run, place, focus, right in zip(
        runs, ("mostly at the object", "mostly beside the object"), (BIRD, STICKER), (64, 59),
        strict=True,
    ):  # fmt: skip
        own = told[told.index(run.name) :]
        assert own[: own.index("%")].endswith(f"{place} ({focus * 100:.0f}")
        assert f"right on {right / 64:.1%}" in own
        assert f"{right}/64 right" in words(slide)
        assert run.name in words(slide)
    assert f'"{chapters.index.classes[0]}"' in told
    assert "epoch 3" in words(slide), "of a run that ended before it, its last"
    assert "epoch 5" in words(slide)
    assert "wrong" in words(slide), "this image is one that the second run takes for another"


def test_numbers_are_of_the_epoch_that_is_shown(store: Store, chapters: Chapters) -> None:
    slide = draw_picture(store, chapters, Pictured(2, _image_of(chapters, 2), 2))
    assert slide.title.count(f"({STICKER:.0%}") == 2
    assert "epoch 2" in words(slide)
    assert "epoch 5" not in words(slide)


def _image_of(chapters: Chapters, target: int) -> int:
    return int(np.flatnonzero(chapters.index.labels == target)[0])


def test_its_maps_stand_on_the_image_at_their_places(
    store: Store, chapters: Chapters, runs: tuple[RunInfo, RunInfo]
) -> None:
    image = _image_of(chapters, 2)
    slide = draw_picture(store, chapters, Pictured(2, image, 5, opacity=1.0))
    slide = replace(slide, parts=(replace(figure_of(slide), contours=False), *slide.parts[1:]))
    png = Image.open(BytesIO(slide.png)).convert("RGB")
    assert png.width == round(WIDTH * SCALE)
    drawn = np.asarray(png).astype(int)
    root = ElementTree.fromstring(slide.svg)
    (nested,) = (one for one in root if one.tag.endswith("}svg"))
    top, side = float(nested.get("y") or 0) - MARGIN, figure_of(slide).tile
    uses = [one for one in nested[0] if one.tag.endswith("}use")]
    assert len(uses) == 3, "the image alone, and with each run's map"
    content = read_image(store, runs[0].images_id, chapters.index, image)
    pixels = decode_image(content, "an image")
    expected = [pixels]
    for run, epoch in zip(runs, (3, 5), strict=True):
        history = MapHistory()
        for table in read_class_maps(store, run.run_id, [epoch], 2)[epoch]:
            history.add(epoch, table, image)
        seen = np.moveaxis(pixels, 2, 0)[None] / np.float32(255)
        unit = type("Unit", (), {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)})()
        found = overlay(seen, history.maps["gradcam"][epoch], opacity=1.0, preprocess=unit)
        expected.append(np.asarray(found[0] if isinstance(found, list) else found))
    for use, wanted in zip(uses, expected, strict=True):
        left, upper = float(use.get("x") or 0), top + float(use.get("y") or 0)
        part = drawn[
            round(SCALE * upper) : round(SCALE * (upper + side)),
            round(SCALE * left) : round(SCALE * (left + side)),
        ]
        small = Image.fromarray(part.astype(np.uint8)).resize(wanted.shape[1::-1])
        assert abs(np.asarray(small).astype(int) - wanted).mean() < 12
    assert abs(expected[1].astype(int) - expected[2]).mean() > 24, "or nothing was tested"


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("name", ["short", "lr 0.001 · weight decay 0.05 · 45 characters"])
def test_it_has_the_shape_of_a_screen_and_letters_to_read(
    store: Store, chapters: Chapters, count: int, name: str
) -> None:
    many = tuple(replace((chapters.runs * 2)[at], name=f"{name} {at}") for at in range(count))
    slide = draw_picture(store, replace(chapters, runs=many), Pictured(2, 16, 5))
    assert Image.open(BytesIO(slide.png)).size == (1920, 1080)
    texts = [*ElementTree.fromstring(slide.svg).iter(TEXT)]
    assert min(float(one.get("font-size") or 0) for one in texts) >= LEGIBLE / SHOWN * WIDTH
    assert all(len(tile.words) <= 3 for _, tiles in figure_of(slide).rows for tile in tiles)
    assert figure_of(slide).tile >= 80
    bottom = np.asarray(Image.open(BytesIO(slide.png)).convert("RGB"))[-round(SCALE * MARGIN / 2) :]
    assert (bottom == 255).all()


@pytest.mark.parametrize("name", ["a-run-" * 30, "W" * 120, "<script>x&" * 9])
def test_long_names_are_read_whole(store: Store, chapters: Chapters, name: str) -> None:
    renamed = replace(chapters, runs=tuple(replace(one, name=name) for one in chapters.runs))
    slide = draw_picture(store, renamed, Pictured(2, _image_of(chapters, 2), 5))
    assert "".join(words(slide).split()).count("".join(name.split())) == 2 + 2
    drawn = np.asarray(Image.open(BytesIO(slide.png)).convert("RGB"))
    edge = round(SCALE * MARGIN / 2)
    assert (drawn[:, :edge] == 255).all()
    assert (drawn[:, -edge:] == 255).all()


def test_it_opens_with_a_typical_image_that_the_best_run_gets_right(
    store: Store, chapters: Chapters
) -> None:
    facts = [chapter.facts for chapter in chapters.runs]
    best = max(facts, key=lambda one: one.last("counterfactual_accuracy"))
    shown = choose_pictured(store, chapters)
    assert shown is not None
    assert best.right[shown.image]
    assert shown.target == chapters.index.labels[shown.image]

    def apart(image: int) -> float:
        return max(abs(one.focus[image] - np.nanmean(one.focus)) for one in facts)

    known = [at for at in range(len(best.focus)) if best.right[at] and np.isfinite(apart(at))]
    assert apart(shown.image) == pytest.approx(min(map(apart, known)), abs=1e-6)


def test_without_the_objects_places_it_opens_as_the_report_does(
    store: Store, chapters: Chapters
) -> None:
    blind = [
        replace(one, facts=replace(one.facts, focus=np.full(one.facts.images, np.nan)))
        for one in chapters.runs
    ]
    chapters = replace(chapters, runs=tuple(blind))
    shown = choose_pictured(store, chapters)
    assert shown is not None
    mistakes = count_mistakes(chapters)
    classes = choose_classes(mistakes)
    first = max(range(len(classes)), key=lambda place: mistakes[classes[place]])
    case = pack_classes(store, chapters, compute=False)[first]["cases"][0]
    assert (shown.target, shown.image) == (classes[first], case["number"])
    assert shown.epoch == 5
    alone = replace(chapters, runs=chapters.runs[:1])
    assert len(figure_of(draw_picture(store, alone, shown)).columns) == 2


def checked(chapters: Chapters, **outcomes: Outcome) -> Chapters:
    """Return the chapters with methods' outcomes in two checks, the same of each run."""
    results = {name: CheckResult(one, 0.5, 0.4, 0.6, 8) for name, one in outcomes.items()}
    checks = {"variance": results, "stability": results}
    return replace(chapters, runs=tuple(replace(one, checks=checks) for one in chapters.runs))


def test_it_says_how_far_to_believe_the_maps_that_it_shows(
    store: Store, chapters: Chapters
) -> None:
    def say(story: Chapters) -> str:
        return words(draw_picture(store, story, Pictured(2, _image_of(chapters, 2), 5)))

    assert NOBODY in say(replace(chapters, runs=chapters.runs[:1]))
    assert NOBODY in say(chapters)
    assert Advice.CARE.lead in say(checked(chapters, gradcam=Outcome.BORDERLINE))
    believed = say(checked(chapters, gradcam=Outcome.PASS))
    assert NOBODY not in believed
    assert not any(one.lead in believed for one in Advice if one != Advice.BELIEVE)


def test_it_shows_maps_that_the_checks_of_all_runs_advise_to_believe(
    store: Store, chapters: Chapters
) -> None:
    run = chapters.runs[0].run
    logged = read_manifest(store, run.run_id, run.epoch).methods
    other = next(name for name in METHODS if name in logged and name != METHOD)
    for outcomes, method in (
        ({METHOD: Outcome.PASS, other: Outcome.PASS}, METHOD),
        ({METHOD: Outcome.BORDERLINE, other: Outcome.PASS}, other),
        ({METHOD: Outcome.BORDERLINE, "bbmp": Outcome.PASS}, METHOD),
        ({}, METHOD),
    ):
        shown = choose_pictured(store, checked(chapters, **outcomes))
        assert shown is not None
        assert shown.methods == (method,)


def test_what_is_not_known_is_not_said(store: Store, chapters: Chapters) -> None:
    slide = draw_picture(store, chapters, Pictured(2, _image_of(chapters, 2), 5, ("bbmp",)))
    assert "not logged" in words(slide)
    assert "looks" not in slide.title
    assert "right on" in slide.title


def view(**more: object) -> RunView:
    known = RunView(
        "a", 1, np.eye(4, dtype=np.float32), 0.2, 0.1, 0.3, EpochPrediction(0, 0.9, 0.9),
        {"val_accuracy": (0.9, 50), "counterfactual_accuracy": (0.2, 40)},
    )  # fmt: skip
    return replace(known, **more)  # type: ignore[arg-type]


def test_the_sentence_takes_the_number_that_tells_runs_apart() -> None:
    both = describe_picture([view(), view(name="b")], "ani", Place())
    assert both.count("20.0%") == 2
    assert both.count("without the shortcut") == 1
    one = describe_picture(
        [view(), view(name="b", rates={"val_accuracy": (0.9, 50)})], "x", Place()
    )
    assert one.count("90.0%") == 2
    assert "shortcut" not in one
    boxed = describe_picture([view(focus=0.8)], "ani", Place(0.3))
    assert "80% of its map lies inside the object's box, which fills 10% of the image" in boxed
    blind = describe_picture([view(focus=0.8, chance=np.nan)], "ani", Place())
    assert "(80% of its map lies on it)" in blind
    assert "beside" in describe_picture([view()], "ani", Place())
    around = describe_picture([view(focus=0.4)], "ani", Place())
    assert "at the object and around it (40% of its map" in around
    large = describe_picture([view(focus=0.6, chance=0.55)], "ani", Place())
    assert "no more than by chance" in large
    for nothing in ({"focus": np.nan}, {"focus": 1.0, "chance": 0.95}):
        unknown = describe_picture([view(**nothing)], "ani", Place())
        assert "has a map that" in unknown, "where it could lie nowhere else, too"
    late = describe_picture([view(saliency=None), view(), view(focus=0.3)], "ani", Place())
    assert late.count("of its map lies on the object, which fills 10% of the image") == 1, (
        "said of the first that has a map"
    )
    assert describe_picture([view(saliency=None, rates={})], "ani", Place()).endswith('"ani".')
    empty = describe_picture([view(saliency=np.zeros((4, 4)))], "ani", Place())
    assert "map" not in empty
