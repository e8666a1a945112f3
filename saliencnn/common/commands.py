"""Commands that people copy into a shell: what comes from a store is quoted."""

import shlex
from collections.abc import Sequence

from saliencnn.common.shown import one_line


def evaluate_command(models: Sequence[str], images: str) -> str:
    """Return the command that evaluates networks.

    Args:
        models: what names each, as ``saliencnn evaluate --models`` takes it.
        images: a folder or another name of images, or what stands for it.
    """
    named = ",".join(map(one_line, models))
    return shlex.join(["saliencnn", "evaluate", "--models", named, "--images", images])
