"""Where data comes in and goes out: only what Bytewax's own connectors lack.

kafka_source        records of Kafka partitions as chunks, with the ends that prove completeness
kafka_sink          messages to a Kafka topic, exactly once
postgres_sink       lines of the analytics database
kafka_settings      where Kafka is, from the environment
kafka_topic         what the cluster says of topics: their partitions and ends
kafka_transactions  transactions that write messages to one partition
kafka_tail          what a partition holds already: the ids of its last messages
kafka_connect       a connector of Kafka Connect: stopped, made to forget, resumed
kafka_log           what Kafka's clients report, in Python's log
written_ids         which ids are remembered, and for how long
database            a connection to Postgres that comes back
rfm_table           the SQL behind the Postgres sink
purchase_table      the part of it for order histories
store_table         the part of it for the store's windows
forecast_table      the part of it for forecasts and versions of the model
backoff             how long to wait between attempts, and when to give up
metrics             what Prometheus is told
errors              what ends the flow, and what to do then
"""
