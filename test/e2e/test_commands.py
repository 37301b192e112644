"""The command line, and the configuration that all commands share."""

import json
import os
import pathlib
import tempfile
import unittest

import support
from support import PASSWORD, claims


class Configuration(unittest.TestCase):
    def test_all_mistakes_are_named_together_and_the_exit_code_is_78(self):
        done = support.command("serve", env={"PORT": "seventy", "AUTH_ACCESS_TOKEN_TTL": "soon", "AUTH_ISUER": "x",
                                             "AUTH_PRIVATE_KEY": "do-not-show-me"})
        self.assertEqual(done.returncode, 78)
        for name in ("PORT", "AUTH_ACCESS_TOKEN_TTL", "AUTH_ISUER", "DATABASE_URL", "AUTH_PRIVATE_KEY"):
            self.assertIn(name, done.stderr)
        self.assertNotIn("do-not-show-me", done.stderr)

    def test_a_private_key_file_that_others_can_read_is_refused(self):
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write("not even a key")
            file.flush()
            os.chmod(file.name, 0o644)
            done = support.command("keys", "list", env={"AUTH_PRIVATE_KEY_FILE": file.name})
        self.assertEqual(done.returncode, 78)
        self.assertIn("can be read by others", done.stderr)

    def test_a_claims_namespace_that_is_a_registered_claim_is_refused(self):
        done = support.command("hasura", "secret", env={"AUTH_CLAIMS_NAMESPACE": "sub"})
        self.assertEqual(done.returncode, 78)
        self.assertIn("AUTH_CLAIMS_NAMESPACE", done.stderr)

    def test_an_unknown_command_is_wrong_usage(self):
        self.assertEqual(support.command("sing").returncode, 2)

    def test_help_is_there_for_every_command(self):
        for words in (["serve"], ["migrate"], ["keys", "list"], ["user", "create"], ["role", "delete"],
                      ["token", "inspect"], ["hasura", "secret"]):
            done = support.command(*words, "--help")
            self.assertEqual(done.returncode, 0, words)
            self.assertTrue(done.stdout, words)

    def test_hasura_secret_is_what_hasura_takes(self):
        done = support.command("hasura", "secret", env={"AUTH_ISSUER": "https://auth.example.org"})
        self.assertEqual(done.returncode, 0, done.stderr)
        secret = json.loads(done.stdout)
        self.assertEqual(secret["jwk_url"], "https://auth.example.org/jwks")
        self.assertEqual(secret["issuer"], "https://auth.example.org")


class Administration(support.ClusterTest):
    def setUp(self):
        self.url = self.cluster.fresh_database()
        self.keys = tempfile.TemporaryDirectory()
        self.addCleanup(self.keys.cleanup)
        self.run_ok("migrate")

    def run_command(self, *words, stdin="", **env):
        return support.command(*words, stdin=stdin, env={
            "DATABASE_URL": self.url, "AUTH_KEYS_DIR": self.keys.name + "/keys", **env})

    def run_ok(self, *words, **options):
        done = self.run_command(*words, **options)
        self.assertEqual(done.returncode, 0, (words, done.stdout, done.stderr))
        return done.stdout

    def test_migrate_says_what_is_applied(self):
        self.assertIn("0001", self.run_ok("migrate", "--status"))

    def test_an_operator_makes_a_user_who_can_sign_in_with_a_granted_role(self):
        self.run_ok("role", "create", "editor")
        self.run_ok("user", "create", "ada", "--email", "ada@example.org", stdin=PASSWORD + "\n")
        self.run_ok("user", "grant", "ada", "editor")
        (row,) = json.loads(self.run_ok("user", "list", "--json"))
        self.assertEqual((row["username"], row["active"]), ("ada", True))
        server = self.signet(self.url)
        body = server.login("ada").json
        self.assertEqual(body["roles"], ["editor", "user"])
        self.run_ok("user", "revoke", "ada@example.org", "editor")
        self.assertEqual(server.login("ada").json["roles"], ["user"])
        self.run_ok("user", "disable", row["id"])
        self.assertEqual(server.login("ada").status, 401)
        self.run_ok("user", "enable", "ada")
        self.run_ok("user", "set-password", "ada", stdin="another-" + PASSWORD + "\n")
        self.assertEqual(server.login("ada").status, 401)
        self.assertEqual(server.login("ada", "another-" + PASSWORD).status, 200)
        self.run_ok("user", "delete", "ada", "--yes")
        self.assertEqual(self.run_command("user", "show", "ada").returncode, 1)

    def test_the_role_admin_is_refused_unless_it_is_allowed(self):
        self.assertEqual(self.run_command("role", "create", "admin").returncode, 1)
        self.assertEqual(self.run_command("role", "create", "admin", AUTH_ALLOW_ADMIN_ROLE="true").returncode, 0)

    def test_weak_passwords_and_bad_names_are_refused_like_at_signup(self):
        self.assertEqual(self.run_command("user", "create", "bob", stdin="password\n").returncode, 1)
        self.assertEqual(self.run_command("user", "create", "b", stdin=PASSWORD + "\n").returncode, 1)

    def test_token_inspect_reads_a_token_from_stdin(self):
        server = self.signet(self.url, keys=self.keys.name + "/keys")
        token = server.signup("in.spect").json["token"]
        shown = self.run_ok("token", "inspect", stdin=token + "\n",
                            AUTH_ISSUER=f"http://127.0.0.1:{server.port}")
        self.assertIn(claims(token)["sub"], shown)

    def test_keys_list_is_an_array_with_one_active_key(self):
        self.signet(self.url, keys=self.keys.name + "/keys")
        keys = json.loads(self.run_ok("keys", "list", "--json"))
        self.assertEqual([key["state"] for key in keys], ["active", "next"])
        for key in keys:
            self.assertEqual((key["alg"], key["bits"]), ("RS256", 2048))
            self.assertLessEqual({"kid", "alg", "bits", "state", "createdAt", "publishedAt", "activeAfter",
                                  "retiredAt", "removeAfter"}, set(key))


class Adoption(support.ClusterTest):
    def test_a_database_of_the_original_service_is_adopted_and_bcrypt_becomes_argon2id(self):
        url = self.cluster.fresh_database()
        self.cluster.sql(pathlib.Path(support.ROOT / "test/support/pp_schema.sql").read_text(), url)
        password = "analytical engine 1843"
        self.cluster.sql("""insert into "user" (username, password) values ('Ada.Lovelace',
                            '$2a$10$kJs0vc.lanRWDYQ/VfyM1OBWR/5SPO91gHLswDaATtqp0tAJNw7Nq');
                            insert into user_role (id, user_id, role_id) select gen_random_uuid(), u.id, r.id
                            from "user" u, role r where u.username = 'Ada.Lovelace' and r.name = 'editor'""", url)
        accounts = self.cluster.sql('select count(*) from "user"', url)
        server = self.signet(url)
        self.assertEqual(self.cluster.sql('select count(*) from "user"', url), accounts)
        self.assertEqual(server.login("Ada.Lovelace", "difference engine 1822").status, 401)
        body = server.login("Ada.Lovelace", password)
        self.assertEqual(body.status, 200, body.body)
        self.assertEqual(body.json["roles"], ["editor", "user"])
        self.assertTrue(self.cluster.sql("""select password from "user" where username = 'Ada.Lovelace'""",
                                         url).startswith("$argon2id$"))
        self.assertEqual(server.login("ada.lovelace", password).status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
