"""Watching a training loop of one's own: its validation images, its network, its epochs."""
