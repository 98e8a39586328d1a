"""The stages of the flow, pure and in the order data flows.

shop          what the flow must know of a shop: the content of a shop file
chunk         what the Kafka source hands over: records of one partition, and how far it has been read
envelope      Debezium's bytes to the change of one row
form          its two forms: Debezium's own envelope, and the row alone
encoding      how Debezium writes amounts and instants
money         cents, exact, and currencies' rates
instant       microseconds since 1970
tables        the shop's tables by topic: what a row's change means (table, orders_table)
batch         a chunk, decoded: changes, rejects, progress
order         changes of orders and customers
reject        a record set aside, with the reason and its original bytes
assembly      an order put together from rows of several tables
merge         the account that a customer's orders count for
erasure       what is kept of a customer who may not be remembered
clock         stream time: how far every partition is known to be complete
zone          the shop's days and months: local dates
timers        many keys' timers, by stream time
rfm           what is remembered of a customer: orders by id, and their sums
risk          when a silent customer becomes overdue, at risk, lapsed
schedule      which version of the model is in force, and what that makes of a silence
alert         a crossing that subscribers are told of
row           what is written to the analytics database of a customer
purchases     what is written to it of the order history
contribution  what a customer adds to the store's windows
windows       what changes add to them: to days, and to months of cohorts
store         the sums of all that was added
version       versions of the lifetime model, and requests for one
census        how many customers are alike: what each group counts
calendar      which censuses are taken, and what was decided after each
forecast      how many customers were expected to order, and how many did
message       what is written to a Kafka topic
customer      one customer's life: an order changes, or time passes
group         many keys' states under one key, and one worker's groups under one clock
gathering     a census put together: forecasts, their scores, a decision on a version
refit         a judgement of the model, as a version
customers     the groups of customers, and what time alone brings to them
keygroup      the stateful operators (the only importer of bytewax)
"""
