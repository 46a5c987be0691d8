"""Engines: what runs the language model. `base` is the face that the rest of the worker sees; torch stays in here."""
