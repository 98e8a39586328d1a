"""How strongly a table's cell is coloured: its text says the value."""

LEVELS = 10


def level(value: float | None, most: float) -> str:
    """Return the class of a cell, from heat-0 to heat-10; none where there is no value."""
    if value is None or most <= 0:
        return ""
    return f"heat-{round(LEVELS * min(max(value / most, 0), 1))}"
