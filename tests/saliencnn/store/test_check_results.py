import hashlib
import io
import json

import numpy as np
import pytest

from saliencnn.store.artifacts import list_files, location_of, read_bytes, write_files
from saliencnn.store.check_results import read_result, read_results, write_result
from saliencnn.store.connection import Store
from saliencnn.store.runs import start_run

QUESTION = {"check": "variance", "epoch": 3, "image": 7, "methods": ["cam", "gradcam"]}


def arrays(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {"before/cam": rng.random((1, 7, 7), dtype=np.float32), "logit_change": rng.random(1)}


def same(found: dict[str, np.ndarray] | None, expected: dict[str, np.ndarray]) -> bool:
    return found is not None and {k: v.tobytes() for k, v in found.items()} == {
        k: v.tobytes() for k, v in expected.items()
    }


def test_an_answer_is_found_by_its_question(any_store: Store) -> None:
    run_id = start_run(any_store, "checked", {})
    assert read_result(any_store, run_id, QUESTION) is None
    assert read_results(any_store, run_id, "variance") == []
    other = {**QUESTION, "image": 8}
    write_result(any_store, run_id, QUESTION, arrays(1))
    write_result(any_store, run_id, other, arrays(2))
    turned = dict(reversed(QUESTION.items()))
    assert same(read_result(any_store, run_id, turned), arrays(1))
    assert same(read_result(any_store, run_id, other), arrays(2))
    assert read_result(any_store, run_id, {**QUESTION, "epoch": 4}) is None
    found = {
        question["image"]: kept for question, kept in read_results(any_store, run_id, "variance")
    }
    assert found.keys() == {7, 8}
    assert same(found[8], arrays(2))
    assert read_results(any_store, run_id, "stability") == []


def test_results_of_format_1_are_read_under_the_names_of_today(store: Store) -> None:
    run_id = start_run(store, "checked long ago", {})
    asked = {"check": "randomisation", "epoch": 2, "image": 3, "cascading": False, "blocks": 6}
    kept = {"maps": np.ones(3), "likeness/spearman": np.zeros(2), "by_lot/road": np.ones(4)}
    text = json.dumps(asked, sort_keys=True)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, question=np.array(text), **kept)
    name = f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.npz"
    write_files(
        store, location_of(store, run_id), {name: buffer.getvalue()}, "checks/randomisation"
    )
    question = {"check": "randomization", "epoch": 2, "image": 3, "blocks": "independent"}
    found = read_result(store, run_id, question)
    assert found is not None
    assert set(found) == {"maps", "similarity/spearman", "random_baseline/road"}
    assert read_result(store, run_id, {**question, "blocks": "cascading"}) is None
    write_result(store, run_id, question, arrays(1))
    assert same(read_result(store, run_id, question), arrays(1)), "the newer one counts"


def test_a_file_cut_short_anywhere_is_ignored(store: Store) -> None:
    run_id = start_run(store, "cut check", {})
    write_result(store, run_id, QUESTION, arrays(1))
    location = location_of(store, run_id)
    (name,) = list_files(store, location, "checks/variance")
    whole = read_bytes(store, location, f"checks/variance/{name}")
    for length in [0, 1, 4, *np.random.default_rng(0).integers(5, len(whole) - 1, 20)]:
        write_files(store, location, {name: whole[:length]}, "checks/variance")
        assert read_result(store, run_id, QUESTION) is None
        assert read_results(store, run_id, "variance") == []


def test_a_check_s_name_builds_no_path(store: Store) -> None:
    run_id = start_run(store, "path", {})
    with pytest.raises(ValueError, match="not the name of a check"):
        write_result(store, run_id, {"check": "../../x"}, {})
