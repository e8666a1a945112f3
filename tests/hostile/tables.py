"""Tables, COCO's JSON and Parquet files that list images, sound and damaged."""

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image
from pyarrow import parquet

from saliencnn.common.errors import UserError
from saliencnn.data.fitted import fit_validation
from saliencnn.data.geometry import validation_geometry
from saliencnn.data.region_notes import report_regions
from saliencnn.data.sources import read_image_set
from tests.hostile.answers import Case, Surroundings, find_fault
from tests.hostile.texts import TEXTS, mutate_bytes, mutate_text

PATHS = (
    "../secret.png", "/etc/passwd", "/etc/../etc/hostname", "a/../../secret.png", "pipe", "loop",
    "in", ".", "", "~", "a\0.png", "x" * 5000, "a/0.png/b", "out.png", "file:///etc/passwd",
    "http://example.com/a.png", "C:\\a.png", "\\\\server\\a.png", "a\\..\\..\\secret.png",
)  # fmt: skip
BOXES = ("nan nan nan nan", "1e400 0 1 1", "[0,0,-1,5]", "1,2,3", "[[1,2,3,4]]", "9" * 4000)
SHAPES: tuple[Any, ...] = (
    {"size": [8, 8], "counts": [10**30]}, {"size": [8, 8], "counts": [64, -64, 64]},
    {"size": [10**9, 10**9], "counts": "0"}, {"size": [8, 8], "counts": "\uffff" * 50},
    {"size": [8, 8], "counts": "o" * 10_000}, {"counts": "a"}, {"size": 8, "counts": {}},
    [[0, 0, 1e300, 1e300, -1e300, 5]], [[0.0] * 200_000], [[0, 0, 9, 9]], [["a"] * 6], [[]], [{}],
    "RLE", 5, [[0, 0, 8, 0, 8, 8, 0, 8]] * 3000,
)  # fmt: skip


def cases(here: Surroundings) -> Iterator[Case]:
    """Yield lists of images; of all of them two classes with four images are sound."""
    root = here.folder / "in"
    rows = _fill(root)
    sound_csv, sound_json = _write_csv(rows), json.dumps(_describe(rows))
    for path in (*PATHS, *TEXTS):
        listed = [*rows, {"path": path, "label": "a", "mask": path, "box": "", "split": "train"}]
        yield _reading(root, f"path {path[:30]!r}", "l.csv", _write_csv(listed), known=True)
        content = _describe(rows)
        content["images"].append({"id": 99, "file_name": path, "height": 8, "width": 8})
        content["annotations"].append({"image_id": 99, "category_id": 1, "bbox": [0, 0, 4, 4]})
        yield _reading(root, f"file_name {path[:30]!r}", "l.json", json.dumps(content), known=True)
    for box in BOXES:
        listed = [row | {"box": box} for row in rows]
        yield _reading(root, f"box {box[:30]!r}", "l.csv", _write_csv(listed), known=True)
    for shape in SHAPES:
        content = _describe(rows)
        for one in content["annotations"]:
            one["segmentation"] = shape
        yield _reading(root, f"shape {shape!r:.40}", "l.json", json.dumps(content), known=True)
    packed = _pack(root, rows)
    left = max(0, here.count - 2 * len((*PATHS, *TEXTS)) - len(BOXES) - len(SHAPES))
    for number in range(left):
        name, content = here.rng.choice(
            [
                ("l.csv", sound_csv),
                ("l.json", sound_json),
                ("l.jsonl", _write_lines(rows)),
                ("l.parquet", packed),
            ]
        )
        if isinstance(content, bytes) or here.rng.random() < 0.4:
            raw = content if isinstance(content, bytes) else content.encode()
            yield _reading(root, f"{number} {name} mutated", name, mutate_bytes(here.rng, raw))
        else:
            text = mutate_text(here.rng, content)
            yield _reading(root, f"{number} {name} mutated", name, text)


def _fill(root: Path) -> list[dict[str, str]]:
    """Save four images of each class, and what a list must not lead to."""
    rows = []
    image = Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3))
    for name in "ab":
        (root / name).mkdir(parents=True)
        for i in range(4):
            image.save(root / name / f"{i}.png")
            split = "val" if i == 3 else "train"
            rows.append(
                {
                    "path": f"{name}/{i}.png",
                    "label": name,
                    "mask": "",
                    "box": "1 1 4 4",
                    "split": split,
                }
            )
    image.save(root.parent / "secret.png")
    os.mkfifo(root / "pipe")
    (root / "loop").symlink_to(root / "loop")
    return rows


def _write_csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def _write_lines(rows: list[dict[str, str]]) -> str:
    return "\n".join(map(json.dumps, rows))


def _describe(rows: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "images": [
            {"id": i, "file_name": row["path"], "height": 8, "width": 8}
            for i, row in enumerate(rows)
        ],
        "annotations": [
            {"image_id": i, "category_id": 1 + (row["label"] == "b"), "bbox": [1, 1, 4, 4]}
            for i, row in enumerate(rows)
        ],
        "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
    }


def _pack(root: Path, rows: list[dict[str, str]]) -> bytes:
    images = [{"bytes": (root / row["path"]).read_bytes(), "path": row["path"]} for row in rows]
    content = io.BytesIO()
    parquet.write_table(pa.table({"image": images, "label": [r["label"] for r in rows]}), content)
    return content.getvalue()


def _reading(root: Path, name: str, file: str, content: str | bytes, known: bool = False) -> Case:
    def give() -> None:
        raw = content if isinstance(content, bytes) else content.encode(errors="surrogatepass")
        (root / file).write_bytes(raw)
        source = "coco" if file.endswith(".json") else "csv"
        try:
            image_set = read_image_set(f"{source}:{root / file}")
        except UserError:
            assert not known, "the sound rows were refused, too"
            raise
        images = (*image_set.train, *image_set.validation, *image_set.test)
        for sample in images:
            inside = isinstance(sample.image, bytes) or sample.image.is_relative_to(root)  # type: ignore[union-attr]
            assert inside, f"{sample.image} is outside"
            mask = sample.object_mask
            inside = not isinstance(mask, Path) or mask.is_relative_to(root)
            assert inside, f"{mask} is outside"
        assert not known or len(images) >= 8
        kept = fit_validation(image_set, validation_geometry(8))
        for note in (*image_set.notes, *report_regions(image_set, kept.index)):
            assert not (fault := find_fault(note)), f"a note is {fault}"

    return Case(name, give)
