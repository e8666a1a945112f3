"""The trust page: how far maps can be trusted."""
