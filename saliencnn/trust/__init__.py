"""Checks of a run's maps on many images, as they are kept with the run."""
