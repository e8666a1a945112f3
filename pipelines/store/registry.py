"""The old address of ``load_accepted``, which stands on model cards written before."""

from saliencnn.store.registry import load_accepted

__all__ = ["load_accepted"]
