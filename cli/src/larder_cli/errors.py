"""How a command ends when it cannot do what was asked."""


class Refused(Exception):
    """One sentence that says what is wrong and what to do next. The command exits with 1."""
