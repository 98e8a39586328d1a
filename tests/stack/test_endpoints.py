"""The addresses of a stack, for its clients."""

from pathlib import Path

import pytest

from stack.endpoints import Endpoints
from stack.error import StackError

ENDPOINTS = Endpoints(
    kafka_bootstrap="127.0.0.1:1",
    connect_url="http://127.0.0.1:2",
    shop_dsn="postgresql://shop:a=b@127.0.0.1:3/shop",
    shop_admin_dsn="postgresql://postgres:c@127.0.0.1:3/shop",
    analytics_dsn="postgresql://retentioncast:d@127.0.0.1:4/analytics",
    analytics_admin_dsn="postgresql://postgres:c@127.0.0.1:4/analytics",
)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    ENDPOINTS.save(tmp_path)
    assert Endpoints.load(tmp_path) == ENDPOINTS


def test_the_file_is_readable_by_its_owner_only_even_when_an_open_one_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("")
    (tmp_path / "env").chmod(0o644)
    ENDPOINTS.save(tmp_path)
    assert (tmp_path / "env").stat().st_mode & 0o777 == 0o600


def test_a_home_without_a_stack_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="python -m stack up --home"):
        Endpoints.load(tmp_path)
