"""Names that the decoders read, and values that they do not expect."""

# Changed more often than all else in a message.
READ = {
    *("payload", "schema", "fields", "field", "name", "type", "parameters", "scale", "value"),
    *(
        "op",
        "source",
        "before",
        "after",
        "lsn",
        "sequence",
        "__op",
        "__lsn",
        "__deleted",
        "__source_sequence",
    ),
    *("id", "customer_id", "order_id", "status", "total", "refunded", "currency", "amount", "deleted_at"),
    *("placed_at", "placed_us", "placed_on", "merged_into", "shop_time", "ts_ms", "event_count"),
}

# What a shop may hold, by the column: it takes a record farther than most of the others do.
_UNAVAILABLE = "__debezium_unavailable_value"
_IDS = (1, 2, "2", 101, 1103, None, _UNAVAILABLE)
_AMOUNTS = ("9999999999999.99", "10.00", "-5.00", None, _UNAVAILABLE)
_INSTANTS = ("2026-02-03T04:05:06.789Z", "2001-02-03T04:05:06Z", None, _UNAVAILABLE)
LIKELY = {
    **dict.fromkeys(("id", "customer_id", "order_id", "merged_into"), _IDS),
    **dict.fromkeys(("total", "refunded", "amount"), _AMOUNTS),
    **dict.fromkeys(("placed_at", "deleted_at"), _INSTANTS),
    "status": ("paid", "cancelled", "success", None, _UNAVAILABLE),
    "currency": ("EUR", "USD", "usd ", "XYZ", None, _UNAVAILABLE),
}

# JSON texts, some of it not JSON: Python's own encoder would not write it.
_SHORT = r"""
null true false {} [] "" 0 -0 -1 1 2 101 0.1 -0.0 1e400 -1e400 1e-400 1e22 1e15 9e14 NaN Infinity -Infinity
01 +1 .5 1. 0x10 'a' nul " "\q" "\u12" [1 {"a" {"a":1,"a":2}
"\ud800" "\udfff" "\ud800\ud800" "\ud83d\ude00" "\ud800abcdefghij" "\udc00abcdefghij" "\ud800\u0041"
"\u0000" "a\u0000b" "1\u001f0guest" "\u001f" "\u007f" "\u0001" "é" "٣" "𝟛.00" "²" "\u0020" "1_0.00" "0x1p3"
"__debezium_unavailable_value" "x__debezium_unavailable_value" {"__debezium_unavailable_value":1}
"NaN" "sNaN" "Infinity" "-Infinity" "1e999999999" "1e-999999999" "-0.00" "--1.00" "-.00" "1.005" "1E13"
"9999999999999.99" "10000000000000.00" "-10000000000000.00" "-5.00" "\u0031\u002e\u0030\u0030"
"AAAA" "////" "gAAAAAAAAAAAAAAAAAA=" "A" "==" {"scale":2,"value":"Bkk="} {"scale":-100,"value":"f///"}
{"scale":1e2,"value":""} {"scale":null} {"scale":999999999,"value":"AQ=="} {"scale":2,"value":"x"}
"0001-01-01T00:00:00Z" "0001-01-01T00:00:00+14:00" "9999-12-31T23:59:59.999999Z" "0000-01-01T00:00:00Z"
"9999-12-31T23:59:59.999999-14:00" "10000-01-01T00:00:00Z" "2026-01-01T00:00:00" "2026-02-30T00:00:00Z"
"2026-01-01T24:00:00Z" "2026-01-01T23:59:60Z" "2026-01-01T00:00:00.1234567899Z" "-290308-12-21T19:59:27.6Z"
"0001-01-01Z" "9999-12-31Z" "+10000-01-01Z" "2026-W01-1" "20260101" "2026-03-29T02:30:00Z" "2026-02-03"
9223372036825200000 -9223372036832400000 253402300799999 253402300799999999 -62135596800000000
-62135596800001 2932896 2932897 -719162 -719163 1767268800000 1767268800123456 1767268800123456789 20454
"c" "u" "d" "r" "t" "m" "BEGIN" "END" "true" "EUR" "USD" "eur\u0020" "paid" "success" "2" "101" "x"
"[null,\"1\"]" "[null,\"-1\"]" "[\"1\",\"9223372036854775807\"]" "[null,\"1" "[]" "[[[[" ["a","b"]
"io.debezium.time.Date" "io.debezium.time.NanoTimestamp" "io.debezium.time.MicroTimestamp" "double" "struct"
"org.apache.kafka.connect.data.Decimal" "io.debezium.data.VariableScaleDecimal" "int64" "string" "after"
{"scale":"x"} {"scale":""} {"scale":"9"} {"scale":"-2147483648"} {"connect.decimal.precision":"5"}
{"scale":"²"}
"""
_LONG = [
    *("9" * 30, "9" * 4299, "-" + "9" * 5000, "0." + "0" * 5000 + "1", "1e" + "9" * 50, "1" * 50_000),
    *(f'"{text}"' for text in ("9" * 5000 + ".00", "1" * 50_000, "x" * 300, "é" * 20_000, r"\u0000" * 500)),
    *("[" * 3000, "[" * 3000 + "]" * 3000, '{"a":' * 3000, '{"a":' * 900 + "1" + "}" * 900),
    '{"scale":"' + "9" * 5000 + '"}',
]
_NEAR_LIMITS = [
    str(sign * 2**bits + more) for sign in (1, -1) for bits in (31, 53, 61, 62, 63, 64) for more in (-1, 0, 1)
]
HOSTILE = ["", *_SHORT.split(), *_NEAR_LIMITS, *_LONG]
