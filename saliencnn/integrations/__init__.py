"""Callbacks that watch the training of other libraries."""
