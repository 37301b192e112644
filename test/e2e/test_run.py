"""The script ./run as a newcomer meets it; the build is left out, the binary is there already."""

import html.parser
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

import mail_server
import support

SETTLED = "Ctrl-C stops everything."


class Terminal:
    """./run in a terminal of its own."""

    def __init__(self, folder, **settings):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.environ.update(settings)
            os.execv(folder + "/run", [folder + "/run"])

    def read_until(self, what):
        end = time.monotonic() + support.DEADLINE_S
        while what not in self.text:
            if time.monotonic() > end:
                raise AssertionError(f"waited for {what!r}:\n{self.text}")
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    self.text += os.read(self.fd, 4096).decode(errors="replace").replace("\r", "")
                except OSError:
                    raise AssertionError(f"ended before {what!r}:\n{self.text}") from None
        return self.text

    def press_ctrl_c(self):
        os.write(self.fd, b"\x03")

    def hang_up(self):
        os.close(self.fd)
        self.fd = None

    def exit_code(self):
        end = time.monotonic() + support.DEADLINE_S
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            if self.fd is not None and select.select([self.fd], [], [], 0.05)[0]:
                try:
                    self.text += os.read(self.fd, 4096).decode(errors="replace")
                except OSError:
                    pass
            time.sleep(0.02)
        raise AssertionError(f"./run did not end:\n{self.text}")


class Form(html.parser.HTMLParser):
    """The one form of a page."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            assert self.action is None and attributes["method"] == "post"
            self.action = attributes["action"]
        elif tag == "input" and "name" in attributes:
            self.fields[attributes["name"]] = attributes.get("value", "")


class RunScript(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="signet-run-")
        self.addCleanup(self.clean_up)
        os.chmod(self.folder, 0o755)
        shutil.copy(support.ROOT / "run", self.folder)
        shutil.copytree(support.ROOT / "sql", self.folder + "/sql")
        release = pathlib.Path(self.folder, "build/release")
        release.mkdir(parents=True)
        (release / "signet").symlink_to(support.BINARY)
        (release / "CMakeCache.txt").write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={self.folder}\n")
        pathlib.Path(self.folder, "CMakePresets.json").touch()
        (release / "build.ninja").touch()
        bin_folder = pathlib.Path(self.folder, "bin")
        bin_folder.mkdir()
        (bin_folder / "cmake").write_text("#!/bin/sh\n")
        (bin_folder / "cmake").chmod(0o755)
        self.port = support.free_port()
        self.settings = {"PORT": str(self.port), "PATH": f"{bin_folder}:{os.environ['PATH']}"}

    def clean_up(self):
        script = self.folder + "/sql/cluster.sh"
        cluster = pathlib.Path(self.folder, "var/postgres")
        subprocess.run([script, "stop", cluster], capture_output=True, timeout=60)
        support.remove_cluster(cluster)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, **settings):
        terminal = Terminal(self.folder, **{**self.settings, **settings})
        terminal.read_until(SETTLED)
        return terminal

    def processes(self):
        """Whatever runs in the folder or names it: the script, the server, PostgreSQL."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if str(self.folder) in line or os.readlink(entry / "cwd").startswith(self.folder):
                    found.append(line)
            except OSError:
                continue
        return found

    def pretend_to_be(self, system, programs):
        """Another distribution: its /etc/os-release, and programs that stand before the real ones."""
        release = pathlib.Path(self.folder, "os-release")
        release.write_text(system)
        script = pathlib.Path(self.folder, "run")
        script.write_text(script.read_text().replace("/etc/os-release", str(release)))
        for name, text in programs.items():
            program = pathlib.Path(self.folder, "bin", name)
            program.write_text("#!/bin/bash\n" + text)
            program.chmod(0o755)

    def run_in_vain(self):
        run = subprocess.run([self.folder + "/run"], env={**os.environ, **self.settings},
                             stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        return run.stderr

    def assert_nothing_is_left(self):
        support.wait_until(lambda: not self.processes(), 5, "the processes to end")

    def test_the_printed_commands_work_and_ctrl_c_leaves_nothing_behind(self):
        terminal = self.start()
        lines = re.findall(r"^(?:curl|HASURA_GRAPHQL_JWT_SECRET=).*$", terminal.text, re.MULTILINE)
        signup, secret, webhook = lines
        shell = lambda line: subprocess.run(["bash", "-c", line], capture_output=True, text=True).stdout
        self.assertEqual(json.loads(shell(signup))["roles"], ["user"])
        self.assertEqual(json.loads(shell(webhook))["X-Hasura-Role"], "user")
        taken = json.loads(shell(secret + "; echo \"$HASURA_GRAPHQL_JWT_SECRET\""))
        self.assertEqual(taken["jwk_url"], f"http://127.0.0.1:{self.port}/jwks")
        terminal.press_ctrl_c()
        self.assertEqual(terminal.exit_code(), 0)
        self.assert_nothing_is_left()

    def ask(self, path, body=None, form=None):
        """Asks as a browser does, and follows redirects. Returns where it ended, and the page."""
        headers = {"Accept": "text/html,*/*;q=0.8"}
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        if form is not None:
            headers.update({"Origin": "null", "Sec-Fetch-Site": "same-origin"})
            body = urllib.parse.urlencode(form).encode()
        url = urllib.parse.urljoin(f"http://127.0.0.1:{self.port}", path)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(url, body, headers), timeout=15) as answer:
            return answer.url, answer.read().decode()

    def test_who_forgot_the_password_gets_in_again_without_a_setting(self):
        terminal = self.start()
        folder = pathlib.Path(self.folder, "var/mail")
        self.assertIn(f"each becomes a file in {folder}\n", terminal.text)
        self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        ada = {"username": "ada", "email": "ada@example.org"}
        self.ask("/signup", {**ada, "password": support.PASSWORD})
        self.assertEqual(self.ask("/password/reset-request", {"username": "ada"})[1], "")
        support.wait_until(lambda: list(folder.glob("*.eml")), what="the mail")
        (mail,) = folder.glob("*.eml")
        self.assertEqual(stat.S_IMODE(mail.stat().st_mode), 0o600)
        message = mail_server.parse(mail.read_bytes())
        self.assertEqual((message["To"], message["From"]), ("ada@example.org", "signet@localhost"))
        link = re.search(r"^http\S+$", mail_server.text_of(message), re.MULTILINE)[0]
        url, page = self.ask(link)
        form = Form(page)
        self.assertEqual(set(form.fields), {"ticket", "newPassword"})
        place, page = self.ask(urllib.parse.urljoin(url, form.action),
                               form={**form.fields, "newPassword": "walnut-Harbour-62-kettle"})
        self.assertEqual(place, f"http://127.0.0.1:{self.port}/?done=reset-password")
        self.assertIn("Your password was saved", page)
        self.assertIn('"token"', self.ask("/login", {"username": "ada", "password": "walnut-Harbour-62-kettle"})[1])
        # A command finds the mails, too.
        invited = self.run_signet("user", "invite", "bob@example.org")
        self.assertEqual(invited.returncode, 0, invited.stderr)
        support.wait_until(lambda: any("bob@" in each.read_text() for each in folder.glob("*.eml")), what="the invitation")
        terminal.press_ctrl_c()
        self.assertEqual(terminal.exit_code(), 0)

    def test_mail_that_is_configured_or_switched_off_stays_so(self):
        env_file = pathlib.Path(self.folder, ".env")
        for where, settings in (("export AUTH_MAIL_URL='file:elsewhere'\nAUTH_MAIL_FROM=a@example.org\n", {}),
                                ("", {"AUTH_MAIL_URL": ""})):
            env_file.write_text(where)
            terminal = self.start(**settings)
            self.assertNotIn("Mails are not sent", terminal.text)
            self.assertFalse(pathlib.Path(self.folder, "var/mail").exists())
            if where:
                self.assertEqual(self.run_signet("mail", "test", "ada@example.org").returncode, 0)
                self.assertEqual(len(list(pathlib.Path(self.folder, "elsewhere").glob("*.eml"))), 1)
            terminal.press_ctrl_c()
            self.assertEqual(terminal.exit_code(), 0)

    def test_addresses_that_have_to_be_proven_need_no_mail_server(self):
        pathlib.Path(self.folder, ".env").write_text("AUTH_EMAIL_VERIFICATION=required\n")
        terminal = self.start()
        terminal.press_ctrl_c()
        self.assertEqual(terminal.exit_code(), 0)

    def test_a_second_start_keeps_users_and_keys(self):
        first = self.start()
        signup = re.search(r"^curl .*/signup .*$", first.text, re.MULTILINE)[0]
        shell = lambda line: subprocess.run(["bash", "-c", line], capture_output=True, text=True).stdout
        keys = shell(f"curl -s http://127.0.0.1:{self.port}/jwks")
        self.assertIn("token", json.loads(shell(signup)))
        first.press_ctrl_c()
        self.assertEqual(first.exit_code(), 0)
        second = self.start()
        self.assertEqual(shell(f"curl -s http://127.0.0.1:{self.port}/jwks"), keys)
        self.assertIn("token", json.loads(shell(signup.replace("/signup", "/login"))))
        second.press_ctrl_c()
        self.assertEqual(second.exit_code(), 0)

    def test_sigterm_and_a_closed_terminal_leave_nothing_behind(self):
        terminal = self.start()
        os.kill(terminal.pid, signal.SIGTERM)
        self.assertEqual(terminal.exit_code(), 0)
        self.assert_nothing_is_left()
        terminal = self.start()
        terminal.hang_up()
        self.assertEqual(terminal.exit_code(), 0)
        self.assert_nothing_is_left()

    def test_on_an_unknown_system_it_names_what_is_missing_and_goes_on_once_it_is_there(self):
        # A compiler that finds every header but those that are named in a file.
        hidden = pathlib.Path(self.folder, "hidden")
        hidden.write_text("argon2.h\nCLI/CLI.hpp\n")
        self.pretend_to_be('ID=fedora\nVERSION_ID=42\nPRETTY_NAME="Fedora Linux 42"\n', {
            "g++": f'! grep -qFf "{hidden}"\n', "ninja": "", "ccache": "", "pkg-config": "",
            "dpkg-query": "exit 1\n", "apt-get": "exit 1\n"})
        said = self.run_in_vain()
        self.assertIn("Fedora Linux 42", said)
        self.assertIn("it goes on once they are there", said)
        self.assertEqual(said.rstrip().rpartition(": ")[2].split(), ["libargon2-dev", "libcli11-dev"])
        hidden.write_text("no header\n")
        terminal = self.start()
        terminal.press_ctrl_c()
        self.assertEqual(terminal.exit_code(), 0)

    def test_on_ubuntu_it_installs_what_is_missing(self):
        folder = pathlib.Path(self.folder)
        self.pretend_to_be('ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04.3 LTS"\n', {
            "dpkg-query": f'[ -e "{folder}/asked" ] && printf installed\n',
            "apt-get": f'[ -e "{folder}/enabled" ] && echo "$@" >>"{folder}/asked"\n',
            "apt-cache": "", "sudo": '[ "$1" != -n ] || shift\nexec "$@"\n'})
        said = self.run_in_vain()
        self.assertIn("universe", said)
        self.assertIn("libzxcvbn-dev", said)
        (folder / "enabled").touch()
        terminal = self.start()
        asked = (folder / "asked").read_text().split()
        self.assertIn("install", asked)
        for package in ("g++", "libboost1.83-dev", "libpqxx-dev", "libcli11-dev"):
            self.assertIn(package, asked)
        terminal.press_ctrl_c()
        self.assertEqual(terminal.exit_code(), 0)

    def test_it_ends_with_the_server_and_with_its_exit_code(self):
        terminal = Terminal(self.folder, **self.settings, AUTH_NO_SUCH_NAME="1")
        self.assertEqual(terminal.exit_code(), 78)
        self.assertIn("AUTH_NO_SUCH_NAME", terminal.text)
        self.assert_nothing_is_left()

    def test_a_second_run_in_the_same_place_and_a_taken_port_are_told_apart(self):
        terminal = self.start()
        second = subprocess.run([self.folder + "/run"], env={**os.environ, **self.settings},
                                stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(second.returncode, 1)
        self.assertIn("already runs", second.stderr)
        os.kill(terminal.pid, signal.SIGTERM)
        self.assertEqual(terminal.exit_code(), 0)
        with support.socket.create_server(("127.0.0.1", self.port)):
            busy = subprocess.run([self.folder + "/run"], env={**os.environ, **self.settings},
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(busy.returncode, 1)
        self.assertIn(f"port {self.port} is taken", busy.stderr)

    def run_signet(self, *words, stdin=None):
        return subprocess.run([self.folder + "/run", "signet", *words], env={**os.environ, **self.settings},
                              input=stdin, stdin=None if stdin else subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=support.DEADLINE_S)

    def test_commands_reach_the_private_database_whether_the_server_runs_or_not(self):
        self.assertEqual(self.run_signet("user", "list").returncode, 78)  # there is no database yet
        self.assertEqual(self.run_signet("version").returncode, 0)
        terminal = self.start()
        made = self.run_signet("user", "create", "ada", stdin=support.PASSWORD + "\n")
        self.assertEqual((made.returncode, made.stderr), (0, ""), made.stderr)
        terminal.press_ctrl_c()
        self.assertEqual(terminal.exit_code(), 0)
        self.assert_nothing_is_left()
        listed = self.run_signet("user", "list", "--json")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertEqual([row["username"] for row in json.loads(listed.stdout)], ["ada"])
        self.assertEqual(self.run_signet("user", "crate").returncode, 2)
        self.assert_nothing_is_left()

    def test_env_file_means_to_the_script_what_it_means_to_the_server(self):
        cluster = support.Cluster()
        self.addCleanup(cluster.close)
        del self.settings["PORT"]
        secret = pathlib.Path(self.folder, "url")
        secret.write_text(cluster.fresh_database() + "\n")
        secret.chmod(0o600)
        pathlib.Path(self.folder, ".env").write_text(
            f"export PORT=\"{self.port}\" # a comment\nDATABASE_URL_FILE='{self.folder}/url'\n")
        terminal = self.start()
        self.assertIn(f"Signet serves on http://127.0.0.1:{self.port}.", terminal.text)
        self.assertFalse(pathlib.Path(self.folder, "var/postgres").exists())
        terminal.press_ctrl_c()
        self.assertEqual(terminal.exit_code(), 0)

    def test_an_empty_database_url_hides_that_of_the_env_file(self):
        pathlib.Path(self.folder, ".env").write_text("DATABASE_URL=postgres://nobody@127.0.0.1:1/none\n")
        terminal = self.start(DATABASE_URL="")
        self.assertTrue(pathlib.Path(self.folder, "var/postgres").exists())
        terminal.press_ctrl_c()
        self.assertEqual(terminal.exit_code(), 0)

    def test_with_a_database_of_ones_own_no_cluster_is_made(self):
        cluster = support.Cluster()
        self.addCleanup(cluster.close)
        terminal = self.start(DATABASE_URL=cluster.fresh_database())
        self.assertFalse(pathlib.Path(self.folder, "var/postgres").exists())
        terminal.press_ctrl_c()
        self.assertEqual(terminal.exit_code(), 0)


if __name__ == "__main__":
    unittest.main()
