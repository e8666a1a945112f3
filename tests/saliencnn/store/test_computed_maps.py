import numpy as np
import pytest

from saliencnn.store.artifacts import list_files, location_of, read_bytes, write_files
from saliencnn.store.computed_maps import read_computed, write_computed
from saliencnn.store.connection import Store
from saliencnn.store.maptable import MapTable, pack_maps, row_type
from saliencnn.store.runs import start_run


def make_table(image: int, methods: tuple[str, ...] = ("cam", "gradcampp")) -> MapTable:
    rows = np.zeros(1, row_type(len(methods), 3, 3))
    rows["image"] = image
    pack_maps(rows, np.random.default_rng(image).random((1, len(methods), 3, 3)))
    return MapTable(methods, rows)


def contents(entries: list[tuple[int, MapTable]]) -> set[tuple[int, tuple[str, ...], bytes]]:
    return {(epoch, table.methods, table.rows.tobytes()) for epoch, table in entries}


def test_what_was_computed_is_read(any_store: Store) -> None:
    run_id = start_run(any_store, "computed", {})
    assert read_computed(any_store, run_id, 3) == []
    first = [(epoch, make_table(epoch)) for epoch in (2, 1, 7)]
    second = [(2, make_table(9, ("cam",))), (3, make_table(8))]
    write_computed(any_store, run_id, 3, first)
    write_computed(any_store, run_id, 3, second)
    write_computed(any_store, run_id, 4, [(5, make_table(1))])
    assert contents(read_computed(any_store, run_id, 3)) == contents(first + second)
    assert contents(read_computed(any_store, run_id, 4)) == contents([(5, make_table(1))])
    assert read_computed(any_store, run_id, 5) == []


def test_keeping_the_same_twice_is_keeping_it_once(store: Store) -> None:
    run_id = start_run(store, "twice", {})
    for _ in range(2):
        write_computed(store, run_id, 0, [(1, make_table(0))])
    assert len(read_computed(store, run_id, 0)) == 1


def test_nothing_computed_writes_nothing(store: Store) -> None:
    run_id = start_run(store, "nothing", {})
    write_computed(store, run_id, 0, [])
    assert read_computed(store, run_id, 0) == []


def test_a_file_cut_short_anywhere_is_ignored(store: Store) -> None:
    run_id = start_run(store, "cut", {})
    location = location_of(store, run_id)
    write_computed(store, run_id, 0, [(1, make_table(0))])
    (name,) = list_files(store, location, "computed/0000")
    whole = read_bytes(store, location, f"computed/0000/{name}")
    lengths = [0, 1, 4, *np.random.default_rng(0).integers(5, len(whole) - 1, 20), len(whole) - 1]
    files = {f"{length}.npz": whole[:length] for length in lengths}
    write_files(store, location, files, "computed/0000")
    assert len(list_files(store, location, "computed/0000")) == len(files) + 1
    assert contents(read_computed(store, run_id, 0)) == contents([(1, make_table(0))])


@pytest.mark.parametrize("junk", [b"\x00" * 400, b"PK\x03\x04" + b"\xff" * 400, b"no zip at all"])
def test_junk_is_ignored(store: Store, junk: bytes) -> None:
    run_id = start_run(store, "junk", {})
    write_files(store, location_of(store, run_id), {"junk.npz": junk}, "computed/0000")
    assert read_computed(store, run_id, 0) == []
