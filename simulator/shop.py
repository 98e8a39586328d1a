"""The shop's database: connecting to it, and saying kindly what is wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

_UNPREPARED = (
    errors.UndefinedTable,
    errors.UndefinedFunction,
    errors.InvalidSchemaName,
    errors.InsufficientPrivilege,
)


class ShopError(Exception):
    """The shop's database cannot be used; the message says why and what to do next."""


@contextmanager
def connect(dsn: str) -> Iterator[psycopg.Connection]:
    """Open the shop's database in autocommit mode; raise ShopError for what its user can mend."""
    try:
        connection = psycopg.connect(dsn, autocommit=True, application_name="simulator")
    except psycopg.Error as error:
        message = f"cannot reach the shop's database; start it (`python -m stack up`) or mend --dsn: {error}"
        raise ShopError(message) from error
    try:
        with connection:
            yield connection
    except _UNPREPARED as error:
        message = (
            f"the shop's database is not prepared: {error.diag.message_primary}. `python -m stack up` "
            "does it; by hand, run simulator/shop.sql and debezium/postgres.sql, then let the role you "
            "connect as own the tables and cdc.shop_now(), and create in schema cdc and in the database"
        )
        raise ShopError(message) from error
    except psycopg.OperationalError as error:
        message = (
            f"the shop's database went away; once it is back, `live` continues where it stopped: {error}"
        )
        raise ShopError(message) from error
