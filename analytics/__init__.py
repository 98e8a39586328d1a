"""The analytics database: its schema, and what is asked of it."""
