#!/bin/sh
# Registers the connector with Kafka Connect, or updates it, and waits until it runs. Running it again is safe.
#
#   CONNECT_URL        Connect's REST address; http://localhost:8083 if unset
#   CONNECTOR          the connector's name; shop if unset
#   SHOP_DB_HOST, SHOP_DB_PORT, SHOP_DB_NAME, SHOP_DB_USER, SHOP_DB_PASSWORD
#                      the shop's database; if SHOP_DB_HOST is set and psql is installed, its catalogue is checked first
#   SHOP_COLUMNS       what to capture, as debezium/postgres.sql was told; the tables of connector.json if unset
#
# Needs curl, grep and sed, and nothing else: the Debezium image has neither jq nor Python.
set -eu

case "${1:-}" in
-h | --help)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$0"
    exit 0
    ;;
esac

here=$(cd "$(dirname "$0")" && pwd)
config=$(cat "$here/connector.json")
connect=${CONNECT_URL:-http://localhost:8083}
connector=$connect/connectors/${CONNECTOR:-shop}
wait_seconds=120

fail() {
    printf 'register: %s\n' "$*" >&2
    exit 1
}

setting() { # the value of one key of the flat connector.json
    printf '%s\n' "$config" | sed -n "s/^ *\"$1\": *\"\([^\"]*\)\".*/\1/p"
}

choose_columns() { # and no others, so that nothing else of a row leaves the database for Kafka
    [ -n "${SHOP_COLUMNS:-}" ] || return 0
    printf '%s\n' "$SHOP_COLUMNS" | grep -Eqx '(\w+\.\w+\.\w+,)*\w+\.\w+\.\w+' ||
        fail "SHOP_COLUMNS is not SCHEMA.TABLE.COLUMN,SCHEMA.TABLE.COLUMN,…: $SHOP_COLUMNS"
    tables=$(printf '%s\n' "$SHOP_COLUMNS" | tr , '\n' | sed 's/\.[^.]*$//' | sort -u | tr '\n' ,)cdc.heartbeat
    columns=$SHOP_COLUMNS,cdc.heartbeat.id,cdc.heartbeat.shop_time
    chosen="\"table.include.list\": \"$tables\", \"column.include.list\": \"$columns\""
    config=$(printf '%s\n' "$config" | sed "s/\"table\.include\.list\": *\"[^\"]*\"/$chosen/")
}

check_catalogue() {
    if [ -z "${SHOP_DB_HOST:-}" ] || ! command -v psql >/dev/null; then
        echo "register: REPLICA IDENTITY not checked (needs psql and SHOP_DB_HOST)" >&2
        return
    fi
    wrong=$(
        PGHOST=$SHOP_DB_HOST PGPORT=$SHOP_DB_PORT PGDATABASE=$SHOP_DB_NAME PGUSER=$SHOP_DB_USER \
            PGPASSWORD=$SHOP_DB_PASSWORD PGCONNECT_TIMEOUT=10 \
            psql -XqAt -v ON_ERROR_STOP=1 -v tables="$(setting table.include.list)" -v publication="$(setting publication.name)" <<'SQL'
SELECT '  ' || name || CASE
    WHEN pg_class.oid IS NULL THEN ' does not exist'
    WHEN published.tablename IS NULL THEN ' is not in publication ' || :'publication'
    ELSE ' needs: ALTER TABLE ' || quoted || ' REPLICA IDENTITY FULL;' END
FROM unnest(string_to_array(:'tables', ',')) AS name
CROSS JOIN format('%I.%I', split_part(name, '.', 1), split_part(name, '.', 2)) AS quoted
LEFT JOIN pg_class ON pg_class.oid = to_regclass(quoted)
LEFT JOIN pg_publication_tables AS published
    ON published.pubname = :'publication' AND format('%s.%s', schemaname, tablename) = name
-- The heartbeat is only ever upserted and read by its after image.
WHERE published.tablename IS NULL OR (pg_class.relreplident <> 'f' AND name NOT LIKE 'cdc.%');
SQL
    ) || fail "cannot read the catalogue of database $SHOP_DB_NAME on $SHOP_DB_HOST:$SHOP_DB_PORT; see the error above"
    [ -z "$wrong" ] || fail "the shop's tables are not ready, and changes would be lost or made up:
$wrong
Run debezium/postgres.sql as a superuser, then register again."
}

wait_for_connect() {
    deadline=$(($(date +%s) + wait_seconds))
    until curl -fsS -o /dev/null "$connect/health" 2>/dev/null; do
        [ "$(date +%s)" -lt "$deadline" ] || fail "Connect does not answer at $connect after $wait_seconds s; does it run?"
        sleep 0.2
    done
}

put_config() {
    attempt=1
    # curl's own --retry does not count 409, the answer while a rebalance is under way, as worth a retry.
    until answer=$(curl -sS -w ' %{http_code}' -X PUT -H 'Content-Type: application/json' \
        --data-binary "$config" "$connector/config") && [ "${answer##* }" -lt 300 ]; do
        [ "${answer##* }" = 409 ] && [ "$attempt" -lt 60 ] || fail "Connect refuses the configuration: $answer"
        attempt=$((attempt + 1))
        sleep 1
    done
}

wait_until_running() {
    attempt=1
    deadline=$(($(date +%s) + wait_seconds))
    sightings=0
    while :; do
        status=$(curl -sS "$connector/status" 2>&1) || :
        sightings=$((sightings + 1))
        case $status in
        *'"state":"FAILED"'*)
            sightings=0
            # It may have failed long ago, and a PUT does not wake what has failed: restart it before giving up.
            trace=$(printf '%s' "$status" | sed "s/\\\\\"/'/g; s/.*\"trace\":\"//; s/\".*//")
            [ "$attempt" -lt 5 ] || fail "the connector fails: $(printf '%b' "$trace")"
            attempt=$((attempt + 1))
            curl -sS -o /dev/null -X POST "$connector/restart?includeTasks=true&onlyFailed=true" || :
            sleep 2
            ;;
        *'"connector":{"state":"RUNNING"'*'"tasks":[{"id":0,"state":"RUNNING"'*)
            # A PUT restarts the connector, and for a moment the status is still that of the one before.
            [ "$sightings" -lt 8 ] || return 0
            ;;
        *) sightings=0 ;;
        esac
        [ "$(date +%s)" -lt "$deadline" ] || fail "the connector does not run after $wait_seconds s: $status"
        sleep 0.2
    done
}

choose_columns
check_catalogue
wait_for_connect
put_config
wait_until_running
echo "connector ${CONNECTOR:-shop} is running"
