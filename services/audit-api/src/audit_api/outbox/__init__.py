"""What the service asks of the workers. Rows are written in the caller's transaction; servicekit's relay publishes."""
