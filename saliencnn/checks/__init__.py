"""Sanity checks of explanations: how far can the maps be trusted?"""
