"""Interventions: what a network still knows once part of its images is changed."""
