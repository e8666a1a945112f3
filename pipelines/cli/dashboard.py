"""The command that opens the dashboard, and the demo that leads to it."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import runpy
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.cli.reach import THIS_MACHINE, check_address, describe_reach, server_options
from saliencnn.common.access import read_settings
from saliencnn.common.errors import UserError
from saliencnn.common.process import own_command
from saliencnn.common.tuning import give_freed_memory_back

if TYPE_CHECKING:
    from pipelines.cli.demo import Story
    from saliencnn.store.connection import Store

ADDRESS = "STREAMLIT_SERVER_ADDRESS"
"""Streamlit's own variable, which is heeded where ``--host`` says nothing."""

DEMO_REPORT = "demo-report.html"

# Torch and mlflow take seconds, and --help must not: each command imports them itself.


def demo(options: argparse.Namespace) -> None:
    """Train the demo's networks, print what they show and open the dashboard."""
    from pipelines.cli.bars import epoch_line, progress_bar
    from pipelines.cli.demo import run_demo
    from saliencnn.common.ranks import refuse_torchrun
    from saliencnn.store.connection import open_store

    refuse_torchrun("saliencnn demo")
    store = open_store()
    story = run_demo(store, progress_bar, epoch_line, options.imagenet)
    print(f"\nTwo networks, the same birds, almost the same accuracy:\n{story.describe()}")
    print("The first looks at the colored sticker, a shortcut: see the Progression page.")
    print("The Retrain page shows how the second was found; Compare shows both side by side.")
    print(f"for others to read: {_write_report(store, story)}")
    print(f"open the dashboard: {app_command()}")
    if not options.no_serve:
        # A process of its own has none of training's memory.
        sys.stdout.flush()
        os.execv(sys.executable, own_command("app", "--port", str(options.port)))


def _write_report(store: Store, story: Story) -> str:
    """Write the report of the demo's runs beside the store, and say where it lies."""
    from pipelines.cli.report import write_report
    from pipelines.report.make import make_report

    folder = Path() if store.is_server else store.database.parent
    document = make_report(store, [story.shortcut.run_id, story.remedy.run_id])
    return write_report(Path(os.path.relpath(folder / DEMO_REPORT)), document)


def app_command() -> str:
    """Return the command that opens the dashboard, as this shell finds it."""
    beside = Path(sys.executable).with_name("saliencnn")
    program = "saliencnn" if shutil.which("saliencnn") else os.path.relpath(beside)
    return f"{program} app"


def serve(port: int, host: str | None = None) -> None:
    """Serve the dashboard in this process.

    Args:
        port: where to listen.
        host: address of this machine to listen on; by default ``STREAMLIT_SERVER_ADDRESS`` of the
            environment, else only this machine reaches it.

    Raises:
        UserError: nothing can listen there, or the settings of a log-in cannot be used.
    """
    chosen = host if host is not None else os.environ.get(ADDRESS) or THIS_MACHINE
    access = read_settings((Path.home(), Path.cwd()))
    if access.needs_login and importlib.util.find_spec("authlib") is None:
        raise UserError(
            "A log-in is set up, but Authlib is missing: pip install 'saliencnn[login]'"
        )
    check_address(chosen, port)
    print(describe_reach(chosen, port, access), file=sys.stderr, flush=True)
    found = importlib.util.find_spec("app")
    assert found is not None
    assert found.origin is not None
    script = Path(found.origin).parent / "main.py"
    give_freed_memory_back()
    # Else the first visitor waits for it. Not an import: jobs do not know the pages.
    importlib.import_module("app.loading").load_pages()
    sys.argv = ["streamlit", "run", str(script), *server_options(chosen, port, access)]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)


def compute(_options: argparse.Namespace) -> None:
    """Compute what the dashboard asks for, which starts this process itself."""
    from pipelines.computing.child import serve as answer

    answer()
