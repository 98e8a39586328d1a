from tests.operators.conftest import lifecycle, risk

__all__ = ["lifecycle", "risk"]
