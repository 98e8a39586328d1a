"""The pages, one module each: what is asked of the database, and what the template of that name is given."""
