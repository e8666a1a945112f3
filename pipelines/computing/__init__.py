"""Whatever needs a network, computed for the dashboard in one process of its own."""
