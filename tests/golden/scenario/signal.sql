-- Before the connector starts: the table through which it takes orders, and writes down where a chunk begins and ends.
CREATE TABLE cdc.signal (
    id   varchar(42) PRIMARY KEY,
    type varchar(32) NOT NULL,
    data varchar(2048)
);
GRANT SELECT, INSERT ON cdc.signal TO capture;
