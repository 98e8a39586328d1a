"""Two Postgres servers, Kafka and Connect with Debezium as processes, without Docker."""
