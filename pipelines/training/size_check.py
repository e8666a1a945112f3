"""Whether an architecture takes images of a size, found before anybody waits for a training."""

from pipelines.training.request import Request
from saliencnn.common.errors import UserError
from saliencnn.models.architecture import CannotBuild


def explain_refusal(request: Request, classes: int) -> str:
    """Return why a request's network does not take images of its size; "" where it does.

    The network is built with random weights and sees one image of noise. One that cannot be built
    here says nothing: a worker elsewhere may have what it takes.

    Args:
        request: what to train.
        classes: how many its head scores.
    """
    import torch

    from pipelines.training.preparation import complete, find_layers, find_map_shape

    try:
        wanted, preparation = complete(request)
        architecture = find_layers(wanted, classes)
        with torch.random.fork_rng(devices=[]):
            network = architecture.build(num_classes=classes).eval()
        find_map_shape(network, architecture, preparation)
    except CannotBuild:
        return ""
    except UserError as error:
        return str(error)
    return ""
