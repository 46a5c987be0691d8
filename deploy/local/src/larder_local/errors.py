"""What a person is told when Larder cannot start."""


class CannotStart(Exception):
    """One sentence that says what is wrong and what to do next."""
