"""Many networks over the same labelled images (CNNC)."""
