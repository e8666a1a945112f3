"""Pure measures on arrays; imports nothing else of this project."""
