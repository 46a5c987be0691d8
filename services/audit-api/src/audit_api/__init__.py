"""Owns the database: intake, outbox, recording, audits, statistics, datasets and the registry of models.

Read the folders in the order of the flow: intake, outbox, recording, audit, stats, datasets, models_registry.
"""
