"""How many statements a database was sent, as PostgreSQL itself counts them."""

import contextlib

MODULE = "pg_stat_statements"


class Statements:
    def __init__(self, cluster):
        """Loads the module, which takes a restart, where PostgreSQL has it. It counts only when it is told to."""
        self.cluster = cluster
        self.home = cluster.url("postgres")
        self.available = self.ask(f"select count(*) from pg_available_extensions where name = '{MODULE}'") == "1"
        if self.available:
            cluster.superuser(f"alter system set shared_preload_libraries = '{MODULE}'")
            cluster.stop()
            cluster.start()
            cluster.superuser(f"create extension {MODULE}")
            self.track("none")

    def ask(self, text):
        return self.cluster.sql(text, self.home)

    def track(self, what):
        self.cluster.superuser(f"alter system set {MODULE}.track = '{what}'")
        self.cluster.superuser("select pg_reload_conf()")

    @contextlib.contextmanager
    def counted(self, url):
        """Gives a function that says how many statements the database of `url` was sent so far."""
        name = url.split("/")[-1].split("?")[0]
        self.track("all")
        try:
            yield lambda: int(self.ask(f"select coalesce(sum(calls), 0)::bigint from {MODULE} s join pg_database d"
                                       f" on d.oid = s.dbid where d.datname = '{name}'"))
        finally:
            self.track("none")
