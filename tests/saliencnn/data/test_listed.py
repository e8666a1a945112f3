import csv
import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyarrow import parquet

from saliencnn.common.errors import UserError
from saliencnn.data.fitted import fit_validation
from saliencnn.data.geometry import validation_geometry
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.loading import load_image
from saliencnn.data.region_notes import report_regions
from saliencnn.data.rows import LeftOut, Row, make_image_set
from saliencnn.data.sources import read_image_set


def save_images(root: Path, names: Sequence[str], side: int = 12) -> None:
    rng = np.random.default_rng(0)
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (side, side, 3), np.uint8)).save(root / name)


def write(path: Path, rows: Sequence[Mapping[str, Any]], delimiter: str = ",") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, columns, delimiter=delimiter)
        table.writeheader()
        table.writerows(rows)
    return path


@pytest.fixture
def birds(tmp_path: Path) -> Path:
    save_images(tmp_path / "birds", [f"{k}/{i}.png" for k in "ab" for i in range(6)])
    return tmp_path / "birds"


def rows_of(birds: Path, **more: str) -> list[dict[str, str]]:
    files = sorted(birds.glob("*/*.png"))
    return [{"path": f"{p.parent.name}/{p.name}", "label": p.parent.name, **more} for p in files]


def names(samples: Sequence[Sample]) -> set[str]:
    return {sample.name for sample in samples}


def said(found: ImageSet) -> str:
    return " ".join(found.notes)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_an_image_set(birds: Path, delimiter: str) -> None:
    file = write(birds / "all.csv", rows_of(birds), delimiter)
    found = read_image_set(f"csv:{file}")
    assert found.name == "birds"
    assert found.classes == ("a", "b")
    assert len(found.train) + len(found.validation) == 12
    for sample in (*found.train, *found.validation):
        assert sample.image == birds / sample.name
        assert sample.name[0] == found.classes[sample.label]
        assert load_image(sample).shape == (3, 12, 12)
    assert "set aside" in said(found)
    again = read_image_set(f"csv:{file}")
    assert names(again.validation) == names(found.validation)


def test_splits_are_taken_as_they_are_written_and_test_images_stay_apart(birds: Path) -> None:
    words = ("train", "Train", "TRAINING", "val", "test", "test")
    rows = [row | {"split": words[i % 6]} for i, row in enumerate(rows_of(birds))]
    found = read_image_set(f"csv:{write(birds / 'all.csv', rows)}")
    assert [len(s) for s in (found.train, found.validation, found.test)] == [6, 2, 4]
    assert names(found.test) == {"a/4.png", "a/5.png", "b/4.png", "b/5.png"}


def test_without_a_validation_split_the_test_images_still_stay_apart(birds: Path) -> None:
    rows = [row | {"split": "test" if "5" in row["path"] else "train"} for row in rows_of(birds)]
    found = read_image_set(f"csv:{write(birds / 'all.csv', rows)}")
    assert names(found.test) == {"a/5.png", "b/5.png"}
    assert not names(found.validation) & names(found.test)
    assert {sample.label for sample in found.validation} == {0, 1}


@given(
    groups=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=6, max_size=30),
    seed=st.integers(0, 99),
)
def test_a_group_is_in_one_split_only(groups: list[tuple[int, int]], seed: int) -> None:
    rows = [
        Row(f"line {i}", f"{i}.png", f"class {label}", Path(f"{i}.png"), group=f"g{group}")
        for i, (group, label) in enumerate(groups)
    ]
    group_of = {row.name: row.group for row in rows}
    found: ImageSet | None
    try:
        found = make_image_set("x", "x.csv", rows, LeftOut(), seed)
    except UserError:
        found = None
    if found is None:  # one class, or each class has a group that it cannot do without
        assert len({row.label for row in rows}) == 1 or all(
            any(len({r.group for r in rows if r.label == label}) == 1 for label in labels)
            for labels in ({r.label for r in rows if r.group == g} for g in group_of.values())
        )
        return
    sides = [{group_of[name] for name in names(s)} for s in (found.train, found.validation)]
    assert not sides[0] & sides[1]
    assert found.validation
    assert {sample.label for sample in found.train} == set(range(len(found.classes)))


def test_groups_that_the_table_parts_itself_are_said(birds: Path) -> None:
    rows = [
        row | {"split": "val" if "5" in row["path"] else "train", "patient": row["path"][0]}
        for row in rows_of(birds)
    ]
    found = read_image_set(f"csv:{write(birds / 'all.csv', rows)}")
    assert "2 groups have images in more than one split: a, b" in said(found)
    assert "group from patient" in said(found)


def test_bad_rows_are_counted_and_named(birds: Path) -> None:
    (birds.parent / "secret.png").write_bytes((birds / "a/0.png").read_bytes())
    rows = [
        *rows_of(birds),
        {"path": "../secret.png", "label": "a"},
        {"path": str(birds.parent / "secret.png"), "label": "a"},
        {"path": "a/gone.png", "label": "a"},
        {"path": "a\0.png", "label": "a"},
        {"path": "x" * 3000, "label": "a"},
        {"path": "", "label": "a"},
        {"path": "b/5.png", "label": "a"},
        {"path": "a/5.png", "label": ""},
    ]
    found = read_image_set(f"csv:{write(birds / 'all.csv', rows)}")
    assert len(found.train) + len(found.validation) == 11
    assert "rows whose file lies outside the folder: 2 (line 14, line 15)" in said(found)
    assert "rows whose file is not there: 3" in said(found)
    assert "rows that name no file: 1 (line 19)" in said(found)
    assert "images with more than one label: 1 (b/5.png)" in said(found)
    assert "rows without a label: 1 (line 21)" in said(found)


def test_absolute_paths_windows_paths_and_missing_endings_are_found(birds: Path) -> None:
    rows = rows_of(birds)
    rows[0]["path"] = str(birds / "a/0.png")
    rows[1]["path"] = "a\\1.png"
    rows[2]["path"] = "./a/../a/2"
    found = read_image_set(f"csv:{write(birds / 'all.csv', rows)}")
    assert names((*found.train, *found.validation)) == {r["path"] for r in rows_of(birds)}


def test_boxes_and_masks_give_focus(birds: Path) -> None:
    rows: list[dict[str, str]] = rows_of(birds, split="train")
    mask = np.zeros((12, 12), np.uint8)
    mask[2:5, 3:9] = 255
    (birds / "m").mkdir()
    Image.fromarray(mask).save(birds / "m/0.png")
    for row, more in zip(
        [row for row in rows if row["label"] == "a"],
        (
            {"mask": "m/0.png"},
            {"box": "[3, 2, 6, 3]"},
            {"box": "3 2 0 3"},
            {"mask": "m/gone.png"},
            {"box": "nothing"},
        ),
        strict=False,
    ):
        row |= {"split": "val", **more}
    rows[-1]["split"] = "val"
    rows += [
        {"path": "b/5.png", "label": "b", "split": "val", "box": box}
        for box in ("0 0 2 2", "8 8 3 3")
    ]
    found = read_image_set(f"csv:{write(birds / 'all.csv', rows)}")
    kept = fit_validation(found, validation_geometry(12))
    regions = dict(zip(kept.index.names, kept.regions("object"), strict=True))
    np.testing.assert_array_equal(regions["a/0.png"], mask > 0)
    np.testing.assert_array_equal(regions["a/1.png"], mask > 0)
    assert regions["a/2.png"] is regions["a/3.png"] is regions["a/4.png"] is None
    two = np.zeros((12, 12), bool)
    two[:2, :2] = two[8:11, 8:11] = True
    np.testing.assert_array_equal(regions["b/5.png"], two)
    assert "boxes that are no x, y, width and height in pixels (the images stay): 2" in said(found)
    assert "masks whose file is not there (the images stay): 1" in said(found)


def test_boxes_beside_what_is_seen_are_named(birds: Path) -> None:
    rows = rows_of(birds, split="train", box="500 500 5 5")
    for row, box in zip(rows[4:8], ("500 500 5 5", "2 2 4 4", "", "-9 3 9 9"), strict=True):
        row |= {"split": "val", "box": box}
    found = read_image_set(f"csv:{write(birds / 'all.csv', rows)}")
    beside, focus = report_regions(found, fit_validation(found, validation_geometry(12)).index)
    assert beside.startswith("2 boxes")
    assert beside.endswith("a/4.png, b/1.png.")
    assert "1 of 4" in focus


@pytest.mark.parametrize("sides", [("x", "y", "width", "height"), ("xmin", "ymin", "xmax", "ymax")])
def test_boxes_may_have_four_columns(birds: Path, sides: tuple[str, ...]) -> None:
    values = (1, 2, 3, 4) if "width" in sides else (1, 2, 4, 6)
    rows = [row | dict(zip(sides, map(str, values), strict=True)) for row in rows_of(birds)]
    found = read_image_set(f"csv:{write(birds / 'all.csv', rows)}")
    assert {sample.object_box for sample in found.train} == {(1, 2, 3, 4)}


def test_columns_and_folder_can_be_named(birds: Path) -> None:
    rows = [{"id": row["path"][:-4], "what": row["label"]} for row in rows_of(birds)]
    file = write(birds.parent / "lists/all.csv", rows)
    found = read_image_set(f"csv:{file},images=../birds,path=id,label=what")
    assert len(found.train) + len(found.validation) == 12
    assert "path from id, label from what" in said(found)


def test_numbers_as_classes_are_in_their_order(birds: Path) -> None:
    rows = [row | {"label": str(2 + 8 * (row["label"] == "b"))} for row in rows_of(birds)]
    assert read_image_set(f"csv:{write(birds / 'n.csv', rows)}").classes == ("2", "10")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no heading"),
        (b"path,label\n", "0 classes"),
        (b"path,label\na/0.png,a\n", "1 class"),
        (b"a,b\n1,2\n", "path=COLUMN"),
        (b"path,other\n1,2\n", "label=COLUMN"),
        (b"\xff\xfe\xfd", "not UTF-8"),
        (b'path,label\n"' + b"a" * 200_000 + b'",b\n', "cannot be read as a table"),
    ],
)
def test_a_table_that_is_none_is_refused_in_a_sentence(
    birds: Path, content: bytes, words: str
) -> None:
    (birds / "bad.csv").write_bytes(content)
    with pytest.raises(UserError, match=words) as caught:
        read_image_set(f"csv:{birds / 'bad.csv'}")
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    for ending in ("csv", "jsonl", "parquet"):
        file = folder / f"any.{ending}"
        file.write_bytes((b"path,label,box\n" if ending == "csv" else b"") + content)
        with pytest.raises(UserError) as caught:
            read_image_set(f"csv:{file}")
        assert "\n" not in str(caught.value)


def encode(value: int) -> bytes:
    content = BytesIO()
    Image.fromarray(np.full((8, 8, 3), value, np.uint8)).save(content, "PNG")
    return content.getvalue()


def write_parquet(path: Path, labels: Sequence[int], class_names: Sequence[str] = ()) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    images = [{"bytes": encode(40 * i), "path": f"{i}.png"} for i in range(len(labels))]
    table = pa.table({"image": images, "label": list(labels)})
    if class_names:
        features = {"label": {"_type": "ClassLabel", "names": [*class_names]}}
        facts = json.dumps({"info": {"features": features}})
        table = table.replace_schema_metadata({"huggingface": facts})
    parquet.write_table(table, path)


def test_parquet_files_hold_images(tmp_path: Path) -> None:
    data = tmp_path / "digits/data"
    write_parquet(data / "train-00000-of-00002.parquet", [0, 1, 0], ("zero", "one"))
    write_parquet(data / "train-00001-of-00002.parquet", [1, 0, 1], ("zero", "one"))
    write_parquet(data / "test-00000-of-00001.parquet", [1, 7], ("zero", "one"))
    found = read_image_set(f"hf:{tmp_path / 'digits'}")
    assert found.name == "digits"
    assert found.classes == ("one", "zero")
    assert len(found.train) + len(found.validation) == 6
    assert len(names((*found.train, *found.validation))) == 6
    assert [sample.label for sample in found.test] == [0]
    assert "rows without a label: 1 (row 2)" in said(found)
    assert load_image(found.test[0])[0, 0, 0] == 0
    alone = read_image_set(f"csv:{data / 'train-00000-of-00002.parquet'}")
    assert alone.classes == ("one", "zero")


def test_a_parquet_file_may_list_paths(birds: Path) -> None:
    rows = rows_of(birds)
    columns = {name: [row[name] for row in rows] for name in ("path", "label")}
    parquet.write_table(pa.table(columns), birds / "all.parquet")
    from_csv = read_image_set(f"csv:{write(birds / 'all.csv', rows)}")
    from_parquet = read_image_set(f"csv:{birds / 'all.parquet'}")
    assert from_parquet == from_csv


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_image_folders_have_metadata(birds: Path, kind: str) -> None:
    for split, images in (("train", "0123"), ("validation", "4"), ("test", "5")):
        rows = [
            {"file_name": f"{k}{i}.png", "label": k.upper(), "box": "1 1 4 4"}
            for k in "ab"
            for i in images
        ]
        folder = birds / split
        folder.mkdir()
        for row in rows:
            (birds / row["file_name"][0] / f"{row['file_name'][1:]}").rename(
                folder / row["file_name"]
            )
        if kind == "csv":
            write(folder / "metadata.csv", rows)
        else:
            text = "\n".join([*map(json.dumps, rows), "[1", '{"file_name": []}'])
            (folder / "metadata.jsonl").write_text(text)
    for name in "ab":
        (birds / name).rmdir()
    found = read_image_set(f"hf:{birds}")
    assert found.classes == ("A", "B")
    assert [len(s) for s in (found.train, found.validation, found.test)] == [8, 2, 2]
    assert found.validation[0].object_box == (1, 1, 4, 4)
    if kind == "jsonl":
        assert "rows that are no JSON object: 3" in said(found)


def test_a_folder_of_classes_is_hugging_faces_too(birds: Path) -> None:
    assert read_image_set(f"hf:{birds}") == read_image_set(f"folder:{birds}")


def test_splits_may_call_their_images_alike(tmp_path: Path) -> None:
    """An image's name starts at the set's folder, so that each is itself."""
    for split, images in (("train", 6), ("validation", 4), ("test", 2)):
        names_ = [f"{i}.png" for i in range(images)]
        save_images(tmp_path / "folders" / split, names_)
        rows = [{"file_name": name, "label": "ab"[i % 2]} for i, name in enumerate(names_)]
        write(tmp_path / "folders" / split / "metadata.csv", rows)
        write_parquet(tmp_path / "packed" / split / "0000.parquet", [i % 2 for i in range(images)])
    for kind in ("folders", "packed"):
        found = read_image_set(f"hf:{tmp_path / kind}")
        assert [len(s) for s in (found.train, found.validation, found.test)] == [6, 4, 2], kind
        assert len(names((*found.train, *found.validation, *found.test))) == 12
