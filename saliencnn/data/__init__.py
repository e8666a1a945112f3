"""Image sets: where labelled pictures come from and how they reach the network."""
