"""A plugin whose method notes that it has begun, and holds until a test lets it go.

``HELD`` names the folder: a file ``begun-*`` appears for each start, and ``go`` ends the waiting.
"""

import os
import time
import uuid
from pathlib import Path

from torch import Tensor

from saliencnn.saliency import Method
from saliencnn.saliency.task import Task


def hold(task: Task) -> Tensor:
    folder = Path(os.environ["HELD"])
    (folder / f"begun-{uuid.uuid4()}").touch()
    while not (folder / "go").exists():
        if not (folder / "deaf").exists():
            task.report_steps(1, 4)
        time.sleep(0.01)
    return task.activations.sum(1)


METHODS = {"held": Method("Held", hold, "layer", "", "")}
