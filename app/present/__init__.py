"""Presenting: the story of runs, or a kept walkthrough, step by step on the whole screen."""
