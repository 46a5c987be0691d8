"""Audits become frozen datasets: rows to train on, rows held out, and a manifest."""
