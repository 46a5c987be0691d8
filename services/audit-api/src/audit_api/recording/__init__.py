"""Results of the workers become readings: once for each record revision, method and version."""
