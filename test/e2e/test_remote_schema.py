"""Signup, login and the rest as a remote schema, called as Hasura v2 calls one."""

import unittest

import support
from mailbox import CHEAP
from support import PASSWORD

SECRET = "the-secret-of-the-remote-schema"
NO_DATABASE = "postgres://x@127.0.0.1:1/x"
SIGNUP = """mutation ($n: String, $p: String!) { mine: signup(username: $n, password: $p) { id token refreshToken } }"""


def ask(server, query, variables=None, headers=None, secret=SECRET):
    body = {"query": query, **({"variables": variables} if variables else {})}
    return server.post("/graphql", body, headers={**({"X-Action-Secret": secret} if secret else {}), **(headers or {}),
                                                  "Content-Type": "application/json"})


class RemoteSchema(support.ClusterTest):
    """Hasura sends the session variables of its client as headers, always."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = support.Signet(cls.cluster.fresh_database(), wait="/readyz",
                                    env={"AUTH_ACTION_SECRET": SECRET, **CHEAP})
        cls.addClassCleanup(cls.server.close)
        cls.alone = support.Signet(NO_DATABASE, env={"AUTH_ACTION_SECRET": SECRET, "AUTH_GRAPHQL_ROOT_PREFIX": "auth_",
                                                     "AUTH_GRAPHQL_TYPE_PREFIX": "X"})
        cls.addClassCleanup(cls.alone.close)

    def test_introspection_needs_the_secret_alone_and_no_postgresql(self):
        answer = ask(self.alone, "{ __schema { queryType { name } mutationType { name fields { name } } } }")
        self.assertEqual(answer.status, 200)
        schema = answer.json["data"]["__schema"]
        self.assertEqual(schema["queryType"]["name"], "XQuery")
        self.assertEqual([field["name"] for field in schema["mutationType"]["fields"]],
                         ["auth_signup", "auth_login", "auth_refresh", "auth_logout"])

    def test_without_the_secret_there_is_an_error_of_graphql_whatever_else_is_sent(self):
        session = {"x-hasura-role": "user", "x-hasura-user-id": "00000000-0000-4000-8000-000000000000"}
        for secret in (None, "wrong", SECRET + "x"):
            answer = ask(self.alone, "{ __typename }", headers=session, secret=secret)
            self.assertEqual(answer.status, 401)
            self.assertIsNone(answer.json["data"])
            self.assertEqual(answer.json["errors"][0]["extensions"]["code"], "invalid-action-secret")

    def test_without_postgresql_a_root_field_says_that_it_cannot_be_answered(self):
        answer = ask(self.alone, "mutation($p: String!) { auth_login(username: \"a.b\", password: $p) { id } }",
                     {"p": PASSWORD})
        self.assertEqual(answer.status, 200)
        self.assertIsNone(answer.json["data"])
        self.assertEqual(answer.json["errors"][0]["extensions"]["code"], "database-unavailable")
        self.assertEqual(answer.json["errors"][0]["path"], ["auth_login"])

    def test_a_user_signs_up_and_is_me_in_the_session_that_hasura_makes_of_the_token(self):
        mine = ask(self.server, SIGNUP, {"n": "ada", "p": PASSWORD}).json["data"]["mine"]
        session = {"x-hasura-role": "user", "x-hasura-user-id": mine["id"]}
        me = ask(self.server, "{ me { id username } }", headers=session)
        self.assertEqual(me.json, {"data": {"me": {"id": mine["id"], "username": "ada"}}})
        anonymous = ask(self.server, "{ me { id } }", headers={**session, "x-hasura-role": "anonymous"})
        self.assertEqual(anonymous.json["errors"][0]["extensions"]["code"], "missing-token")
        self.assertNotIn(PASSWORD, self.server.log())

    def test_five_logins_of_one_document_wait_as_five_logins_do(self):
        ask(self.server, SIGNUP, {"n": "grace", "p": PASSWORD})
        field = 'a%d: login(username: "grace", password: "wrong-password-7") { id }'
        codes = set()
        for i in range(12):
            answer = ask(self.server, "mutation { " + " ".join(field % j for j in range(5)) + " }")
            codes.add(answer.json["errors"][0]["extensions"]["code"])
        self.assertEqual(codes, {"invalid-credentials", "too-many-attempts"})


if __name__ == "__main__":
    unittest.main()
