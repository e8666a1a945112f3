"""Opens every page of the dashboard in a process of its own, and says what of torch it loaded.

``python -m tests.helpers.torchless RUN EVALUATION...``: the environment names the store.
"""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.loading import load_pages
from pipelines.computing.asking import compute, the_computer
from pipelines.report.make import make_report
from saliencnn.store.connection import open_store
from tests.helpers.views import view

HEAVY = {"torch", "torchvision", "timm", "pytorch_grad_cam", "captum"}
PAGES = ("home", "overview", "progression", "trust", "retrain", "compare", "colours", "walkthrough")


def check(app: AppTest, what: str) -> AppTest:
    """Fail if a page shows an error."""
    shown = [one.value for one in (*app.exception, *app.error)]
    assert not shown, f"{what}: {shown}"
    loaded = sorted(HEAVY & sys.modules.keys())
    assert not loaded, f"{what} loads {loaded}"
    return app


def open_page(name: str, **query: str | list[str]) -> AppTest:
    app = view(name, timeout=300)
    for key, value in query.items():
        app.query_params[key] = value
    return check(app.run(), name)


def upload(app: AppTest) -> None:
    stream = io.BytesIO()
    Image.fromarray(np.full((60, 50, 3), 99, np.uint8)).save(stream, "PNG")
    app.file_uploader[0].set_value(("own.png", stream.getvalue(), "image/png"))
    check(app.run(), "an uploaded image")


def main(run: str, *evaluations: str) -> None:
    load_pages()
    store = open_store()
    for name in PAGES:
        open_page(name, run=run)
    progression = open_page("progression", run=run, images="own")
    upload(progression)
    assert any("network says" in one.value for one in progression.markdown)
    trust = open_page("trust", run=run)
    trust.session_state["trust-source"] = "Your own image"
    upload(check(trust.run(), "trust"))
    assert trust.success
    compare = open_page(
        "compare", model=[*evaluations], kind="image", image="3", method=["gradcam", "gradient"]
    )
    assert len(compare.dataframe)
    document = compute(make_report, store, [run])
    assert "<html" in document
    check(compare, "a report")
    memory = Path("/proc/self/maps").read_text()
    assert "torch" not in memory
    assert "torch" in Path(f"/proc/{the_computer().pid}/maps").read_text()
    print("none of torch")


if __name__ == "__main__":
    main(*sys.argv[1:])
