"""Architectures: their builders, weights, target layers and heads."""
