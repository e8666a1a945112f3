"""``python -m tests.benchmarks.conviction [FOLDER] [--seeds N] [--first SEED] [--honest]``.

Prints a table: networks of which it is known whether they cheat, and by what, are convicted or not
by what the product says. Networks and answers stay in FOLDER, so that an interrupted run goes on
there;
``networks.csv`` holds a row each, as they come. To measure changed interventions anew, delete the
``.npz`` files.
"""

import argparse
import csv
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from tests.benchmarks.conviction.cues import CUES
from tests.benchmarks.conviction.units import NOTHING, list_units, provide_record
from tests.benchmarks.conviction.verdicts import Verdict, inspect_files, judge, rate

COLUMNS = (
    *("cue", "behaviour", "seed", "accuracy", "cue broken", "without masks", "with masks"),
    *("seconds", "forward passes"),
)
FOLDER = Path(tempfile.gettempdir()) / "conviction"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.conviction")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--honest", action="store_true", help="only how many honest are accused")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    seeds, verdicts = range(options.first, options.first + options.seeds), []
    for unit in list_units(seeds):
        if options.honest and unit.behaviour != "honest":
            continue
        verdicts.append(judge(provide_record(unit, options.folder)))
        write_rows(verdicts, options.folder / "networks.csv")
    table = () if options.honest else (*tabulate(verdicts, seeds), "")
    for line in (*table, *sum_up(verdicts)):
        print(line, flush=True)


def write_rows(verdicts: Sequence[Verdict], path: Path) -> None:
    """Write a row for each network."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for one in verdicts:
            record, unit = one.record, one.record.unit
            rows.writerow((
                unit.cue or "none", unit.behaviour, unit.seed, f"{record.accuracy:.3f}",
                f"{record.broken:.3f}", "; ".join(one.without), "; ".join(one.beside),
                f"{record.seconds:.1f}", f"{record.passes:.0f}",
            ))  # fmt: skip


def tabulate(verdicts: Sequence[Verdict], seeds: Sequence[int]) -> Iterator[str]:
    """Yield the table's lines: a row for each cue."""
    yield (
        "| cue | right; with the cue broken | cheaters named, without masks | named first | "
        "with masks | fooled ones named | honest ones accused, without; with masks | "
        "files named; honest ones accused |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for name in (*CUES, NOTHING):
        of = {
            behaviour: [
                one
                for one in verdicts
                if (one.record.unit.cue, one.record.unit.behaviour) == (name, behaviour)
            ]
            for behaviour in ("cheats", "fooled", "honest")
        }
        cheats, fooled, honest = of.values()
        cells = [
            CUES[name].title if name else "none",
            " ".join(f"{one.record.accuracy:.0%}; {one.record.broken:.0%}" for one in cheats[:1]),
            rate([one.named for one in cheats]),
            rate([one.named_first for one in cheats]),
            rate([one.named_with_masks for one in cheats]),
            rate([one.named for one in fooled]),
            f"{rate([bool(o.without) for o in honest])}; {rate([bool(o.beside) for o in honest])}",
            _inspect(name, seeds),
        ]
        yield f"| {' | '.join(cells)} |"


def _inspect(name: str, seeds: Sequence[int]) -> str:
    planted = [inspect_files(name, seed, honest=False) for seed in seeds]
    honest = [inspect_files(name, seed, honest=True) for seed in seeds]
    accused = rate([bool(one) for one in honest])
    if not name or not CUES[name].told_by:
        return f"—; {accused}"
    return f"{rate([not {*one}.isdisjoint(CUES[name].told_by) for one in planted])}; {accused}"


def sum_up(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield the numbers over all cues, and what they cost."""
    by = {kind: [v for v in verdicts if v.record.unit.behaviour == kind] for kind in
          ("cheats", "fooled", "honest")}  # fmt: skip
    yield f"cheaters named without masks: {rate([v.named for v in by['cheats']])}"
    yield f"the same, by the first sentence: {rate([v.named_first for v in by['cheats']])}"
    yield f"the same with masks: {rate([v.named_with_masks for v in by['cheats']])}"
    yield f"fooled ones named without masks: {rate([v.named for v in by['fooled']])}"
    yield f"honest ones accused without masks: {rate([bool(v.without) for v in by['honest']])}"
    yield f"honest ones accused with masks: {rate([bool(v.beside) for v in by['honest']])}"
    seconds, passes = (
        sorted(getattr(v.record, name) for v in verdicts)[len(verdicts) // 2]
        for name in ("seconds", "passes")
    )
    yield f"the interventions that convict: {seconds:.0f} s, {passes:.0f} forward passes (median)"


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
