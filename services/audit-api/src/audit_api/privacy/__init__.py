"""What leaves the group's own machines, and in which form."""
