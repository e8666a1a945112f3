"""Training a network, with every epoch recorded."""
