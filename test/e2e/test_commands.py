"""The command line, and the configuration that all commands share."""

import json
import os
import pathlib
import pty
import shutil
import subprocess
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


    def test_without_a_database_the_one_of_run_is_pointed_to_where_it_is(self):
        with tempfile.TemporaryDirectory() as folder:
            done = support.command("user", "list", cwd=folder)
            self.assertEqual(done.returncode, 78)
            self.assertIn("DATABASE_URL is required", done.stderr)
            self.assertNotIn("./run", done.stderr)
            port = pathlib.Path(folder, "var/postgres/port")
            port.parent.mkdir(parents=True)
            port.write_text("20000\n")
            done = support.command("user", "list", cwd=folder)
            self.assertEqual(done.returncode, 78)
            self.assertIn("./run signet", done.stderr)
            self.assertIn("export DATABASE_URL=$(sql/cluster.sh url var/postgres)", done.stderr)


class Completion(unittest.TestCase):
    """Asks real shells what follows the words of a line. The last word is the one to complete."""

    # Of bash, what `complete` would call; of zsh, what its completion system would be told.
    BASH = """source "$1"; complete -p signet >/dev/null || exit 1; shift
              COMP_WORDS=(signet "$@"); COMP_CWORD=$#; _signet; printf '%s\\n' "${COMPREPLY[@]}" """
    ZSH = """compdef() { :; }; _files() { print -l *(N); }; _describe() { print -l -- ${${(P)2}%%:*}; }
             source "$1"; shift; words=(signet "$@"); CURRENT=$(($# + 1)); _signet; true"""
    FISH = """source $argv[1]; complete -C"signet $argv[2..]" """

    def completed(self, shell, *words):
        if not shutil.which(shell):
            self.skipTest(f"{shell} is not installed")
        text, options = {"bash": (self.BASH, ["--norc", "-c"]), "zsh": (self.ZSH, ["-f", "-c"]),
                         "fish": (self.FISH, ["--no-config", "-c"])}[shell]
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder, "completion")
            script.write_text(support.command("completion", shell).stdout)
            pathlib.Path(folder, "a key.pem").touch()
            name = [] if shell == "fish" else [shell]
            done = subprocess.run([shell, *options, text, *name, script, *words], capture_output=True, text=True,
                                  cwd=folder, env={**os.environ, "HOME": folder}, timeout=support.DEADLINE_S)
        self.assertEqual((done.returncode, done.stderr), (0, ""), (shell, words))
        # zsh compares with the word by itself; fish adds descriptions.
        found = {line.split("\t")[0] for line in done.stdout.splitlines() if line}
        return {each for each in found if each.startswith(words[-1])}

    def check(self, shell):
        self.assertEqual(self.completed(shell, "us"), {"user"})
        self.assertEqual(self.completed(shell, "user", "re"), {"rename", "revoke"})
        self.assertEqual(self.completed(shell, "user", "list", "--l"), {"--limit"})
        self.assertEqual(self.completed(shell, "user", "list", "--json", "--s"), {"--search"})
        self.assertEqual(self.completed(shell, "completion", ""), {"bash", "zsh", "fish"} | (
            set() if shell == "fish" else {"--help"}))
        # A name that is also a command is a name here, and a value is not completed.
        self.assertEqual(self.completed(shell, "user", "show", "list", "--j"), {"--json"})
        self.assertEqual(self.completed(shell, "user", "list", "--search", "u"), set())
        self.assertIn("a key.pem", {each.replace("\\", "") for each in self.completed(shell, "keys", "import", "a")})
        self.assertEqual(self.completed(shell, "conf"), set())

    def test_bash_completes_commands_and_options(self):
        self.check("bash")

    def test_zsh_completes_commands_and_options(self):
        self.check("zsh")

    def test_fish_completes_commands_and_options(self):
        self.check("fish")


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

    def on_terminal(self, *words, **env):
        """What a command prints on a terminal."""
        ours, theirs = pty.openpty()
        try:
            subprocess.run([support.BINARY, *words], stdout=theirs, stderr=subprocess.DEVNULL, timeout=support.DEADLINE_S,
                           env={**support.clean_environment(), "DATABASE_URL": self.url, "TERM": "xterm", **env})
            return os.read(ours, 1 << 16).decode()
        finally:
            os.close(ours)
            os.close(theirs)

    def test_colours_are_for_people_on_a_terminal(self):
        words = ("role", "list")
        self.assertTrue(self.on_terminal(*words).startswith("\x1b[1mNAME"))
        for printed in (self.on_terminal(*words, NO_COLOR="1"), self.on_terminal(*words, TERM="dumb"),
                        self.on_terminal(*words, "--json"), self.run_ok(*words)):
            self.assertNotIn("\x1b", printed)

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

    def test_a_user_gets_other_names_and_the_server_and_its_sessions_follow(self):
        self.run_ok("user", "create", "ada", "--email", "ada@example.org", stdin=PASSWORD + "\n")
        self.run_ok("user", "create", "grace", stdin=PASSWORD + "\n")
        server = self.signet(self.url)
        session = server.login("ada").json
        me = lambda: server.get("/me", headers=support.bearer(session["token"])).json
        self.assertIn("now has the username countess", self.run_ok("user", "rename", "ada@example.org", "countess"))
        support.wait_until(lambda: me()["username"] == "countess", 1, "/me to follow")
        self.run_ok("user", "set-email", me()["id"], "c@example.org")
        support.wait_until(lambda: me()["email"] == "c@example.org", 1, "/me to follow")
        self.assertEqual(server.login("ada").status, 401)
        self.assertEqual(server.login("countess").status, 200)
        self.assertEqual(server.post("/login", {"email": "c@example.org", "password": PASSWORD}).status, 200)
        refreshed = server.post("/refresh", {"refreshToken": session["refreshToken"]})
        self.assertEqual(claims(refreshed.json["token"])["name"], "countess")
        self.assertEqual(server.get("/webhook", headers=support.bearer(session["token"])).status, 200)

        for words in (["rename", "countess", "GRACE"], ["rename", "countess", "admin"],
                      ["set-email", "grace", "C@example.org"], ["set-email", "grace", "nowhere"]):
            self.assertEqual(self.run_command("user", *words).returncode, 1, words)
        row = json.loads(self.run_ok("user", "set-email", "countess", "--none", "--json"))
        self.assertEqual((row["email"], row["changed"]), (None, True))
        again = json.loads(self.run_ok("user", "set-email", "countess", "--none", "--json"))
        self.assertEqual((again["email"], again["changed"]), (None, False))
        self.assertEqual(
            self.cluster.sql("select action, detail from signet.audit where action in ('user-renamed', 'email-set')"
                             " order by id", self.url).splitlines(),
            ["user-renamed|from ada to countess", "email-set|from ada@example.org to c@example.org",
             "email-set|from c@example.org to none"])

    def test_roles_are_granted_and_revoked_together_and_the_webhook_follows(self):
        self.run_ok("user", "create", "ada", stdin=PASSWORD + "\n")
        for role in ("editor", "reviewer"):
            self.run_ok("role", "create", role)
        server = self.signet(self.url)
        token = server.login("ada").json["token"]
        self.assertIn("granted roles editor, reviewer to ada", self.run_ok("user", "grant", "ada", "reviewer", "editor"))
        as_editor = lambda: server.get("/webhook", headers={**support.bearer(token), "X-Hasura-Role": "editor"}).status
        support.wait_until(lambda: as_editor() == 200, 1, "the webhook to follow")
        failed = self.run_command("user", "revoke", "ada", "editor", "nosuch")
        self.assertEqual(failed.returncode, 1)
        self.assertIn('"nosuch"', failed.stderr)
        self.assertEqual(as_editor(), 200)
        self.assertIn("already has role editor; nothing changed", self.run_ok("user", "grant", "ada", "editor"))
        self.run_ok("user", "revoke", "ada", "editor", "reviewer")
        support.wait_until(lambda: as_editor() == 401, 1, "the webhook to follow")
        self.assertIn("does not have roles editor, reviewer; nothing changed",
                      self.run_ok("user", "revoke", "ada", "editor", "reviewer"))
        row = json.loads(self.run_ok("user", "revoke", "ada", "editor", "--json"))
        self.assertEqual((row["username"], row["roles"], row["changed"]), ("ada", ["user"], False))
        self.assertEqual(self.cluster.sql("select action, count(*) from signet.audit where action like 'role-%ed'"
                                          " group by action order by action", self.url).splitlines(),
                         ["role-created|2", "role-granted|2", "role-revoked|2"])

    def test_lists_are_limited_and_filtered_and_say_when_there_is_more(self):
        self.run_ok("role", "create", "editor")
        self.cluster.sql("""insert into "user" (username, email)
                            select 'user_' || n, case when n % 2 = 0 then n || '@Example.org' end
                            from generate_series(1, 150) n;
                            insert into user_role (user_id, role_id)
                            select u.id, r.id from "user" u, role r where u.username in ('user_7', 'user_8')""",
                         self.url)
        done = self.run_command("user", "list", "--json")
        self.assertEqual(len(json.loads(done.stdout)), 100)
        self.assertIn("there are more users; these are 100", done.stderr)
        done = self.run_command("user", "list", "--limit", "150")
        self.assertEqual((len(done.stdout.splitlines()), done.stderr), (151, ""))
        rows = json.loads(self.run_ok("user", "list", "--search", "@EXAMPLE", "--role", "editor", "--json"))
        self.assertEqual([(row["username"], row["roles"]) for row in rows], [("user_8", ["editor", "user"])])
        self.assertEqual(json.loads(self.run_ok("user", "list", "--search", "user%", "--json")), [])
        self.assertEqual(len(json.loads(self.run_ok("user", "list", "--role", "user", "--limit", "200", "--json"))), 150)
        self.assertEqual(self.run_command("user", "list", "--role", "nosuch").returncode, 1)
        self.assertEqual(json.loads(self.run_ok("role", "list", "--search", "EDIT", "--json")),
                         [{"name": "editor", "users": 2}])
        self.run_ok("role", "create", "reviewer")
        done = self.run_command("role", "list", "--limit", "1")
        self.assertEqual((done.stdout, done.returncode), ("NAME    USERS\neditor  2\n", 0))
        self.assertIn("there are more roles; these are 1", done.stderr)

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
