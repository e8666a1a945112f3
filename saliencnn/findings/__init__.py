"""What stands out in a run or a comparison, in sentences: pure functions of stored numbers."""
