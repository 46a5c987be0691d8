"""Tells open pages what changed: Postgres NOTIFY in, server-sent events out."""
