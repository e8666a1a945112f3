"""Maps of stored runs and networks, computed on request."""
