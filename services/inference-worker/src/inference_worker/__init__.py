import os

# Before torch is imported: threads that spin while they wait starve the other services on a small machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
