"""What one epoch leaves: validation with maps, the epoch's record, its delivery."""
