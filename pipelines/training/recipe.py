"""What training begins with where a person names nothing: it depends on what is trained.

Random weights stand the rate that smallgap learns the demo with. Pretrained weights do not: at that
rate the first ten steps destroy them, which a first validation loss far above that of guessing
shows. They get a lower rate with a warm-up, a head that learns faster than the backbone, and random
crops. Measured in docs/guides/recipes.md.
"""

from torch import nn

from saliencnn.common.hyperparameters import FINE_TUNING, Hyperparameters
from saliencnn.models.architectures import find_architecture

MOST_DROPOUT = 0.9


def starting_point(arch: str, weights: str) -> Hyperparameters:
    """Return the hyperparameters of a training of which a person names none.

    Args:
        arch: architecture's name.
        weights: as ``Request`` has them; ``none`` is random.

    Raises:
        UserError: there is no such architecture.
    """
    values = {} if weights == "none" else FINE_TUNING
    return Hyperparameters(**values, dropout=own_dropout(arch))


def own_dropout(arch: str) -> float:
    """Return the probability of dropout that an architecture was made with; 0 without any."""
    model = find_architecture(arch).outline(2)
    dropped = (module.p for module in model.modules() if isinstance(module, nn.Dropout))
    return min(MOST_DROPOUT, max(dropped, default=0.0))
