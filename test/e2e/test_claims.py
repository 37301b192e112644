"""AUTH_CLAIMS_FUNCTION through the running service, and the forms in which Hasura asks."""

import json
import time
import unittest

import freshness
import support

FUNCTION = """
create table member (user_id uuid, org int, tags text[]);
create schema app;
create function app."Claims"(user_id uuid) returns jsonb language sql stable as $$
    select coalesce(
        (select jsonb_build_object('X-Hasura-Org', m.org, 'x-hasura-tags', m.tags, 'x-hasura-none', null)
         from public.member m where m.user_id = $1), '{}'::jsonb)
$$
"""


class CustomClaims(freshness.FreshnessTest):
    settings = {"AUTH_CLAIMS_FUNCTION": 'app."Claims"', "AUTH_CLAIMS_TIMEOUT": "1s", "AUTH_CLAIMS_MAX_AGE": "2s"}
    before = FUNCTION

    def setUp(self):
        super().setUp()
        self.ada = self.someone("ada")

    def claims_of(self, server):
        answer = self.ask(server, self.ada["token"])
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def test_claims_are_in_the_answer_as_text_that_postgresql_reads_back(self):
        self.sql(f"insert into member values ('{self.ada['id']}', 7, array['a \"b\"', 'c,d', null, ''])")
        answer = self.claims_of(self.first)
        self.assertEqual(answer["x-hasura-org"], "7")
        literal = answer["x-hasura-tags"].replace("'", "''")
        self.assertEqual(self.sql(f"select '{literal}'::text[] = tags from member"), "t")
        self.assertNotIn("x-hasura-none", answer)
        self.assertTrue(all(isinstance(value, str) for value in answer.values()))

    def test_a_change_is_seen_at_once_where_it_is_told_and_after_the_maximal_age_where_not(self):
        time.sleep(0.5)  # the hint of ada's own signup would make a replica read once more, in the middle
        for server in self.replicas:
            self.assertNotIn("x-hasura-org", self.claims_of(server))
        self.sql(f"insert into member values ('{self.ada['id']}', 7, '{{}}')")
        self.assertNotIn("x-hasura-org", self.claims_of(self.first))
        self.sql(f"select signet.claims_changed('{self.ada['id']}')")
        for server in self.replicas:
            support.wait_until(lambda: self.claims_of(server).get("x-hasura-org") == "7", 1, "the told change")
        self.sql("update member set org = 8")
        self.assertEqual(self.claims_of(self.first)["x-hasura-org"], "7")
        for server in self.replicas:
            support.wait_until(lambda: self.claims_of(server).get("x-hasura-org") == "8", 3, "the age")

    def test_a_function_that_fails_refuses_the_request_and_says_so_in_the_log(self):
        bodies = {
            "raise exception 'no tenant today'": "no tenant today",
            "return '[]'": "no JSON object",
            "return null": "NULL",
            "return '{\"x-hasura-role\": \"admin\"}'": "x-hasura-role",
            "return jsonb_build_object('x-hasura-motto', E'a\\nX-Hasura-Role: admin')": '"x-hasura-motto\\" has a control',
            "return jsonb_build_object(E'x-hasura-a\\u0085', 1)": "cannot be a header's",
            "perform pg_sleep(5)": "AUTH_CLAIMS_TIMEOUT",
        }
        for body, reason in bodies.items():
            with self.subTest(body):
                self.sql(f'create or replace function app."Claims"(user_id uuid) returns jsonb language plpgsql as '
                         f"$$ begin {body}; return '{{}}'; end $$; select signet.claims_changed(null)")
                time.sleep(0.3)
                began = time.monotonic()
                answer = self.ask(self.first, self.ada["token"])
                self.assertEqual(answer.status, 503, answer.body)
                self.assertEqual(answer.json["code"], "claims-failed")
                self.assertIn("retry-after", answer.headers)
                self.assertLess(time.monotonic() - began, 2.5)
                self.assertIn(reason, self.first.log())
                self.assertNotIn(reason, answer.body.decode())
                posted = self.first.post("/webhook", {"headers": support.bearer(self.ada["token"])})
                self.assertEqual((posted.status, posted.json["code"]), (503, "claims-failed"))

    def test_user_claims_shows_what_a_user_gets_and_why(self):
        self.sql(f"insert into member values ('{self.ada['id']}', 7, array['a'])")
        env = {**self.first.env}
        done = support.command("user", "claims", "ada", "--json", env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        shown = {line["name"]: line for line in json.loads(done.stdout)}
        self.assertEqual(shown["x-hasura-org"]["value"], "7")
        self.assertIn("number", shown["x-hasura-org"]["from"])
        self.assertEqual(shown["x-hasura-allowed-roles"]["value"], '["user"]')
        self.assertIn("left out", shown["x-hasura-none"]["from"])
        done = support.command("user", "claims", "ada", env={**env, "AUTH_CLAIMS_FUNCTION": "nothing_there"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing_there", done.stderr)


class Forms(freshness.FreshnessTest):
    def test_both_forms_in_every_shape_are_answered_alike(self):
        ada = self.someone("ada")
        token = f"Bearer {ada['token']}"
        wanted = self.ask(self.first, ada["token"]).json
        deep = {}
        for _ in range(60):
            deep = {"a": [deep, 1.5e300, None, "\u0000"]}
        requests = [None, {"query": "{a}"}, [{"query": "{a}"}, {"query": "{b}"}], deep,
                    {"query": "x" * (900 * 1024)}, {"variables": {"a": [deep], "b": "é\"\\" * 100_000}},
                    {"query": "x" * (900 * 1024), "variables": deep}]
        for name in ("Authorization", "authorization", "AUTHORIZATION"):
            for request in requests:
                body = {"headers": {name: token, "Host": "x", "X-Other": "y"}, "request": request}
                answer = self.first.post("/webhook", body)
                self.assertEqual(answer.status, 200, answer.body)
                self.assertEqual({**answer.json, "Cache-Control": ""}, {**wanted, "Cache-Control": ""})
        self.assertEqual(self.first.post("/webhook", {"headers": {"Authorization": token}}).status, 200)
        self.assertEqual(self.first.post("/webhook", {"request": requests[4], "headers": {"Authorization": token}}).status, 200)
        self.assertRegex(wanted["Cache-Control"], "^max-age=[0-9]+$")

    def test_a_large_body_with_a_bad_token_is_refused_and_one_that_is_no_json_too(self):
        large = {"headers": {"Authorization": "Bearer a.b.c"}, "request": {"query": "x" * (900 * 1024)}}
        self.assertEqual(self.first.post("/webhook", large).status, 401)
        text = json.dumps(large)[:-1]
        headers = {"Content-Type": "application/json"}
        self.assertEqual(self.first.request("POST", "/webhook", body=text, headers=headers).status, 400)


if __name__ == "__main__":
    unittest.main()
