"""Shop files: what a shop's database looks like."""

import argparse
import sys
from pathlib import Path

import msgspec

from operators.shop import Shop

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


def main() -> None:
    """Print a shop's tables or topics, separated by commas as the connector's settings are."""
    parser = argparse.ArgumentParser(
        prog="python -m dataflows.shop",
        description="Print the tables to capture, or the topics they come by.",
    )
    parser.add_argument("shop", help="a preset's name, or a file that ends in .toml")
    parser.add_argument("--topics", action="store_true", help="topics instead of tables")
    arguments = parser.parse_args()
    try:
        shop = load(arguments.shop)
    except ValueError as error:
        sys.exit(str(error))
    print(",".join(shop.topics if arguments.topics else shop.tables))


if __name__ == "__main__":
    main()
