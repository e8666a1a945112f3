"""A store in which every text that people or files give tries to be more than a text."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from mlflow.entities import Param, RunTag
from PIL import Image

from pipelines.evaluation.run import Task, evaluate
from pipelines.retry.queue import enqueue
from pipelines.retry.request_state import request_retry
from pipelines.retry.studies import open_queue
from pipelines.review.decisions import decide
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.planted import render_planted
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, finish_run, note_sentences, read_run
from saliencnn.store.saved_tasks import save_task
from tests.helpers.stores import new_store

HOST = "evil.example"
TOKENS = (
    f"![x](http://{HOST}/x.png)", f"https://{HOST}/a", f"www.{HOST}", f"mail@{HOST}",
    f"<img src=http://{HOST}/y.png>", f"[link](http://{HOST}/b)", f"<http://{HOST}/c>",
    ":material/delete:", ":smile:", ":streamlit:", ":red[red]", ":blue-background[blue]",
    "&lt;i&gt;", "<b>bold</b>", "**strong**", "_em_", "~~gone~~", "`code`", "$x^2$",
    "\n====\n", "\n# heading\n", "\n    four spaces", "| a | b |\n|---|---|", "a -> b",
    "\u202eright to left\u202c", "\u200binvisible", "<script>window.hacked=1</script>",
)  # fmt: skip
TEXT = " ".join(TOKENS)
LONG = "word" * 1750
"""Seven thousand characters without a place to break them."""
CLASSES = (
    f"www.{HOST}", f"mail@{HOST}", "&lt;i&gt; <b>bold<i>", "# heading", "    four spaces",
    ":smile: :red[x]", "$x^2$ **strong** `code` [a](b)", "\u202eturned " + "n" * 200,
)  # fmt: skip


@dataclass(frozen=True)
class Hostile:
    """The store and what is in it.

    Attributes:
        store: the store.
        run: one that finished, with verdicts, a retry in the queue and an evaluation.
        failed: one that failed.
        evaluated: ids of the evaluations of both.
    """

    store: Store
    run: RunInfo
    failed: RunInfo
    evaluated: tuple[str, str]


def make_hostile_store(folder: Path) -> Hostile:
    """Train, evaluate and decide on images whose classes and files have such names; then more."""
    store, data = new_store(folder / "store"), _write_images(folder / f"[x](y) www.{HOST}")
    values = Hyperparameters(epochs=2, batch_size=16)
    request = Request(f"folder:{data}", image_size=48, name=TEXT[:80], hyperparameters=values)
    first, second = (
        train(store, replace(request, name=name, hyperparameters=replace(values, seed=seed)))
        for seed, name in enumerate((TEXT[:200], LONG[:240]))
    )
    found = evaluate(
        store, Task([f"run:{first}:2", f"run:{second}:2"], f"folder:{data}", work=folder)
    ).evaluated
    decide(store, first, "accepted", TEXT[:400], TEXT[:90], 2)
    decide(store, first, "rejected", LONG[:300], LONG[:90], 1, 0)
    save_task(store, TEXT[:70], {"model": [TEXT]})
    retried = request_retry(read_run(store, first), {"epochs": 3}, TEXT[:80])
    enqueue(open_queue(store), read_run(store, first), retried, TEXT[:90], TEXT[:400])
    _poison(store, first, second)
    return Hostile(store, read_run(store, first), read_run(store, second), (found[0], found[1]))


def _write_images(root: Path) -> Path:
    drawn = render_planted(train=96, validation=48, counterfactual=0, size=48)
    for split, samples in (("train", drawn.train), ("val", drawn.validation)):
        for number, sample in enumerate(samples):
            folder = root / split / CLASSES[sample.label]
            folder.mkdir(parents=True, exist_ok=True)
            token = TOKENS[number % len(TOKENS)].replace("/", "∕").replace("\n", " ")
            Image.fromarray(np.asarray(sample.image)).save(folder / f"{number} {token}.png")
    broken = root / "val" / CLASSES[0] / f"![x](http:∕∕{HOST}∕z).png"
    broken.write_bytes(b"no image")
    return root


def _poison(store: Store, run_id: str, failed: str) -> None:
    """Set what our own writers would have cleaned, as somebody with MLflow's client may."""
    note_sentences(store, run_id, [*TOKENS, TEXT, LONG])
    finish_run(store, failed, "FAILED", TEXT + LONG)
    for one in (run_id, failed):
        facts = json.loads(store.client.get_run(one).data.tags["saliencnn.facts"])
        facts |= {"image_set": TEXT, "weights": TEXT, "data": TEXT}
        store.client.log_batch(one, tags=[RunTag("saliencnn.facts", json.dumps(facts))])
    (evaluated,) = store.client.search_runs([store.evaluations], max_results=1)
    facts = json.loads(evaluated.data.tags["saliencnn.facts"])
    facts |= {"model": TEXT, "image_set": TEXT, "notes": [TEXT]}
    store.client.log_batch(
        evaluated.info.run_id, tags=[RunTag("saliencnn.facts", json.dumps(facts))]
    )
    store.client.log_batch(failed, params=[Param("note", TEXT)])
    unreadable = store.client.create_run(store.runs, run_name=TEXT[:200])
    store.client.log_batch(unreadable.info.run_id, tags=[RunTag("saliencnn.facts", TEXT)])
