"""Postgres, Kafka and Kafka Connect with Debezium as ordinary processes, without Docker."""
