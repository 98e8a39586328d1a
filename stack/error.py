"""The one error the stack raises on purpose."""


class StackError(RuntimeError):
    """A part cannot be had, started or stopped; the message says what to do next."""
