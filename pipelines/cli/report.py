"""The command that writes a report."""

import argparse
import shutil
import subprocess
from pathlib import Path

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import show

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
"""Programs that print an HTML file as PDF, the first that is there."""
PRINT_SECONDS = 120


def report(options: argparse.Namespace) -> None:
    """Write what runs learned into one HTML file, and print it as PDF where that is asked for."""
    from pipelines.cli.bars import progress_bar
    from pipelines.report.make import keep_report, make_report
    from saliencnn.store.connection import open_store

    store, path = open_store(), Path(options.output)
    document = make_report(store, options.run_ids, progress_bar("report"))
    path.write_text(document, encoding="utf-8")
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB; it opens in any browser, also offline.")
    if kept := keep_report(store, options.run_ids, document):
        print(f"The same is kept with the run, as {kept}.")
    if options.pdf:
        print(_print_pdf(path))


def _print_pdf(path: Path) -> str:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise UserError(
            f"--pdf needs Chromium, which is not here; open {show(path)} in a browser and print it."
        )
    target = path.with_suffix(".pdf")
    command = [
        *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"),
        *("--run-all-compositor-stages-before-draw", "--virtual-time-budget=10000"),
        *(f"--print-to-pdf={target.resolve()}", path.resolve().as_uri()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PRINT_SECONDS)
    if done.returncode or not target.is_file():
        raise UserError(f"{Path(browser).name} could not print {show(path)} as PDF.")
    return f"{target}: printed on A4."
