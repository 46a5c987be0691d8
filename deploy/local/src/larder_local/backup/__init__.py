"""Back-up and restore of a whole Larder: one file, written and read as a stream, checked by its own hashes."""
