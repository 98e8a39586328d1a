"""The stages of the flow, pure and in the order data flows.

chunk     what the Kafka source hands over: records of one partition, and how far it has been read
envelope  Debezium's bytes to order changes, heartbeats or rejects
order     one change of one order, money and instants exact
reject    a record set aside, with the reason and its original bytes
clock     stream time: how far every partition is known to be complete
rfm       what is remembered of a customer: orders by id, and their sums
risk      when a silent customer becomes overdue, at risk, lapsed
alert     a crossing that subscribers are told of
row       what is written to the analytics database
message   what is written to a Kafka topic
customer  one customer's life: an order changes, or time passes
keygroup  the stateful operator: many customers under one key (the only importer of bytewax)
"""
