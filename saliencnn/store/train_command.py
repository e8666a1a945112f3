"""The command that trains a run again."""

import shlex

from saliencnn.data.size import write_size
from saliencnn.data.window import AUTO
from saliencnn.store.run_info import RunInfo


def write_command(run: RunInfo, **changes: str) -> str:
    """Return the command that trains a run again.

    Empty where none does: a loop of its own trained it. It names every hyperparameter: what
    training takes where none is named depends on the network.

    Args:
        run: the run.
        changes: hyperparameters and ``image_size``, name -> value, that are to be others than its
            own.
    """
    if run.watched:
        return ""
    size = changes.pop("image_size", write_size(run.image_size))
    words = [
        *("saliencnn", "train", "--data", run.data, "--arch", run.arch),
        *("--weights", run.weights, "--image-size", size, "--keep", run.keep),
        *([] if run.window == AUTO else [f"--window={run.window}"]),
        *([] if run.fit == "crop" else ["--fit", run.fit]),
        *(f"--{name}={value}" for name, value in run.given_layers.items()),
        *([f"--map-images={run.map_images}"] if run.map_images else []),
        *([f"--interventions-every={run.interventions_every}"] if run.interventions_every else []),
    ]
    for name, value in {**run.hyperparameters, **changes}.items():
        words += [f"--{name.replace('_', '-')}", value]
    return shlex.join(words)
