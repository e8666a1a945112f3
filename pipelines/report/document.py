"""A report as one HTML file: texts, charts and maps, with all that it needs inside."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from saliencnn import __version__
from saliencnn.common.caching import keep_text
from saliencnn.common.shown import one_line
from saliencnn.common.terms import TERMS
from saliencnn.drawing.heat import COLOR_STOPS
from saliencnn.drawing.scripts import read_scripts, read_styles

FOLDER = Path(__file__).parent / "page"
Packed = dict[str, Any]
"""What a report's script reads, as JSON."""


@dataclass(frozen=True)
class Made:
    """When and by what a report was made."""

    time: str
    versions: dict[str, str]


def render(template: str, content: Packed, **parts: Any) -> str:
    """Return a report as a whole HTML document that asks no host for anything.

    Args:
        template: which of those in ``page``, without ``.html``.
        content: what the report's script reads: ``charts`` and ``maps``, either of which may lack.
        parts: what the template shows; texts are escaped, and stand on one line.
    """
    compiled = _environment().get_template(f"{template}.html")
    return compiled.render(
        **parts,
        made=_made(),
        terms=TERMS,
        style=read_styles("overlays", "maps") + (FOLDER / "report.css").read_text(),
        scale=", ".join(COLOR_STOPS),
        vega=vega_script() if content.get("charts") else "",
        script=_read_script(),
        content=embed_json(content),
        drawn=bool(content.get("maps")),
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """Return what compiles the templates, each of them once."""
    return Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=_shown,
    )  # fmt: skip


def embed_json(value: Any) -> str:
    """Return JSON that can stand within a script element, whatever texts it holds."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@lru_cache(maxsize=1)
def vega_script() -> str:
    """Return the scripts that draw charts: Vega, Vega-Lite and Vega-Embed.

    To put them together takes seconds, and every process that makes a report needs them.
    """
    return keep_text(f"vega-{version('vl-convert-python')}.js", _bundle_vega)


def _bundle_vega() -> str:
    from vl_convert import javascript_bundle

    bundle = str(javascript_bundle("window.vegaEmbed = vegaEmbed;"))
    return bundle.replace("</script", "<\\/script")  # which would end the element that holds it


def _shown(value: Any) -> Any:
    """Return what stands in the page for a value: a text on one line, what is safe as it is."""
    return one_line(value) if type(value) is str else value


def _read_script() -> str:
    own = "\n".join(
        (FOLDER / f"{name}.js").read_text() for name in ("halves", "maps", "charts", "report")
    )
    return f'"use strict";\n{read_scripts("paint", "elements", "enlarged")}\n{own}'


def _made() -> Made:
    now = datetime.now(UTC)
    versions = {"saliencnn": __version__, **{name: version(name) for name in ("torch", "mlflow")}}
    return Made(f"{now:%Y-%m-%d at %H:%M} UTC", versions)
