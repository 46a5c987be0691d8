"""How back-up and restore end when they cannot do what was asked."""


class BackupError(Exception):
    """One sentence that says what is wrong and what to do next."""
