"""AUTH_CLAIMS_FUNCTION at signup, login and refresh: all of it in the token, or nothing has happened."""

import json
import random
import time
import unittest

import freshness
import support
from sessions import use
from support import PASSWORD, claims

NAMESPACE = "https://hasura.io/jwt/claims"
RESERVED = {"x-hasura-allowed-roles", "x-hasura-default-role", "x-hasura-user-id", "x-hasura-session-id"}
TAGS = r"""array['a "b"', 'c,d', null, '', 'NULL', 'back\slash', '{x}', ' y ', 'ü€𝄞', '''']"""
KINDS = {
    "text": r"""'as "it" is, \ and ü'""",
    "empty": "''",
    "int": "-42",
    "numeric": "1.5000::numeric(10,4)",
    "large": "123456789012345678901234567890.10",
    "yes": "true",
    "no": "false",
    "date": "date '2026-01-31'",
    "moment": "timestamptz '2026-01-31 12:00:00.5+02'",
    "uuid": "uuid '0f3b0c7e-3a51-4a0a-9d39-0f6f2f1d0001'",
    "tags": TAGS,
    "none-of-them": "'{}'::text[]",
    "grid": "array[[1,2],[3,4]]",
    "nested": """'{"a": 1.50, "list": [1, {"x": null}], "t": "é\\""}'::jsonb""",
    "null": "null::text",
}
# Columns of random arrays: the type of an element, and an SQL expression that makes one.
ARRAYS = {
    "int8": "((random() - 0.5) * 1.8e19)::int8",
    "numeric": "(random() * 1e12)::numeric(30, 9) * (random() * 1e12)::numeric(30, 9)",
    "float8": "(random() - 0.5) * 10 ^ (random() * 600 - 300)",
    "bool": "random() < 0.5",
    "date": "date '2026-01-01' + ((random() - 0.5) * 1400000)::int",
    "timestamptz": "timestamptz '2026-01-01' + (random() - 0.5) * interval '4000 years'",
    "interval": "(random() - 0.5) * interval '9 years 40 days 17 hours'",
    "uuid": "gen_random_uuid()",
    "bytea": "decode(md5(random()::text), 'hex')",
}
# What a function can do wrong, and what the log has to say of it.
FAULTS = {
    "raise exception 'no tenant today'": "no tenant today",
    "return null": "NULL",
    "return '[]'": "no JSON object",
    "return '{\"X-Hasura-User-Id\": \"7\"}'": "x-hasura-user-id",
    "return jsonb_build_object('x-hasura-motto', E'a\\nX-Hasura-Role: admin')": "a control character",
    "return jsonb_build_object('x-hasura-list', array[U&'\\0085'])": "a control character",
    "return jsonb_build_object(E'x-hasura-a\\tb', 1)": "cannot be a header's",
    "perform pg_sleep(5)": "AUTH_CLAIMS_TIMEOUT",
}


class ClaimsTest(freshness.FreshnessTest):
    settings = {"AUTH_CLAIMS_FUNCTION": "app.claims", "AUTH_CLAIMS_TIMEOUT": "1s"}
    before = ("create schema app; create function app.claims(user_id uuid) returns jsonb language sql as "
              "$$ select '{}'::jsonb $$")

    def answer_with(self, expression):
        self.sql(f"create or replace function app.claims(user_id uuid) returns jsonb language plpgsql as "
                 f"$f$ begin return {expression}; end $f$; select signet.claims_changed(null)")

    def custom(self, answer):
        """The custom claims in a token, and none but these beside Signet's own."""
        self.assertEqual(answer.status, 200, answer.body)
        inside = claims(answer.json["token"])[NAMESPACE]
        self.assertLessEqual(RESERVED, set(inside))
        return {name: value for name, value in inside.items() if name not in RESERVED}

    def of_webhook(self, server, token):
        answer = self.ask(server, token)
        self.assertEqual(answer.status, 200, answer.body)
        return {name: value for name, value in answer.json.items() if name.startswith("x-hasura-")}

    def reads_back(self, literal, kind, original):
        """PostgreSQL takes the text as a parameter, and reads the value from which it was made."""
        quoted = literal.replace("'", "''")
        self.sql(f"prepare reading(text) as select $1::{kind} is not distinct from ({original})")
        same = self.sql(f"execute reading('{quoted}')")
        self.sql("deallocate reading")
        self.assertEqual(same, "t", (literal, original))


class Values(ClaimsTest):
    def test_every_kind_of_value_is_the_specified_text_in_tokens_and_webhook_answers_alike(self):
        members = ", ".join(f"'X-Hasura-{name}', {value}" for name, value in KINDS.items())
        self.answer_with(f"jsonb_build_object({members})")
        signup = self.first.signup("ada")
        given = self.custom(signup)
        self.assertEqual(self.custom(self.first.login("ada")), given)
        self.assertEqual(self.custom(use(self.second, signup.json["refreshToken"])), given)
        for server in self.replicas:
            self.assertEqual(self.of_webhook(server, signup.json["token"]), given)
        value = {name: given.pop("x-hasura-" + name) for name in KINDS if name != "null"}
        self.assertEqual(given, {}, "a null is left out")
        self.assertEqual({name: value[name] for name in ("text", "empty", "int", "numeric", "large", "yes", "no")}, {
            "text": r'as "it" is, \ and ü', "empty": "", "int": "-42", "numeric": "1.5000",
            "large": "123456789012345678901234567890.10", "yes": "true", "no": "false"})
        self.assertEqual((value["date"], value["uuid"], value["none-of-them"], value["grid"]),
                         ("2026-01-31", "0f3b0c7e-3a51-4a0a-9d39-0f6f2f1d0001", "{}", "{{1,2},{3,4}}"))
        self.assertEqual(json.loads(value["nested"]), {"a": 1.5, "list": [1, {"x": None}], "t": 'é"'})
        self.assertIn("1.50", value["nested"])
        self.reads_back(value["moment"], "timestamptz", KINDS["moment"])
        self.reads_back(value["tags"], "text[]", TAGS)
        self.reads_back(value["none-of-them"], "text[]", "'{}'::text[]")
        self.reads_back(value["grid"], "int[]", KINDS["grid"])
        self.reads_back(value["grid"], "text[]", "array[['1','2'],['3','4']]")
        self.reads_back(value["nested"], "jsonb", KINDS["nested"])

    def test_random_arrays_of_every_type_read_back_as_the_same_arrays(self):
        columns = ", ".join(f"{kind}_s {kind}[]" for kind in ARRAYS)
        self.sql(f"create table fuzz (n int primary key, round int, {columns})")
        self.answer_with("(select coalesce(jsonb_object_agg('x-hasura-' || n || '-' || key, value), '{}')"
                         " || jsonb_build_object('x-hasura-round', max(round))"
                         " from public.fuzz, lateral jsonb_each(to_jsonb(fuzz) - 'n' - 'round'))")
        token = self.first.signup("ada").json["token"]
        for round_number in range(5):
            arrays = ", ".join(f"(select coalesce(array_agg(case when random() > 0.1 then {one} end), '{{}}') from"
                               f" generate_series(1, n % 7 + r * 0))" for one in ARRAYS.values())
            self.sql(f"delete from fuzz; insert into fuzz select n, r, {arrays} from generate_series(0, 9) n,"
                     f" generate_series({round_number}, {round_number}) r; select signet.claims_changed(null)")
            support.wait_until(lambda: self.of_webhook(self.first, token).get("x-hasura-round") == str(round_number), 1,
                               "the claims of this round")
            given = self.of_webhook(self.first, token)
            del given["x-hasura-round"]
            self.assertEqual(len(given), 10 * len(ARRAYS))
            for name, literal in given.items():
                number, column = name.removeprefix("x-hasura-").split("-", 1)
                quoted = literal.replace("'", "''")
                same = (f"select '{quoted}'::text[]::{column.removesuffix('_s')}[] is not distinct from {column}"
                        f" from fuzz where n = {number}")
                self.assertEqual(self.sql(same), "t", (name, literal))

    def test_any_array_of_texts_reads_back_as_the_same_array(self):
        self.sql("create table fuzz (n int primary key, tags text[] not null)")
        self.answer_with("(select coalesce(jsonb_object_agg('x-hasura-f' || n, tags), '{}') from public.fuzz)")
        token = self.first.signup("ada").json["token"]  # so many do not fit into one
        chance = random.Random(20261121)
        signs = [*"abN\"\\{},' ", "NULL", "null", "ß", "€", "\u2028", "\ufeff", "𝄞",
                 "\U0010ffff"]

        def element():
            text = "".join(chance.choices(signs, k=chance.randrange(6))).replace("'", "''")
            return "null" if chance.random() < 0.1 else f"'{text}'"

        rows = ", ".join(f"({n}, array[{', '.join(element() for _ in range(chance.randrange(1, 8)))}]::text[])"
                         for n in range(90))
        self.sql(f"insert into fuzz values {rows}; select signet.claims_changed(null)")
        support.wait_until(lambda: self.of_webhook(self.first, token), 1, "the claims")
        given = self.of_webhook(self.first, token)
        self.assertEqual(len(given), 90)
        self.sql("prepare same(int, text) as select $2::text[] = tags from fuzz where n = $1")
        for name, literal in given.items():
            quoted = literal.replace("'", "''")
            self.assertEqual(self.sql(f"execute same({name.removeprefix('x-hasura-f')}, '{quoted}')"), "t", literal)


class Failures(ClaimsTest):
    def setUp(self):
        super().setUp()
        self.repair()

    def repair(self):
        self.answer_with("""'{"x-hasura-org": "7"}'::jsonb""")

    def break_by(self, body):
        self.sql(f"create or replace function app.claims(user_id uuid) returns jsonb language plpgsql as "
                 f"$f$ begin {body}; return '{{}}'; end $f$")

    def state(self):
        return self.sql("""select (select count(*) from "user"), (select count(*) from user_role),
                                  (select string_agg(id || ' ' || generation, ',' order by id) from signet.session)""")

    def fails(self, act, reason):
        logged = len(self.first.log())
        began = time.monotonic()
        answer = act()
        self.assertLess(time.monotonic() - began, 3)
        self.assertEqual((answer.status, answer.json["code"]), (503, "claims-failed"), answer.body)
        self.assertIn("retry-after", answer.headers)
        self.assertNotIn(reason, answer.body.decode())
        lines = [json.loads(line) for line in self.first.log()[logged:].splitlines()]
        told = [line for line in lines if line["event"] == "request-refused" and line["code"] == "claims-failed"]
        self.assertEqual(len(told), 1, lines)
        self.assertIn("the claims function", told[0]["reason"])
        self.assertIn(reason, told[0]["reason"])

    def test_nothing_is_left_of_a_signup_login_or_refresh_whose_claims_cannot_be_had(self):
        older = self.first.signup("ada").json["refreshToken"]
        for number, (body, reason) in enumerate(FAULTS.items()):
            newcomer = f"newcomer{number}"
            with self.subTest(body):
                before = self.state()
                self.break_by(body)
                self.fails(lambda: self.first.signup(newcomer), reason)
                self.fails(lambda: self.first.login("ada"), reason)
                self.fails(lambda: use(self.first, older), reason)
                self.assertEqual(self.state(), before)
                self.repair()
                self.assertEqual(self.custom(self.first.signup(newcomer)), {"x-hasura-org": "7"})
                self.assertEqual(self.custom(self.first.login("ada")), {"x-hasura-org": "7"})
                answer = use(self.first, older)
                self.assertEqual(self.custom(answer), {"x-hasura-org": "7"})
                older = answer.json["refreshToken"]

    def test_a_login_that_fails_ends_no_older_session_even_where_there_are_as_many_as_may_be(self):
        oldest = self.first.signup("ada").json["refreshToken"]
        for _ in range(49):
            self.assertEqual(self.first.login("ada").status, 200)
        before = self.state()
        for body, reason in FAULTS.items():
            with self.subTest(body):
                self.break_by(body)
                self.fails(lambda: self.first.login("ada"), reason)
                self.assertEqual(self.state(), before)
        self.repair()
        self.assertEqual(use(self.first, oldest).status, 200)

    def test_a_wrong_password_is_401_and_a_logout_works_while_the_function_fails(self):
        token = self.first.signup("ada").json["refreshToken"]
        self.break_by("raise exception 'no tenant today'")
        self.assertEqual(self.first.login("ada", "not-" + PASSWORD).status, 401)
        self.assertEqual(self.first.post("/logout", {"refreshToken": token}).status, 204)
        self.assertEqual(use(self.first, token).status, 401)

    def test_a_function_that_is_not_there_fails_the_same_way_until_it_is(self):
        self.sql("drop function app.claims(uuid)")
        before = self.state()
        self.fails(lambda: self.first.signup("ada"), "app.claims")
        self.assertEqual(self.state(), before)
        self.repair()
        support.wait_until(lambda: self.first.signup("ada").status == 200, 2, "a signup")


if __name__ == "__main__":
    unittest.main()
