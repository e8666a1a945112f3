"""Jobs on the library: training, evaluation, trust, retries, reviews, and the command line."""
