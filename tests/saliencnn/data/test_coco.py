import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from saliencnn.common.errors import UserError
from saliencnn.data.coco import read_coco
from saliencnn.data.fitted import fit_validation
from saliencnn.data.geometry import validation_geometry
from saliencnn.data.sources import read_image_set
from tests.helpers.coco import compress_runs

CATEGORIES = [{"id": 3, "name": "cat"}, {"id": 7, "name": "dog"}]
SIDE = 20


def make(folder: Path, images: int, first: int = 0) -> dict[str, Any]:
    """Save images, two by two of one class, and return a description with a box each."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(first)
    described, annotations = [], []
    for i in range(first, first + images):
        Image.fromarray(rng.integers(0, 255, (SIDE, SIDE, 3), np.uint8)).save(folder / f"{i}.png")
        described.append({"id": i, "file_name": f"{i}.png", "width": SIDE, "height": SIDE})
        annotations.append(
            {"id": i, "image_id": i, "category_id": (3, 7)[i % 2], "bbox": [2, 3, 5, 6]}
        )
    return {"images": described, "annotations": annotations, "categories": CATEGORIES}


def save(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def test_boxes_polygons_and_runs_are_the_objects(tmp_path: Path) -> None:
    train = save(tmp_path / "train.json", make(tmp_path, 4))
    held_out = make(tmp_path, 5, first=10)
    boxes = held_out["annotations"]
    boxes[1]["segmentation"] = [[2, 3, 7, 3, 7, 9, 2, 9]]
    runs = np.zeros((SIDE, SIDE), int)
    runs[3:9, 2:7] = 1
    flat = runs.T.reshape(-1)
    edges = np.flatnonzero(np.diff(flat)) + 1
    lengths = np.diff([0, *edges, flat.size]).tolist()
    boxes[2] |= {"segmentation": {"size": [SIDE, SIDE], "counts": lengths}, "iscrowd": 1}
    boxes[3] |= {"segmentation": {"size": [SIDE, SIDE], "counts": compress_runs(lengths)}}
    boxes[4]["segmentation"] = [[2, 3, 7, 3]]  # no polygon: the box stays
    file = save(tmp_path / "val.json", held_out)
    found = read_image_set(f"coco:{train},validation={file}")
    assert found.classes == ("cat", "dog")
    assert [sample.label for sample in found.validation] == [0, 1, 0, 1, 0]
    kept = fit_validation(found, validation_geometry(SIDE))
    for region in kept.regions("object"):
        np.testing.assert_array_equal(region, runs > 0)
    assert kept.index.masked("object").tolist() == [0, 1, 1, 1, 0]
    assert any("outlines that cannot be read (the boxes stay): 1" in note for note in found.notes)


def test_the_largest_object_gives_the_class_and_all_of_its_class_the_mask(tmp_path: Path) -> None:
    train = save(tmp_path / "train.json", make(tmp_path, 4))
    content = make(tmp_path, 2, first=10)
    content["annotations"] = [
        {"image_id": 10, "category_id": 3, "bbox": [0, 0, 2, 2]},
        {"image_id": 10, "category_id": 7, "bbox": [4, 4, 8, 8]},
        {"image_id": 10, "category_id": 7, "bbox": [14, 0, 3, 3]},
        {"image_id": 11, "category_id": 3, "bbox": [4, 4, 8, 8], "area": 64},
    ]
    file = save(tmp_path / "val.json", content)
    found = read_image_set(f"coco:{train},validation={file}")
    assert [found.classes[sample.label] for sample in found.validation] == ["dog", "cat"]
    region = next(fit_validation(found, validation_geometry(SIDE)).regions("object"))
    expected = np.zeros((SIDE, SIDE), bool)
    expected[4:12, 4:12] = expected[:3, 14:17] = True
    np.testing.assert_array_equal(region, expected)
    assert any("1 image shows several categories (10.png)" in note for note in found.notes)


def test_the_layouts_of_coco_and_roboflow_are_found(tmp_path: Path) -> None:
    for split, first, images in (("train2017", 0, 6), ("val2017", 10, 2), ("test2017", 20, 2)):
        content = make(tmp_path / "coco" / split, images, first)
        save(tmp_path / f"coco/annotations/instances_{split}.json", content)
    for split, first, images in (("train", 0, 6), ("valid", 10, 2), ("test", 20, 2)):
        content = make(tmp_path / "robo" / split, images, first)
        save(tmp_path / f"robo/{split}/_annotations.coco.json", content)
    for name in ("coco", "robo"):
        found = read_image_set(f"coco:{tmp_path / name}")
        assert found.name == name
        assert [len(s) for s in (found.train, found.validation, found.test)] == [6, 2, 2]
    alone = read_image_set(f"coco:{tmp_path}/coco/annotations/instances_train2017.json")
    assert len(alone.train) + len(alone.validation) == 6


def test_what_is_bad_is_left_out_and_counted(tmp_path: Path) -> None:
    content = make(tmp_path / "in", 8)
    (tmp_path / "secret.png").write_bytes((tmp_path / "in/0.png").read_bytes())
    content["images"] += [
        {"id": 90, "file_name": "../secret.png"},
        {"id": 91, "file_name": "gone.png"},
        {"id": 92, "file_name": "1.png", "height": "x"},
        {"id": 93},
        "image",
    ]
    content["annotations"] += [
        *({"image_id": i, "category_id": 3, "bbox": [0, 0, 4, 4]} for i in (90, 91)),
        {"image_id": 5, "category_id": 99},
        {"image_id": [1], "category_id": 3},
        None,
    ]
    found = read_coco(save(tmp_path / "in/a.json", content), 0, {})
    assert len(found.train) + len(found.validation) == 8
    notes = " ".join(found.notes)
    assert "images whose file is not there: 2 (../secret.png, gone.png)" in notes
    assert "objects of no image or category: 3" in notes
    assert "images without a file: 2" in notes
    assert "images without an object: 1 (1.png)" in notes


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ("id", "name", "image_id", "category_id", "bbox", "segmentation", "size", "counts")
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(values, max_size=3),
    st.lists(values, max_size=3),
    values,
    st.sampled_from(("bbox", "segmentation", "area", "image_id", "category_id")),
)
def test_whatever_a_file_holds_it_is_read_or_refused_in_a_sentence(
    tmp_path: Path, images: list[Any], annotations: list[Any], value: Any, field: str
) -> None:
    content = make(tmp_path, 4)
    content["images"] += images
    content["annotations"][0][field] = value
    content["annotations"] += annotations
    content["categories"] = [*CATEGORIES, *annotations]
    try:
        found = read_coco(save(tmp_path / "a.json", content), 0, {})
    except UserError as error:
        sentence = str(error)
        assert "\n" not in sentence
        return
    fit_validation(found, validation_geometry(8))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"images": []}', "[" * 100_000, "\0"])
def test_what_is_no_coco_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(UserError, match="not COCO's JSON"):
        read_coco(tmp_path / "a.json", 0, {})
    with pytest.raises(UserError, match="no JSON file for a training split"):
        read_coco(tmp_path, 0, {})


def test_splits_may_call_their_images_alike(tmp_path: Path) -> None:
    for split, images in (("train", 6), ("valid", 4), ("test", 2)):
        content = make(tmp_path / split, images)
        save(tmp_path / f"{split}/_annotations.coco.json", content)
    found = read_image_set(f"coco:{tmp_path}")
    assert [len(s) for s in (found.train, found.validation, found.test)] == [6, 4, 2]
    assert found.validation[0].name == "valid/0.png"
