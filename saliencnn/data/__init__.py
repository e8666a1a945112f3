"""Image sets: where labelled images come from and how they reach the network."""
