"""A plugin whose check notes that it has begun, and goes on until a test lets it go.

``HELD`` names the folder: a file ``begun-*`` appears for each batch, and ``go`` ends the waiting.
"""

import os
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from saliencnn.checks.check import Check
from saliencnn.checks.evidence import Evidence, Resources
from saliencnn.checks.quantities import NUMBER, Quantities
from saliencnn.checks.subject import Explanation, Subject
from saliencnn.common.progress import Progress


def measure(
    subject: Subject, _own: Explanation, _control: nn.Module | None, report: Progress
) -> Quantities:
    folder = Path(os.environ["HELD"])
    (folder / f"begun-{uuid.uuid4()}").touch()
    while not (folder / "go").exists():
        report(0.5, "Held")
        time.sleep(0.01)
    return {NUMBER: dict.fromkeys(subject.methods, np.ones(len(subject.images)))}


def show(
    _subject: Subject, _options: Mapping[str, Any], _resources: Resources, _report: Progress
) -> Evidence:
    raise NotImplementedError


CHECKS = {
    "held": Check(
        "held", __name__, "Held", "Held", "Has a test let it go?", "number of each image, one",
        0.5, 0.1, "It is the same for all.", "nobody",
    )
}  # fmt: skip
