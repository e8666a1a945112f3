"""The architectures, one of a kind."""

from saliencnn.models.architectures import ARCHITECTURES

DEEPER = ("resnet34", "resnet101", "resnet152", "densenet201", "vgg16")
"""More blocks of the same kinds as a smaller network's, before the same layer and head.

VGG-16 is a deeper AlexNet; to draw its 134 million weights takes longer than what is then asked.
"""
KINDS = tuple(name for name in ARCHITECTURES if name not in DEEPER)
