"""The explanation methods behind one function."""

from pipelines.saliency.explain import classify_and_explain, explain, explain_validation
from pipelines.saliency.methods import METHODS, Method
from pipelines.saliency.task import NotApplicable

__all__ = [
    "METHODS",
    "Method",
    "NotApplicable",
    "classify_and_explain",
    "explain",
    "explain_validation",
]
