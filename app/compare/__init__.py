"""The comparison page: many networks on the same images."""
