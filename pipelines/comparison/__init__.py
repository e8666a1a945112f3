"""Comparison: what a task of many networks, or of one network on many images, shows."""
