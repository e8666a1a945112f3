"""The scripts and styles that draw maps in a browser, on pages and in reports."""

from base64 import b64encode
from pathlib import Path

from saliencnn.drawing.heat import color_table

_FOLDER = Path(__file__).with_name("browser")


def read_scripts(*names: str) -> str:
    """Return scripts, one after the other.

    Args:
        names: of files in ``browser``, without ``.js``; each may use what those before it define.
    """
    code = "\n".join((_FOLDER / f"{name}.js").read_text() for name in names)
    return code.replace("%COLORS%", b64encode(color_table().tobytes()).decode())


def read_styles(*names: str) -> str:
    """Return style sheets, one after the other, likewise."""
    return "\n".join((_FOLDER / f"{name}.css").read_text() for name in names)
