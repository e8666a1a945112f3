"""The names under which checks keep what they measured, and what these numbers mean."""

import numpy as np

Quantities = dict[str, dict[str, np.ndarray]]
"""Quantity (``NUMBER`` and others) -> method -> float64 (N, ...); NaN for images without one."""
NUMBER = "number"
"""The quantity that is graded."""
PER_SCORE = "per score"
"""Of stability: how much the map moved for each unit that the score moved."""
LOGIT_CHANGE, TOLERANCE_USED = "logit change", "tolerance"
"""Of input variance, in the logits' own unit."""
LAST_FRACTION = {"deletion": 1.0, "insertion": 1.0, "road": 0.9}
"""Curve of faithfulness -> fraction of the pixels that are removed or inserted at its end."""
RANDOM_BASELINE = " random baseline"
"""Ends the name of a quantity that belongs to random rankings of a method's resolution."""
