from tests.operators.conftest import risk

__all__ = ["risk"]
