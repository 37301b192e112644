"""What an operator sees of a running service: /metrics, and the log's line of each request."""

import http.client
import json
import re
import subprocess
import tempfile
import unittest

import support
from support import PASSWORD, bearer

QUICK = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1"}


def samples(text):
    """Each sample of the text by its name and labels."""
    return {name: float(value) for name, value in re.findall(r"^([a-z][^ ]*(?:\{.*\})?) ([^ ]+)$", text, re.MULTILINE)}


class Metrics(support.ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.url = cls.cluster.fresh_database()
        cls.server = support.Signet(cls.url, wait="/readyz", env=QUICK)
        cls.addClassCleanup(cls.server.close)

    def read(self):
        answer = self.server.get("/metrics")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        return samples(answer.body if isinstance(answer.body, str) else answer.body.decode())

    def test_what_happens_is_counted_where_it_happens(self):
        before = self.read()
        token = self.server.signup("metrics.one").json["token"]
        self.server.login("metrics.one")
        self.server.login("metrics.one", "wrong-" + PASSWORD)
        for _ in range(3):
            self.assertEqual(self.server.get("/webhook", headers=bearer(token)).status, 200)
        self.server.get("/no-such-path")
        after = self.read()

        def grown(name):
            return after[name] - before.get(name, 0)
        self.assertEqual(grown('signet_logins_total{result="ok"}'), 1)
        self.assertEqual(grown('signet_logins_total{result="wrong"}'), 1)
        self.assertEqual(grown('signet_http_requests_total{method="GET",route="/webhook",status="200"}'), 3)
        self.assertEqual(grown('signet_http_requests_total{method="POST",route="/login",status="401"}'), 1)
        self.assertEqual(grown('signet_http_guard_refusals_total{rule="not-found"}'), 1)
        self.assertEqual(grown('signet_token_cache_misses_total'), 1)
        self.assertEqual(grown('signet_token_cache_hits_total'), 2)
        self.assertGreaterEqual(grown('signet_lane_wait_seconds_count{lane="crypto"}'), 3)
        self.assertEqual(after['signet_keys{state="active"}'], 1)
        self.assertEqual(after['signet_ready{check="database"}'], 1)
        self.assertGreater(after["process_resident_memory_bytes"], 1e6)

    def test_a_request_that_a_proxy_forwards_does_not_see_them(self):
        for header in ({"X-Forwarded-For": "127.0.0.1"}, {"Host": "auth.example.org"}):
            answer = self.server.get("/metrics", headers=header)
            self.assertEqual((answer.status, answer.json["code"]), (404, "not-found"))

    def test_the_log_has_a_line_for_each_request_with_the_ids_of_the_caller(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        headers = {"X-Request-Id": "from-hasura-1", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
        answer = self.server.request("POST", "/login?secret=1", {"username": "nobody", "password": "secret" + PASSWORD},
                                     headers=headers)
        self.assertEqual((answer.status, answer.headers["x-request-id"], answer.json["instance"]),
                         (401, "from-hasura-1", "from-hasura-1"))
        lines = [json.loads(line) for line in self.server.log().splitlines() if line.startswith("{")]
        (line,) = [line for line in lines if line["event"] == "request" and line["request"] == "from-hasura-1"]
        self.assertEqual((line["method"], line["route"], line["status"], line["code"], line["trace"]),
                         ("POST", "/login", 401, "invalid-credentials", trace))
        self.assertGreater(line["durationMs"], 0)
        self.assertGreater(line["bytes"], len(answer.body))
        self.assertNotIn("secret", self.server.log())

    def test_a_listener_of_their_own_serves_them_and_nothing_else(self):
        port = support.free_port()
        server = support.Signet(self.url, env={**QUICK, "AUTH_METRICS": f"127.0.0.1:{port}"})
        self.addCleanup(server.close)
        self.assertEqual(server.get("/metrics").status, 404)
        for path, status in (("/metrics", 200), ("/jwks", 404)):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
            connection.request("GET", path, headers={"X-Forwarded-For": "192.0.2.1"})
            self.assertEqual(connection.getresponse().status, status)
            connection.close()
        self.assertEqual(server.stop(), 0)


class Promtool(unittest.TestCase):
    """What Prometheus itself says of what is for it."""

    def check(self, what, *arguments, **options):
        done = subprocess.run(["promtool", "check", what, *arguments], capture_output=True, text=True, timeout=60, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def test_the_alert_rules_are_good(self):
        self.check("rules", support.ROOT / "docs/deploy/prometheus/alerts.yaml")

    def test_the_metrics_are_good(self):
        server = support.Signet("postgres://nobody@127.0.0.1:1/nothing", env=QUICK)
        self.addCleanup(server.close)
        answer = server.get("/metrics")
        self.check("metrics", input=answer.body if isinstance(answer.body, str) else answer.body.decode())

    def test_every_query_of_the_dashboard_is_an_expression(self):
        panels = json.loads((support.ROOT / "docs/deploy/prometheus/dashboard.json").read_text())["panels"]
        queries = [target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")
                   for panel in panels for target in panel["targets"]]
        rules = [{"record": f"query:{i}", "expr": query} for i, query in enumerate(queries)]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
            file.flush()
            self.check("rules", file.name)


if __name__ == "__main__":
    unittest.main()
