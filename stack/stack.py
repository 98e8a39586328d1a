"""The whole stack: two Postgres servers, Kafka and Connect in one home."""

from pathlib import Path

from stack import artifacts, topics
from stack.connect import Connect
from stack.endpoints import Endpoints
from stack.home import Home, locked
from stack.java import find_java
from stack.kafka import Kafka
from stack.part import Part, say
from stack.postgres import CAPTURED, Postgres

HERE = Path(__file__).parent
ROOT = HERE.parent


class Stack:
    """All parts, in the order in which they are started; stopped in the reverse order."""

    def __init__(self, home: Path, heartbeat_interval_ms: int = 1000) -> None:
        self.home = Home(home)
        self.postgres = Postgres(self.home, "postgres", CAPTURED)  # the shop's
        self.analytics = Postgres(self.home, "analytics", {})  # ours
        self.kafka = Kafka(self.home)
        self.connect = Connect(self.home, heartbeat_interval_ms)
        self.parts: tuple[Part, ...] = (self.postgres, self.analytics, self.kafka, self.connect)

    def part(self, name: str) -> Part:
        """Return a part by its name: postgres, analytics, kafka or connect."""
        return {part.name: part for part in self.parts}[name]

    def endpoints(self) -> Endpoints:
        """Return the addresses, which stay the same for the life of the home."""
        return Endpoints(
            kafka_bootstrap=self.kafka.bootstrap,
            connect_url=self.connect.url,
            shop_dsn=self.postgres.dsn("shop", "shop"),
            shop_admin_dsn=self.postgres.dsn("postgres", "shop"),
            analytics_dsn=self.analytics.dsn("retentioncast", "analytics"),
            analytics_admin_dsn=self.analytics.dsn("postgres", "analytics"),
        )

    def up(self) -> None:
        """Start what is not running, and make what is missing; StackError says what to do when that fails."""
        with locked(self.home.lock()):
            artifacts.install(find_java())
            self.endpoints().save(self.home.path)
            self.kafka.launch()  # it starts while the databases do
            self.start_databases()
            self.create_databases()
            self.kafka.wait()
            topics.create_topics(self.kafka.bootstrap)
            self.connect.start()
            self.connect.register()

    def down(self) -> None:
        """Stop all parts cleanly; the data stays."""
        with locked(self.home.lock()):
            for part in reversed(self.parts):
                part.stop()

    def status(self) -> list[tuple[str, str, str, str]]:
        """Return a row for each part and the connector: name, state (RUNNING = well), pid, address."""
        rows = []
        for part in self.parts:
            state = "RUNNING" if part.pid and part.answers() else "NOT ANSWERING" if part.pid else "STOPPED"
            rows.append((part.name, state, str(part.pid or ""), f"127.0.0.1:{part.port}"))
        rows.append(("connector", self.connect.connector_state(), "", self.connect.url))
        return rows

    def start_databases(self) -> None:
        """Start both database servers, and make what is missing in them."""
        self.analytics.launch()
        self.postgres.start()
        self.analytics.wait()
        self.create_databases()

    def create_databases(self) -> None:
        """Create what is missing of databases, roles, the shop's tables and what capturing them needs."""
        secret = self.home.secret
        for server, database, role in (
            (self.postgres, "shop", "shop"),
            (self.analytics, "analytics", "retentioncast"),
        ):
            variables = {"DATABASE": database, "ROLE": role, "PASSWORD": secret(role)}
            server.run_sql(HERE / "database.sql", "postgres", "postgres", **variables)
        self.analytics.run_sql(HERE / "reader.sql", "postgres", "postgres")
        self.postgres.run_sql(ROOT / "simulator" / "shop.sql", "shop", "shop")
        self.postgres.run_sql(
            ROOT / "debezium" / "postgres.sql", "shop", "postgres", SHOP_DB_PASSWORD=secret("capture")
        )
        self.postgres.run_sql(HERE / "simulated_clock.sql", "shop", "postgres")
        say("databases shop and analytics are ready")
