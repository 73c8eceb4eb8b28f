"""The one kind of failure that a person can cure."""


class Trouble(Exception):
    """Carries one sentence that says what is wrong and what to do. Shown without a traceback."""
