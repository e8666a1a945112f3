"""Where registered models look for their loader; see ``served``."""
