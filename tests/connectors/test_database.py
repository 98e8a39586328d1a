import psycopg
import pytest

from connectors.database import is_transient


@pytest.mark.parametrize("sqlstate", ["08006", "53300", "53100", "57P01", "57P03", "40001", "40P01", "25006"])
def test_outages_and_conflicts_pass(sqlstate):
    assert is_transient(psycopg.errors.lookup(sqlstate)())


@pytest.mark.parametrize("sqlstate", ["42P01", "42501", "57014", "25P02", "XX000"])
def test_refusals_do_not(sqlstate):
    assert not is_transient(psycopg.errors.lookup(sqlstate)())


def test_a_lost_connection_passes():
    assert is_transient(psycopg.OperationalError("server closed the connection unexpectedly"))
    assert is_transient(psycopg.InterfaceError("the connection is closed"))


def test_a_fault_of_the_client_does_not():
    assert not is_transient(psycopg.ProgrammingError("can't adapt type"))
