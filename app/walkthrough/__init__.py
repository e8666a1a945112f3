"""Walkthroughs: pinned views, put in order and kept with a run."""
