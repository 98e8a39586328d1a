"""A demo shop with a known truth: a seeded population of customers and what it does to the shop's tables."""
