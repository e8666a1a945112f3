"""The old address of the loader, which is written into models that were registered before."""

from saliencnn.models.served import _load_pyfunc

__all__ = ["_load_pyfunc"]
