"""The command ``saliencnn``, also as ``python -m saliencnn``.

Whatever lies in the working directory, an ``app.py`` or a folder ``pipelines`` say, is neither
loaded instead of ours nor executed, by this process or by those that it starts.
"""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
"""The folder that holds our three packages."""
PACKAGES = ("saliencnn", "pipelines", "app")


def main() -> int:
    """Run the command that ``sys.argv`` names, and return its exit status."""
    leave_out_working_directory()
    load_packages()
    from pipelines.cli.main import main as run
    from pipelines.cli.process import prepare_process

    prepare_process()
    return run()


def leave_out_working_directory() -> None:
    """Let neither this process nor those that it starts import what lies there."""
    here = os.path.realpath(os.curdir)
    os.environ["PYTHONSAFEPATH"] = "1"
    if here == str(HOME):  # a clone, whose packages may not be installed
        return
    sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) != here]
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    kept = [entry for entry in given if os.path.realpath(entry) != here]
    os.environ["PYTHONPATH"] = os.pathsep.join(kept)


def load_packages() -> None:
    """Load our packages from where this file lies, before another path can offer its own."""
    for name in PACKAGES:
        if name not in sys.modules:
            spec = PathFinder.find_spec(name, [str(HOME)])
            assert spec is not None
            assert spec.loader is not None
            sys.modules[name] = module_from_spec(spec)
            spec.loader.exec_module(sys.modules[name])


if __name__ == "__main__":
    sys.exit(main())
