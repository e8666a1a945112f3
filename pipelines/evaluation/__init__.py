"""Many networks over the same labelled pictures (CNNC)."""
