"""The command that writes a report."""

import argparse
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import show

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
"""Programs that print an HTML file as PDF: the first that is there. The shell, which has no window,
takes two thirds of the others' time."""
PRINT_SECONDS = 300


def report(options: argparse.Namespace) -> None:
    """Write what runs learned, or what a saved task shows, into one HTML file; print it as PDF."""
    from pipelines.cli.bars import progress_bar
    from pipelines.report.make import keep_report, make_report, make_saved
    from saliencnn.store.connection import open_store

    if bool(options.run_ids) == bool(options.task):
        raise UserError("Name the runs that the report tells of, or one saved task by --task.")
    store, path = open_store(), Path(options.output)
    if options.task:
        document, kept_with = make_saved(store, options.task, progress_bar("report"))
        others = [options.task]
    else:
        document = make_report(store, options.run_ids, progress_bar("report"))
        kept_with, *rest = options.run_ids
        others = [run_id[:8] for run_id in rest]
    print(write_report(path, document))
    if kept := keep_report(store, kept_with, document, others):
        print(f"The same is kept with run {kept_with}, as {kept}; MLflow's own pages show it.")
    if options.pdf:
        print(_print_pdf(path))


def write_report(path: Path, document: str) -> str:
    """Write a report into a file, and say how large it is."""
    path.write_text(document, encoding="utf-8")
    return f"{path}: {path.stat().st_size / 1e6:.1f} MB; it opens in any browser, also offline."


def find_browser() -> str:
    """Return the path of a Chromium, or nothing where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), "")


def _print_pdf(path: Path) -> str:
    browser = find_browser()
    if not browser:
        raise UserError(
            f"--pdf needs Chromium, which is not here; open {show(path)} in a browser and print it."
        )
    target = path.with_suffix(".pdf")
    target.unlink(missing_ok=True)
    command = [
        *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"),
        *("--run-all-compositor-stages-before-draw", "--virtual-time-budget=10000"),
        *(f"--print-to-pdf={target.resolve()}", path.resolve().as_uri()),
    ]
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(command, capture_output=True, timeout=PRINT_SECONDS)
    if not target.is_file():
        raise UserError(f"{Path(browser).name} could not print {show(path)} as PDF.")
    return f"{target}: printed on A4."
