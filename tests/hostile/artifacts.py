"""Files of a run that are damaged, or name what lies elsewhere."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from saliencnn.common.errors import UserError
from saliencnn.store import artifacts, epochs, evaluation_files, evaluations, images
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.trust.audit_record import read_audits
from tests.golden.describe import CLASS
from tests.helpers.golden import Golden, unpack
from tests.hostile.answers import Case, Surroundings
from tests.hostile.texts import mutate_bytes

SECRET = b"TOP-SECRET" * 400
NAMES = ("../../../../secret.bin", "/etc/passwd", "..", "a\0b", "C:\\x", "x" * 5000, "", "nul/../x")
OF_EVALUATIONS: tuple[Callable[..., Any], ...] = (
    evaluation_files.read_class_set,
    evaluation_files.read_predictions,
    evaluation_files.read_by_class,
    evaluation_files.read_mean_confidence,
    evaluation_files.read_distances,
    evaluation_files.read_projection,
)


def cases(here: Surroundings) -> Iterator[Case]:
    """Yield runs with one damaged file: reading says what is wrong, and reads nothing else."""
    golden = unpack(here.folder / "store")
    (here.folder / "secret.bin").write_bytes(SECRET)
    root = Path(golden.folder) / "mlruns" / "artifacts"
    run_id = golden.run("golden").run_id
    manifest = next(root.rglob(f"{run_id}/artifacts/epochs/0002/manifest.json"))
    spoilt = list(_spoil_manifest(json.loads(manifest.read_text())))
    for name, value in spoilt:
        yield _damaging(f"manifest: {name}", golden, manifest, json.dumps(value).encode(), here)
    files = sorted(p for p in root.rglob("*") if p.is_file() and "logged_models" not in str(p))
    for number in range(max(0, here.count - len(spoilt))):
        path = here.rng.choice(files)
        content = mutate_bytes(here.rng, path.read_bytes())
        yield _damaging(f"{number} {path.name} mutated", golden, path, content, here)


def _spoil_manifest(sound: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    table = next(iter(sound["layouts"]))
    layout = sound["layouts"][table]
    for name in NAMES:
        yield f"table {name!r:.30}", {**sound, "layouts": {name: layout}}
    for key, values in {
        "offsets": ([], [0], [10**12] * 9, [-1] * 9, ["x"] * 9, None, layout["offsets"][::-1]),
        "shape": ([], [0, 0], [-1, 7], [10**6, 10**6], ["a", "b"], None, [1, 1, 1]),
        "methods": ([], [1], None, ["x" * 5000], ["gradcam"] * 1000),
    }.items():
        for value in values:
            yield f"{key} {value!r:.30}", {**sound, "layouts": {table: {**layout, key: value}}}
    for key in sound:
        yield f"without {key}", {k: v for k, v in sound.items() if k != key}
        for value in (None, 1, [], "x", {"a": 1}):
            yield f"{key} {value!r}", {**sound, key: value}


def _damaging(name: str, golden: Golden, path: Path, content: bytes, here: Surroundings) -> Case:
    def give() -> None:
        kept = here.folder / "kept"
        shutil.copyfile(path, kept)
        path.write_bytes(content)
        _forget()
        try:
            for read in _reads(golden):
                _read(read)
        finally:
            shutil.copyfile(kept, path)

    return Case(name, give)


def _reads(golden: Golden) -> Iterator[Callable[[], Any]]:
    store, run = golden.store, golden.run("golden")
    run_id = run.run_id
    for epoch in run.epochs:
        yield lambda epoch=epoch: epochs.read_predictions(store, run_id, epoch)
        yield lambda epoch=epoch: epochs.read_confusion(store, run_id, epoch)
        yield lambda epoch=epoch: epochs.read_per_class(store, run_id, epoch)
        yield lambda epoch=epoch: epochs.read_class_maps(store, run_id, [epoch], CLASS)
    yield lambda: images.read_index(store, run.images_id)
    yield lambda: images.read_originals(store, run.images_id)
    yield lambda: images.read_all_images(store, run.images_id)
    yield lambda: read_audits(store, run_id)
    for info in evaluations.list_evaluations(store):
        for read in OF_EVALUATIONS:
            yield lambda read=read, info=info: read(store, info.run_id)


def _read(read: Callable[[], Any]) -> None:
    """Read something; what is refused must be refused for a person, and nothing else is read."""
    try:
        found = read()
    except (UserError, MissingArtifact):
        return
    if isinstance(found, dict):
        tables = [table.rows.tobytes() for many in found.values() for table in _tables(many)]
        assert not any(b"TOP-SECRET" in content for content in tables), "another file was read"


def _tables(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _forget() -> None:
    for cached in (artifacts._place_of, artifacts._repository):
        cached.cache_clear()
