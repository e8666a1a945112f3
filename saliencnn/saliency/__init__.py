"""The explanation methods behind one function."""

from saliencnn.saliency.explain import classify_and_explain, explain, explain_validation
from saliencnn.saliency.inspection import inspect_model
from saliencnn.saliency.methods import METHODS, Method
from saliencnn.saliency.task import NotApplicable

__all__ = [
    "METHODS",
    "Method",
    "NotApplicable",
    "classify_and_explain",
    "explain",
    "explain_validation",
    "inspect_model",
]
