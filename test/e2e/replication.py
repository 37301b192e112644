"""A primary and its streaming standby, that are killed, promoted and brought back."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import support

SYNCHRONOUS = "*"  # synchronous_standby_names: every standby counts
MEMORY = "/dev/shm"
MEMORY_BYTES_MIN = 1 << 30


def folder():
    """Where data are kept: in memory, since it is processes that these tests kill, and disks are slow."""
    with contextlib.suppress(OSError):
        if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_BYTES_MIN:
            return MEMORY
    return None


def as_server(*command, **options):
    """Runs a command as the user of PostgreSQL, where root runs the tests."""
    become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
    done = subprocess.run([*become, *map(str, command)], capture_output=True, text=True, cwd="/", timeout=60,
                          check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


class Node(support.Cluster):
    """A server that may be a primary or the standby of another one."""

    environment = {}  # of the next start, beside the usual one

    def __init__(self, primary=None):
        if primary is None:
            super().__init__(folder())
            with open(self.data / "pg_hba.conf", "a", encoding="ascii") as rules:
                rules.write("local replication postgres peer map=owner\n")
            self.reload()
            return
        self.dir = tempfile.mkdtemp(prefix="signet-e2e-", dir=folder())
        os.chmod(self.dir, 0o755)
        self.port = support.free_port()
        self.databases = 0
        self._adopt_home_of(primary)
        self.follow(primary)

    @property
    def home(self):
        return pathlib.Path(self.dir, "cluster/location").read_text().strip()

    @property
    def data(self):
        return pathlib.Path(self.home, "data")

    def program(self, name):
        version = pathlib.Path(self.home, "version").read_text().strip()
        return f"/usr/lib/postgresql/{version}/bin/{name}"

    def _adopt_home_of(self, primary):
        """What cluster.sh keeps beside the data; a standby has the password of its primary."""
        folder = pathlib.Path(self.dir, "cluster")
        home = folder / "cluster"
        home.mkdir(parents=True)
        (folder / "location").write_text(f"{home}\n")
        (folder / "port").write_text(f"{self.port}\n")
        shutil.copy(pathlib.Path(primary.dir, "cluster/password"), folder)
        shutil.copy(pathlib.Path(primary.home, "version"), home)
        home.chmod(0o700)
        if os.geteuid() == 0:
            shutil.chown(home, "postgres", "postgres")

    def follow(self, primary):
        """Becomes a standby of `primary`, whatever it was; its data are made anew."""
        with contextlib.suppress(AssertionError):
            self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        as_server(self.program("pg_basebackup"), "-R", "--no-sync", "-c", "fast", "-X", "stream", "-D", self.data,
                  "-d", f"host={primary.home} port={primary.port} user=postgres")
        self.start()
        support.wait_until(lambda: primary.superuser_answer("select count(*) from pg_stat_replication") != "0",
                           what="the standby to stream")

    def superuser_answer(self, text):
        return as_server("psql", "-h", self.home, "-p", self.port, "-U", "postgres", "-X", "-A", "-t", "-q",
                         "-v", "ON_ERROR_STOP=1", "-c", text).strip()

    def set(self, name, value):
        self.superuser(f"alter system set {name} = '{value}'")
        self.reload()

    def reload(self):
        self.superuser("select pg_reload_conf()")

    def demand_a_standby(self):
        """From now on a commit is acknowledged only when a standby has it."""
        self.set("synchronous_standby_names", SYNCHRONOUS)
        support.wait_until(lambda: self.superuser_answer("select sync_state from pg_stat_replication") in
                           ("sync", "quorum"), what="the synchronous standby")

    def kill(self):
        """As if the machine had lost its power: nobody says goodbye."""
        processes = self.processes()
        segments = set().union(*(shared_memory(process) for process in processes))
        key = (self.data / "postmaster.pid").read_text().splitlines()[6].split()[-1]
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        support.wait_until(lambda: not any(is_running(process) for process in processes), what="the end of PostgreSQL")
        # What a machine without power forgets as well.
        for segment in segments:
            pathlib.Path(segment).unlink(missing_ok=True)
        subprocess.run(["ipcrm", "-m", key], capture_output=True, check=False)

    def start(self):
        if not self.environment:
            return super().start()
        return as_server("env", *(f"{name}={value}" for name, value in self.environment.items()),
                         self.program("pg_ctl"), "-s", "-w", "-D", self.data, "-l", f"{self.home}/server.log",
                         "-o", f"-p {self.port} -k '{self.home}' -c listen_addresses=127.0.0.1", "start")

    def shut_down(self, mode):
        as_server(self.program("pg_ctl"), "-D", self.data, "-m", mode, "-w", "stop")

    def promote(self):
        """Returns when it takes writes; it demands no standby then, since it has none."""
        as_server(self.program("pg_ctl"), "-D", self.data, "-w", "promote")
        self.set("synchronous_standby_names", "")

    def host(self):
        return f"127.0.0.1:{self.port}"


def shared_memory(process):
    """The files in memory that PostgreSQL shares between its processes, and leaves behind when it is killed."""
    with contextlib.suppress(OSError):
        return {word for word in pathlib.Path(f"/proc/{process}/maps").read_text().split()
                if word.startswith("/dev/shm/PostgreSQL.")}
    return set()


def is_running(process):
    """A process that nobody has waited for yet counts as ended."""
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def url_of(nodes, database="signet"):
    """A URL with all hosts in this order."""
    whole = nodes[0].url(database)
    assert f"@{nodes[0].host()}/" in whole, whole
    return whole.replace(f"@{nodes[0].host()}/", "@" + ",".join(node.host() for node in nodes) + "/")
