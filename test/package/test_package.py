"""The package for Debian and the image, made of the release build: what is in them, and that they serve."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/e2e"))
import support  # noqa: E402  pylint: disable=wrong-import-position

BUILD = ROOT / "build/release"
OUT = ROOT / "build/package"
RELEASE = dict(re.findall(r'^(\w+)="?([^"\n]*)', pathlib.Path("/etc/os-release").read_text(), re.MULTILINE))
BASE = OUT / f"base-{RELEASE['VERSION_CODENAME']}.tar"
CHEAP = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1"}
# The binary has 6 MiB, and its libraries that Debian's base lacks have as much: 14 together on Debian 12.
# A compiler, the lists of apt or a binary with its symbols would be more.
IMAGE_ADDS_MAX_MIB = 24


def run(*command, timeout=300, **options):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=timeout, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def need_root(*programs):
    """Skips the class where its parts of another system cannot be made."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("needs root, to make the root of another system")
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        raise unittest.SkipTest(f"{', '.join(missing)} is not installed")


def base():
    """The root of a minimal Debian as a tar archive. It is made once, which takes a minute."""
    if not BASE.exists():
        OUT.mkdir(exist_ok=True)
        unfinished = BASE.with_suffix(".new.tar")
        run("mmdebstrap", "--mode=root", "--variant=minbase", "--include=adduser,ca-certificates",
            RELEASE["VERSION_CODENAME"], unfinished, timeout=600)
        unfinished.rename(BASE)
    return BASE


def scratch(test, where=None):
    """A folder for as long as the test or the class runs."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="signet-package-", dir=where))
    folder.chmod(0o755)
    add = test.addClassCleanup if isinstance(test, type) else test.addCleanup
    add(shutil.rmtree, folder, ignore_errors=True)
    return folder


def judge_bill(test, bill):
    """Whether it is a CycloneDX document that names what Signet is made of."""
    test.assertEqual((bill["bomFormat"], bill["specVersion"], bill["version"]), ("CycloneDX", "1.5", 1))
    test.assertLessEqual(set(bill), {"bomFormat", "specVersion", "version", "metadata", "components"})
    test.assertEqual(bill["metadata"]["component"]["name"], "signet")
    found = {}
    for component in bill["components"]:
        test.assertEqual(set(component), {"type", "bom-ref", "name", "version", "purl", "properties"})
        test.assertEqual(component["type"], "library")
        test.assertRegex(component["purl"], rf"^pkg:deb/{RELEASE['ID']}/[a-z0-9.%B-]+@[A-Za-z0-9.%~-]+\?arch=\w+&distro=")
        [linked] = component["properties"]
        test.assertEqual(linked["name"], "signet:linked")
        found.setdefault(linked["value"], set()).add(component["name"])
    test.assertEqual(set(found), {"shared", "compiled in"})
    for name in ("libpq5", "libpqxx", "libcurl4", "libssl3", "libyaml-cpp", "libargon2", "libc6"):
        test.assertTrue(any(owner.startswith(name) for owner in found["shared"]), name)
    for name in ("libboost", "libsodium-dev", "libcli11-dev", "tao-pegtl-dev"):
        test.assertTrue(any(owner.startswith(name) for owner in found["compiled in"]), name)


class Package(support.ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shutil.rmtree(OUT / "deb", ignore_errors=True)
        run("cpack", "-B", OUT / "deb", cwd=BUILD)
        [cls.deb] = (OUT / "deb").glob("*.deb")
        cls.root = scratch(cls)
        run("dpkg-deb", "-x", cls.deb, cls.root)

    def field(self, name):
        return run("dpkg-deb", "-f", self.deb, name).strip()

    def test_lintian_finds_no_error(self):
        print(run("lintian", "--allow-root", "--fail-on", "error", self.deb))

    def test_it_needs_the_libraries_that_are_loaded(self):
        version = re.search(r"VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text().split("project(signet")[1])[1]
        self.assertEqual(self.field("Version"), f"{version}-1+{RELEASE['ID']}{RELEASE['VERSION_ID']}")
        for name in ("adduser", "libc6", "libpq5", "libpqxx", "libcurl4", "libssl3", "libargon2"):
            self.assertRegex(self.field("Depends"), rf"\b{name}")

    def test_everything_belongs_to_root_and_only_the_settings_are_closed(self):
        listed = run("dpkg-deb", "-c", self.deb).splitlines()
        self.assertEqual({line.split()[1] for line in listed}, {"root/root"})
        modes = {line.split()[5].removeprefix("."): line.split()[0] for line in listed}
        self.assertEqual(modes.pop("/usr/bin/signet"), "-rwxr-xr-x")
        self.assertEqual(modes.pop("/etc/signet/signet.env"), "-rw-r-----")
        self.assertEqual(set(modes.values()), {"drwxr-xr-x", "-rw-r--r--"})
        for path in ("usr/lib/systemd/system/signet.service", "usr/share/man/man1/signet.1.gz",
                     "usr/share/bash-completion/completions/signet", "usr/share/zsh/vendor-completions/_signet",
                     "usr/share/fish/vendor_completions.d/signet.fish", "usr/share/signet/hasura_rights.sql",
                     "usr/share/doc/signet/README.md", "usr/share/doc/signet/copyright",
                     "usr/share/doc/signet/docs/operations.md"):
            self.assertIn("/" + path, modes)

    def test_the_manual_page_has_every_command_and_pleases_man(self):
        page = self.root / "usr/share/man/man1/signet.1.gz"
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", page], capture_output=True, text=True,
                              timeout=60, env={**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        commands = re.findall(r"^\| `(signet [a-z -]*[a-z])", (ROOT / "docs/commands.md").read_text(), re.MULTILINE)
        self.assertGreater(len(commands), 30)
        for command in commands:
            self.assertIn(command, done.stdout)
        for mark in ("`", "](", "\\|"):
            self.assertNotIn(mark, done.stdout)

    def test_the_bill_of_materials_names_what_is_linked_and_compiled_in(self):
        documents = self.root / "usr/share/doc/signet"
        judge_bill(self, json.loads((documents / "signet.cdx.json").read_text()))
        self.assertIn("Permission to use", (documents / "licences/libsodium-dev").read_text())

    def test_without_a_database_it_says_which_setting_is_missing(self):
        done = subprocess.run([self.root / "usr/bin/signet", "serve"], capture_output=True, text=True, timeout=30,
                              env={"PATH": "/usr/bin:/bin"}, cwd=scratch(self))
        self.assertEqual(done.returncode, 78)
        self.assertIn("DATABASE_URL", done.stderr)

    def test_what_the_unit_starts_serves_with_the_settings_of_the_package_as_another_user(self):
        state = scratch(self)
        settings = self.root / "etc/signet/signet.env"
        port = support.free_port()
        given = {"DATABASE_URL": self.cluster.fresh_database(), "PORT": port, **CHEAP}
        settings.write_text(settings.read_text() + "".join(f"{name}={value}\n" for name, value in given.items()))
        (state / ".env").symlink_to(settings)
        become = []
        if os.geteuid() == 0:
            become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all",
                      "--no-new-privs"]
            os.chown(settings, 0, 65534)
            os.chown(state, 65534, 65534)
        unit = (self.root / "usr/lib/systemd/system/signet.service").read_text()
        program, *words = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1].split()
        command = [*become, str(self.root) + program]
        server = Running([*command, *words], port, cwd=state)
        self.addCleanup(server.close)
        server.wait_until_ready()
        self.assertTrue((state / "keys/keys.json").exists())
        # Commands in that directory have the same settings and keys.
        signed = run(*command, "keys", "list", "--json", cwd=state, env={"PATH": "/usr/bin:/bin"})
        self.assertIn("active", [key["state"] for key in json.loads(signed)])

    def test_installed_and_purged_it_keeps_the_keys_until_the_purge_which_says_so(self):
        need_root("mmdebstrap", "chroot")
        root = scratch(self, base().parent)
        run("tar", "-C", root, "-xf", base())
        shutil.copy(self.deb, root / "signet.deb")

        def dpkg(*words):
            # The libraries are not there, as nothing is fetched for this.
            return run("chroot", root, "dpkg", "--force-depends", *words, env={"PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"})

        told = dpkg("-i", "/signet.deb")
        self.assertIn("set DATABASE_URL in /etc/signet/signet.env", told)
        user = re.search(r"^signet:x:(\d+):(\d+):.*:/var/lib/signet:/usr/sbin/nologin$",
                         (root / "etc/passwd").read_text(), re.MULTILINE)
        uid, gid = int(user[1]), int(user[2])
        settings, state = root / "etc/signet/signet.env", root / "var/lib/signet"
        self.assertEqual(mode_and_owner(settings), (0o640, 0, gid))
        self.assertEqual(mode_and_owner(state), (0o700, uid, gid))
        self.assertEqual(os.readlink(state / ".env"), "/etc/signet/signet.env")
        self.assertTrue((root / "etc/systemd/system/multi-user.target.wants/signet.service").is_symlink())

        (state / "keys").mkdir()
        (state / "keys/key.pem").write_text("a key")
        settings.write_text("DATABASE_URL=postgres://here/\n")
        self.assertNotIn("set DATABASE_URL", dpkg("--force-confold", "-i", "/signet.deb"))
        self.assertEqual(settings.read_text(), "DATABASE_URL=postgres://here/\n")
        self.assertEqual(mode_and_owner(settings), (0o640, 0, gid))
        self.assertIn("the signing keys stay", dpkg("-r", "signet"))
        self.assertTrue((state / "keys/key.pem").exists() and settings.exists())
        self.assertIn("with the signing keys", dpkg("-P", "signet"))
        self.assertFalse(state.exists() or settings.exists())


def mode_and_owner(path):
    found = path.stat()
    return found.st_mode & 0o7777, found.st_uid, found.st_gid


class Running(support.Signet):
    """A server that another program started."""

    def __init__(self, command, port, cwd="/"):
        self.dir, self.port = tempfile.mkdtemp(prefix="signet-package-"), port
        self.log_path = self.dir + "/log"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([*map(str, command)], stdout=log, stderr=log, cwd=cwd,
                                            start_new_session=True, env={"PATH": os.environ["PATH"]})

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(support.DEADLINE_S)
        super().close()

    def wait_until_ready(self):
        support.wait_until(lambda: self.is_up("/readyz"), what=f"/readyz; log:\n{self.log()}")


class Image(support.ClusterTest):
    """Built by buildah, which needs no daemon. The stage that compiles is replaced by what package/image.sh lays out
    from the release build; the rest of the Dockerfile is run as it is."""

    @classmethod
    def setUpClass(cls):
        need_root("mmdebstrap", "buildah")
        super().setUpClass()
        cls.store = scratch(cls, base().parent)
        run(ROOT / "package/image.sh", BUILD, cls.store / "stage/out")
        (cls.store / "base").mkdir()
        os.link(base(), cls.store / "base/base.tar")
        (cls.store / "base/Dockerfile").write_text("FROM scratch\nADD base.tar /\n")
        cls.buildah("bud", "-t", "base", cls.store / "base")
        cls.buildah("bud", "--format", "docker", "-t", "signet", "--build-arg", "BASE=localhost/base",
                    "--build-context", f"build={cls.store}/stage", ROOT)
        cls.config = json.loads(cls.buildah("inspect", "--type", "image", "signet"))["Docker"]["config"]
        cls.container = cls.buildah("from", "signet").strip()
        cls.root = pathlib.Path(cls.buildah("mount", cls.container).strip())

    @classmethod
    def command(cls, *words):
        return ["buildah", "--root", cls.store / "root", "--runroot", cls.store / "run", "--storage-driver", "vfs", *words]

    @classmethod
    def buildah(cls, *words):
        return run(*cls.command(*words), env={**os.environ, "BUILDAH_ISOLATION": "chroot"})

    def test_it_serves_as_a_user_without_rights_and_its_health_check_says_so(self):
        self.assertEqual((self.config["User"], self.config["WorkingDir"]), ("signet", "/var/lib/signet"))
        self.assertEqual((self.config["Entrypoint"], self.config["Cmd"]), (["/usr/bin/signet"], ["serve"]))
        port = support.free_port()
        env = {"DATABASE_URL": self.cluster.fresh_database(), "PORT": port, "HOST": "127.0.0.1", **CHEAP}
        variables = [word for name, value in env.items() for word in ("-e", f"{name}={value}")]
        inside = self.command("run", "--isolation", "chroot", *variables, self.container, "--")
        kind, *check = self.config["Healthcheck"]["Test"]
        self.assertEqual(kind, "CMD")
        before = subprocess.run([*map(str, inside), *check], capture_output=True, timeout=60)
        self.assertNotEqual(before.returncode, 0)

        server = Running([*inside, *self.config["Entrypoint"], *self.config["Cmd"]], port)
        self.addCleanup(server.close)
        server.wait_until_ready()
        self.assertEqual(server.signup("ada.image").status, 200)
        run(*inside, *check)
        self.assertEqual(run(*inside, "id", "-u").strip(), "10001")
        [keys] = self.root.glob("var/lib/signet/keys")
        self.assertEqual(mode_and_owner(keys), (0o700, 10001, 10001))

    def test_it_adds_little_to_the_base_and_no_tools(self):
        with tarfile.open(base()) as archive:
            before = sum(member.size for member in archive if member.isfile())
        after = 0
        for folder, _, files in os.walk(self.root):
            for name in files:
                with contextlib.suppress(FileNotFoundError):
                    after += os.lstat(os.path.join(folder, name)).st_size
        added = (after - before) / 2**20
        print(f"the image adds {added:.1f} MiB to a base of {before / 2**20:.0f} MiB")
        self.assertLess(added, IMAGE_ADDS_MAX_MIB)
        for path in ("usr/bin/gcc", "usr/bin/cc", "usr/bin/cmake", "usr/bin/curl", "build"):
            self.assertFalse((self.root / path).exists(), path)
        self.assertEqual(list(self.root.glob("var/lib/apt/lists/*")), [])

    def test_it_has_a_bill_of_materials(self):
        judge_bill(self, json.loads((self.root / "usr/share/doc/signet/signet.cdx.json").read_text()))


if __name__ == "__main__":
    unittest.main()
