"""`make hostile`: some 2,000 seeded hostile inputs; exit 1 if one is answered badly."""

import argparse
import os
import sys
import tempfile
from collections import Counter
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.hostile.answers import Answer, answer_all

CATEGORIES = {
    "addresses": 130,
    "commands": 420,
    "images": 560,
    "records": 300,
    "folders": 140,
    "checkpoints": 120,
    "artifacts": 130,
    "labels": 200,
    "tables": 260,
    "spooled": 60,
}
"""Category, a module here -> how many inputs it makes; what takes longest comes first."""


def main() -> int:
    """Give the inputs of all or some categories and print what became of them."""
    parser = argparse.ArgumentParser("python -m tests.hostile", description=__doc__)
    parser.add_argument("categories", nargs="*", help=f"of {', '.join(CATEGORIES)}; default all")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other inputs")
    parser.add_argument("--fraction", type=float, default=1.0, help="of the inputs; default 1")
    options = parser.parse_args()
    chosen = options.categories or list(CATEGORIES)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # A process for each category: what one of them breaks must not reach the next.
    workers = ProcessPoolExecutor(2, mp_context=get_context("spawn"), max_tasks_per_child=1)
    with tempfile.TemporaryDirectory() as folder, workers as pool:
        waiting = {
            name: pool.submit(
                answer_all,
                name,
                options.seed,
                Path(folder),
                max(1, round(CATEGORIES[name] * options.fraction)),
            )
            for name in chosen
        }
        answers = {name: _wait(waiting[name]) for name in chosen}
    return _report(answers, options.seed)


def _wait(future: Future[list[Answer]]) -> list[Answer]:
    try:
        return future.result()
    except Exception as error:  # the process itself has been killed, by memory for example
        return [Answer("the whole category", "badly", f"{type(error).__name__}: {error}")]


def _report(answers: dict[str, list[Answer]], seed: int) -> int:
    print(f"\nseed {seed}\n{'':12} {'tried':>6} {'taken':>6} {'refused':>8} {'badly':>6}")
    total: Counter[str] = Counter()
    for category, found in answers.items():
        kinds = Counter(one.kind for one in found)
        total += kinds
        _print_row(category, kinds)
    _print_row("all", total)
    for category, found in answers.items():
        for one in found:
            if one.kind == "badly":
                print(f"BADLY {category}: {one.name}: {one.why}")
    return int(total["badly"] > 0)


def _print_row(name: str, kinds: Counter[str]) -> None:
    tried = sum(kinds.values())
    print(f"{name:12} {tried:6} {kinds['taken']:6} {kinds['refused']:8} {kinds['badly']:6}")


if __name__ == "__main__":
    sys.exit(main())
