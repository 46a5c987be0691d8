"""Lambda Cloud: what its API says, how often it may be asked, and which machine to rent."""
