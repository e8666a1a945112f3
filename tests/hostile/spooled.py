"""What waits in the spool, damaged or forged: the rest is delivered, and nothing is lost."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from saliencnn.common.errors import UserError
from saliencnn.recording.spool import spool_folder
from saliencnn.recording.sync import sync
from saliencnn.store.connection import open_store
from saliencnn.store.runs import list_runs
from tests.helpers.golden import unpack
from tests.hostile.answers import Case, Surroundings, find_fault
from tests.hostile.texts import mutate_bytes

PLAIN = "parcel.json"
VALUES = (None, 1, -1, 0, 1e12, "x", "../x", [], {}, [None], float("nan"), True, "f" * 32)


def cases(here: Surroundings) -> Iterator[Case]:
    """Yield spools with one record that is wrong."""
    golden = unpack(here.folder / "sound")
    run_id = golden.run("golden-interrupted").run_id
    record = next(spool_folder(golden.store).glob(f"{run_id}/0*"))
    plain = json.loads((record / PLAIN).read_text())
    spoilt: list[tuple[str, str, bytes | None]] = [
        (f"{PLAIN}: {name}", PLAIN, json.dumps(value).encode()) for name, value in _spoil(plain)
    ]
    spoilt += [(f"without {file.name}", file.name, None) for file in record.iterdir()]
    here.rng.shuffle(spoilt)
    spoilt = spoilt[: here.count * 2 // 3]
    files = sorted(record.iterdir())
    for number in range(here.count - len(spoilt)):
        file = here.rng.choice(files)
        content = mutate_bytes(here.rng, file.read_bytes())
        spoilt.append((f"{number} {file.name} mutated", file.name, content))
    for number, (name, file_name, content) in enumerate(spoilt):
        yield Case(
            name,
            lambda n=number, f=file_name, c=content: _deliver(
                golden.folder, here.folder / f"{n}", record.relative_to(golden.folder), f, c
            ),
        )


def _spoil(plain: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for key in plain:
        yield f"without {key}", {k: v for k, v in plain.items() if k != key}
        for value in VALUES:
            # An epoch of another process is superseded: that process trains it again.
            if key != "process" or not isinstance(value, str):
                yield f"{key} = {value!r}", {**plain, key: value}
    rows = next(iter(plain["tables"].values()))
    for name in ("../../../../ESCAPED", "/tmp/ESCAPED-saliencnn", "a/b", "", "x" * 300, "a\0b"):
        yield f"table {name!r:.30}", {**plain, "tables": {name: rows}}


def _deliver(
    sound: Path, folder: Path, record: Path, file_name: str, content: bytes | None
) -> None:
    shutil.copytree(sound, folder / "a" / "b" / "c")
    home = folder / "a" / "b" / "c"
    file = home / record / file_name
    before = sorted(one.name for one in (home / record).iterdir())
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    store = open_store(f"sqlite:///{home}/mlruns/mlflow.db")
    epochs = {run.run_id: run.epoch for run in list_runs(store)}
    said: list[str] = []
    try:
        said += list(sync(store))
    except UserError as error:
        said.append(str(error))
    assert said, "sync says nothing"
    faults = [fault for line in said if (fault := find_fault(line))]
    assert not faults, faults[0]
    now = {run.run_id: run.epoch for run in list_runs(store)}
    owner = record.parent.name
    others = {run_id for run_id in epochs if run_id != owner and now[run_id] != epochs[run_id]}
    assert not others, "another run got an epoch"
    delivered = now[owner] > epochs[owner]
    kept = [path for path in home.rglob("*") if path.is_file() and path.name in before]
    waits = any(path.name == file_name or file_name == PLAIN or content is None for path in kept)
    spooled = [path for path in kept if "spool" in str(path.relative_to(home))]
    assert delivered or (spooled and waits), "the epoch is lost"
    outside = list(folder.rglob("*ESCAPED*")) + list(Path("/tmp").glob("ESCAPED-s*"))
    assert not outside, "a file was written elsewhere"
    shutil.rmtree(folder)
