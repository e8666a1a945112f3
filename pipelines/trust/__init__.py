"""Sanity checks applied to stored runs."""
