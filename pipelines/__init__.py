"""Everything that computes: image sets, models, explanations, measures, the store, training."""

import os

# Read once, as torch is loaded: threads that spin while they wait for each other take the cores
# from the processes that load the next pictures. An epoch of the demo takes a third less.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
