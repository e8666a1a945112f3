"""The retrain page: change, queue, compare, look back."""
