"""Everything that computes: image sets, models, explanations, measures, the store, training."""
