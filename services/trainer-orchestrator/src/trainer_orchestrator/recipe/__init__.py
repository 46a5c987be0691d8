"""Trains: the base model from generated messages (`pretrain`), an adapter from audits (`train_lora`)."""

import os

# Before torch is imported: OpenMP's threads must sleep while they wait. Spinning, a training beside busy services made
# no step in 30 s; sleeping, it made 1,200 tokens/s on the same two cores (2026-11-22).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
