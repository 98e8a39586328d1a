"""Names and e-mail addresses for customers, from a pool drawn once."""

from faker import Faker

_POOL_SIZE = 1000  # Faker takes 50 microseconds a name, too slow for each of a million customers


class Names:
    """Maps a person's number to a name and an address; equal seeds give equal names."""

    def __init__(self, seed: int) -> None:
        faker = Faker("en_GB")
        faker.seed_instance(seed)
        self._pool = [(faker.first_name(), faker.last_name()) for _ in range(_POOL_SIZE)]

    def of(self, person: int) -> tuple[str, str]:
        """Return (e-mail address, name)."""
        first, last = self._pool[person % _POOL_SIZE]
        return f"{first}.{last}.{person}@example.com".lower(), f"{first} {last}"
