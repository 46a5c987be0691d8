"""Published adapters: evaluated on held-out audits, gated, activated, rolled back."""
