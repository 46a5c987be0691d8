"""A person decides on a record revision: confirm, correct, skip, undo. Append-only."""
