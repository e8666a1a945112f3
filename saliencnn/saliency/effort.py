"""How much the methods compute, which their table says before any of them is loaded."""

SMOOTHING_COPIES = 8
"""Noisy images of SmoothGrad-CAM++."""
MAX_CHANNELS = 128
"""Channels that approximate Score-CAM tries in all."""
PATH_STEPS = 64
"""Images between the mean colour and the image, of integrated gradients."""
NOISY_COPIES = 16
"""Noisy images of SmoothGrad."""
STARTS = 2
"""Descents of BBMP, of which the better one counts."""
STEPS = 100
"""Most steps of one descent of an image."""
CHECK = 10
"""Steps between two looks at the objective without jitter."""
POWERS, STRENGTHS = (1, 2, 4), (0.25, 0.5, 1.0, 2.0)
"""Forms in which a start is tried: strength * (1 - start) ** power is deleted."""
PASSES = STARTS * (2 * STEPS + STEPS // CHECK + len(POWERS) * len(STRENGTHS) + 3)
"""Of BBMP. A step goes forward and back; looks at the objective and at forms of the start go
forward."""
