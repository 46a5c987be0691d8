"""Pure functions about readings: the model's line format, lexicons, derived weights, comparison and scores.

Used on both sides of training, so that what a model is taught, what it answers and how it is judged cannot drift
apart. Imports the standard library and contracts only.
"""
