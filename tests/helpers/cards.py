"""Model cards as they lie beside the weights."""

from saliencnn.store.artifacts import read_bytes
from saliencnn.store.checkpoints import checkpoint_location, kept_epochs
from saliencnn.store.connection import Store
from saliencnn.store.registry import CARD, Registered


def read_card(store: Store, registered: Registered) -> str:
    """Read the model card of a registered checkpoint."""
    model_id = kept_epochs(store, registered.run_id)[registered.epoch]
    return read_bytes(store, checkpoint_location(store, model_id), CARD).decode()
