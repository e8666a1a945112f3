"""The home page: all runs and evaluations at a glance."""
