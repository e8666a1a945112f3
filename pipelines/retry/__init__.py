"""The retry loop: proposals from past runs, a queue of requests, and the workers that train."""
