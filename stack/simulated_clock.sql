-- Only in the demo: the simulator, which is role shop, may replace the shop's clock by an accelerated one.
GRANT USAGE, CREATE ON SCHEMA cdc TO shop;
ALTER FUNCTION cdc.shop_now() OWNER TO shop;
