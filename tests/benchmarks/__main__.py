"""`make bench`: every row's median, beside what it is measured against; exit 1 on a FAIL."""

import sys

from pipelines.cli.process import prepare_process

prepare_process()  # as the command line does, before torch is loaded

from tests.benchmarks import (  # noqa: E402
    bbmp,
    browser,
    checks,
    compare,
    evaluation,
    explanations,
    interventions,
    maps,
    methods,
    pages,
    retries,
    scorecam,
    similarity,
    watching,
)

rows = []
for part in (
    browser,  # over the store that the environment names, which others change
    maps,
    methods,
    scorecam,
    bbmp,
    similarity,
    checks,
    evaluation,
    explanations,
    interventions,
    compare,
    pages,
    retries,
    watching,
):
    for row in part.run():
        rows.append(row)
        print(row, flush=True)
sys.exit(not all(row.passed for row in rows))
