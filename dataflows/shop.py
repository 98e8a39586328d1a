"""Shop files: what a shop's database looks like."""

import argparse
import sys
from pathlib import Path

import msgspec
from psycopg import sql

from operators.merge import HOPS
from operators.shop import Customers, Shop

FOLDER = Path(__file__).parents[1] / "shops"


def load(name: str) -> Shop:
    """Return a shop by the name of a preset, or by the path of a file that ends in .toml.

    Raises ValueError that says what is wrong in the file, or which presets there are.
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Shop)
    except OSError as error:
        presets = ", ".join(sorted(file.stem for file in FOLDER.glob("*.toml")))
        msg = f"{path}: {error.strerror}: name a file that ends in .toml, or one of the presets {presets}"
        raise ValueError(msg) from error
    except msgspec.DecodeError as error:  # not TOML, or not a shop
        msg = f"{path}: {error}"
        raise ValueError(msg) from error


def history(shop: Shop) -> str:
    """Return a SELECT of the orders that count: whose account's, as customer_id, and placed_at.

    Where refunds stand in tables of their own they matter only to an order's value, so the orders' table, and
    that of customers for merges and deletions, say all.
    """
    orders = shop.orders
    placed_at, customer = _column("orders", orders.placed_at), _column("orders", orders.customer)
    conditions = [sql.SQL("{} IS NOT NULL").format(column) for column in (customer, placed_at)]
    if orders.status is not None:
        counted = sql.SQL(", ").join(map(sql.Literal, sorted(orders.counted)))
        conditions.append(sql.SQL("{}::text IN ({})").format(_column("orders", orders.status), counted))
    if orders.total is not None:  # a negative one is a refund
        conditions.append(sql.SQL("{} >= 0").format(_column("orders", orders.total)))
    if orders.deleted is not None:
        conditions.append(_is_kept("orders", orders.deleted))
    accounts, joins = [sql.SQL("{}::text").format(customer)], []
    customers = shop.customers
    if customers is not None and (customers.merged_into or customers.deleted):
        for hop in range(1, HOPS + 1 if customers.merged_into else 2):
            name = f"customer_{hop}"
            joins.append(_join(customers, name, accounts[0]))
            if customers.merged_into:
                accounts.insert(0, sql.SQL("{}::text").format(_column(name, customers.merged_into)))
            if customers.deleted:
                conditions.append(_is_kept(name, customers.deleted))
    query = sql.SQL(
        "SELECT coalesce({accounts}) AS customer_id, {placed_at} AS placed_at"
        " FROM {table} AS orders{joins} WHERE {conditions}"
    ).format(
        accounts=sql.SQL(", ").join(accounts),
        placed_at=placed_at,
        table=_table(orders.table),
        joins=sql.SQL("").join(joins),
        conditions=sql.SQL(" AND ").join(conditions),
    )
    return query.as_string()


def _join(customers: Customers, name: str, pointer: sql.Composable) -> sql.Composed:
    return sql.SQL(" LEFT JOIN {table} AS {name} ON {id}::text = {pointer}").format(
        table=_table(customers.table),
        name=sql.Identifier(name),
        id=_column(name, customers.id),
        pointer=pointer,
    )


def _is_kept(name: str, deleted: str) -> sql.Composed:
    """Return that a row is not marked as deleted: a mark, an instant or a flag, is neither null nor false."""
    return sql.SQL("coalesce({}::text, 'false') = 'false'").format(_column(name, deleted))


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))


def _column(name: str, column: str) -> sql.Identifier:
    return sql.Identifier(name, column)


def main() -> None:
    """Print what of a shop is captured, separated by commas, or the SELECT of its history."""
    parser = argparse.ArgumentParser(
        prog="python -m dataflows.shop",
        description="Print what is captured of a shop, separated by commas: columns is SHOP_COLUMNS."
        " history is a SELECT of its orders, for python -m models backtest.",
    )
    parser.add_argument("shop", help="a preset's name, or a file that ends in .toml")
    parser.add_argument("what", choices=("columns", "tables", "topics", "history"))
    arguments = parser.parse_args()
    try:
        shop = load(arguments.shop)
    except ValueError as error:
        sys.exit(str(error))
    print(history(shop) if arguments.what == "history" else ",".join(getattr(shop, arguments.what)))


if __name__ == "__main__":
    main()
