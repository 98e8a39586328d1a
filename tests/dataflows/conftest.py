from tests.operators.conftest import lifecycle, risk, storm

__all__ = ["lifecycle", "risk", "storm"]
