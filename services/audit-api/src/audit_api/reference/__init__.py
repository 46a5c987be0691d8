"""The group's places and tables: kept here as a history, and announced to the workers."""
