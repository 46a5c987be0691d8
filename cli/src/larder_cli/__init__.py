"""The `larder` command: thin over HTTP, and offline where only files are needed."""
