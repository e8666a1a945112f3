import inspect
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.common.errors import UserError
from saliencnn.data.cub200 import read_cub200
from saliencnn.data.folder import read_folder
from saliencnn.data.imageset import ImageSet
from saliencnn.data.planted import render_planted
from saliencnn.data.sources import PLANTED_OPTIONS, read_image_set

SMALL = "planted:train=8,validation=4,counterfactual=4,size=32"


def refuse(spec: str, *said: str) -> None:
    with pytest.raises(UserError) as caught:
        read_image_set(spec)
    sentence = str(caught.value)
    for words in said:
        assert words in sentence


def pixels(spec: str, seed: int = 0) -> list[bytes]:
    return [bytes(sample.image) for sample in read_image_set(spec, seed).train]  # type: ignore[arg-type]


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for i in range(30):
            (tmp_path / "pets" / name / f"{i}.jpg").touch()
    return tmp_path / "pets"


def test_folder(pets: Path) -> None:
    assert read_image_set(f"folder:{pets}") == read_folder(pets)
    assert read_image_set(f"folder:{pets}", seed=5) == read_folder(pets, seed=5)
    assert read_folder(pets, seed=5) != read_folder(pets)


def test_home(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(pets.parent))
    assert read_image_set("folder:~/pets") == read_folder(pets)
    refuse("folder:~nobody-of-that-name/pets", "does not exist")


def test_a_colon_in_a_path(pets: Path) -> None:
    renamed = pets.rename(pets.parent / "pets:2024")
    assert read_image_set(f"folder:{renamed}").name == "pets:2024"


def test_an_option_that_nobody_knows_is_named(pets: Path) -> None:
    refuse(f"folder:{pets},tain=a,split=none", 'no option "tain=a"', "train=...")
    table = pets / "all.csv"
    table.write_text("path,label\n")
    refuse(f"csv:{table},foo=bar", 'no option "foo=bar"', "images=...")


def test_cub200(test_data: Path) -> None:
    assert read_image_set(f"cub200:{test_data / 'cub10'}") == read_cub200(test_data / "cub10")


def test_planted_options() -> None:
    drawn = read_image_set(SMALL + ",shortcut=0.5,seed=3")
    assert [len(split) for split in (drawn.train, drawn.validation, drawn.counterfactual)] == [
        8,
        4,
        4,
    ]
    expected = render_planted(8, 4, 4, 32, shortcut=0.5, seed=3)
    for sample, same in zip(drawn.train, expected.train, strict=True):
        assert bytes(sample.image) == bytes(same.image)  # type: ignore[arg-type]


def test_options_of_stored_runs_are_read_under_their_former_names() -> None:
    former, now = (
        read_image_set(f"planted:train=8,validation=8,{name}=3,size=32")
        for name in ("counter", "counterfactual")
    )
    assert len(former.counterfactual) == 3
    for one, other in zip(former.counterfactual, now.counterfactual, strict=True):
        assert bytes(one.image) == bytes(other.image)  # type: ignore[arg-type]
    refuse("planted:counter=1,counterfactual=2", "once each")


def test_planted_takes_the_seed_unless_the_spec_says_another() -> None:
    assert pixels(SMALL, seed=3) == pixels(SMALL + ",seed=3")
    assert pixels(SMALL, seed=3) != pixels(SMALL)
    assert pixels(SMALL + ",seed=3", seed=9) == pixels(SMALL + ",seed=3")


def test_planted_alone_takes_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[dict[str, object]] = []
    drawn = render_planted(8, 4, 4, 32)

    def note(**options: object) -> ImageSet:
        taken.append(options)
        return drawn

    monkeypatch.setattr("saliencnn.data.sources.render_planted", note)
    for spec in ("planted", "planted:", "planted: train = 7 , shortcut=1"):
        read_image_set(spec, seed=4)
    assert taken == [{"seed": 4}, {"seed": 4}, {"seed": 4, "train": 7, "shortcut": 1.0}]


def test_the_options_are_those_of_the_painter() -> None:
    parameters = inspect.signature(render_planted).parameters
    assert {name: kind.annotation for name, kind in parameters.items()} == PLANTED_OPTIONS


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("planted:colour=red", 'no option "colour=red"'),
        ("planted:train", 'no option "train"'),
        ("planted:train=8,", 'no option ""'),
        ("planted:train=8,train=9", 'no option "train=9"'),
        ("planted:train=many", 'train is "many"; it must be a whole number'),
        ("planted:train=1.5", 'train is "1.5"; it must be a whole number'),
        ("planted:train=", 'train is ""'),
        ("planted:shortcut=x", 'shortcut is "x"; it must be a number'),
        ("planted:shortcut=2", "shortcut is 2.0"),
        ("planted:shortcut=nan", "shortcut is nan"),
        ("planted:size=-1", "size is -1"),
        ("folder:", "folder:PATH"),
        ("cub200:", "cub200:PATH"),
        ("folder", "folder:PATH"),
        ("folder:/nowhere/at/all", "/nowhere/at/all does not exist"),
        ("cub200:/nowhere/at/all", "/nowhere/at/all"),
        ("imagenet:/data", 'no image set "imagenet:/data"'),
        ("", 'no image set ""'),
        ("Planted", "planted, planted:KEY=VALUE,..., cub200:PATH, folder:PATH"),
    ],
)
def test_malformed_specs(spec: str, said: str) -> None:
    refuse(spec, said)


@given(
    st.sampled_from(["", "planted:", "planted:train=", "cub200:", "folder:"]),
    st.text(st.characters(exclude_characters="./~", exclude_categories=["Cs", "Nd"]), min_size=1),
)
def test_any_other_text_is_refused(prefix: str, text: str) -> None:
    if prefix + text != "planted":
        with pytest.raises(UserError):
            read_image_set(prefix + text)
