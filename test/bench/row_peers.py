"""What a user might pick instead: Express as the tutorials write it, and better-auth. Figures without a target."""

import hashlib
import json
import pathlib
import shutil
import subprocess

import load
import machine
import people
import stage as stages
import support
from ratios import Row, missing

HERE = pathlib.Path(__file__).resolve().parent / "peers"
NPM_SECONDS_MAX = 300
PASSWORD = support.PASSWORD
NAMES = {"express": "Express + jsonwebtoken + bcrypt", "better_auth": "better-auth"}


def install():
    """The packages below build/, where git does not look; again only when the lock file changes."""
    home = stages.build_folder() / "peers"
    if not shutil.which("node") or not shutil.which("npm"):
        raise RuntimeError("node and npm are not installed")
    mark = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    home.mkdir(exist_ok=True)
    for file in HERE.iterdir():
        shutil.copy(file, home / file.name)
    if (home / "installed").is_file() and (home / "installed").read_text() == mark:
        return home
    done = subprocess.run(["npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund",
                           "--loglevel=error"], cwd=home, capture_output=True, text=True, timeout=NPM_SECONDS_MAX,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        said = (done.stderr.strip() or "no reason given").splitlines()[0]
        raise RuntimeError(f"npm could not install the packages: {said}")
    (home / "installed").write_text(mark)
    return home


class Peer:
    """One of the servers of peers/, in a process, with a database of its own and a user who is signed in."""

    def __init__(self, home, name, url):
        self.log = home / f"{name}.log"
        self.port = support.free_port()
        env = {**support.clean_environment(), "PORT": str(self.port), "DATABASE_URL": url, "NODE_ENV": "production",
               "SECRET": "a-secret-of-the-benchmark-and-of-nothing-else"}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(["node", home / f"{name}.mjs"], cwd=home, env=env, stdout=log, stderr=log)

    def close(self):
        self.process.kill()
        self.process.wait()

    def request(self, method, path, body=None, headers=None):
        return support.Signet.request(self, method, path, body=body, headers=headers)

    def wait(self):
        def is_up():
            if self.process.poll() is not None:
                raise RuntimeError("it exited: " + self.log.read_text(errors="replace").strip()[-300:])
            try:
                return self.request("GET", "/up").status == 200
            except OSError:
                return False
        support.wait_until(is_up, what="a peer")


def express(peer):
    body = {"username": "somebody", "password": PASSWORD}
    must(peer.request("POST", "/signup", body))
    token = must(peer.request("POST", "/login", body)).json["token"]
    return ("/login", {"body": json.dumps(body)}), ("/me", {"token": token})


def better_auth(peer):
    body = {"email": "somebody@example.org", "password": PASSWORD}
    must(peer.request("POST", "/api/auth/sign-up/email", {**body, "name": "Somebody"}))
    signed_in = must(peer.request("POST", "/api/auth/sign-in/email", body))
    cookie = "; ".join(text.split(";", 1)[0] for text in signed_in.cookies)
    return ("/api/auth/sign-in/email", {"body": json.dumps(body)}), ("/api/auth/get-session", {"cookie": cookie})


def must(answer):
    if answer.status != 200:
        raise RuntimeError(f"a peer answered {answer.status}: {answer.body[:200]}")
    return answer


def peers(stage):
    home = install()
    url = stage.cluster.fresh_database()
    server = stage.signet(url)
    people.make_users(stage, server, url, 100)
    ours = ("/login", {"body": stages.LOGIN, "users": 100}), ("/webhook", {"token": stages.login(server, 0)["token"]})
    rows = []
    for key, prepare in (("express", express), ("better_auth", better_auth)):
        try:
            peer = stage.closing(Peer(home, key, stage.cluster.fresh_database()))
            peer.wait()
            theirs = prepare(peer)
        except (RuntimeError, AssertionError, OSError, KeyError) as error:
            rows.append(missing("peers", f"{NAMES[key]}", str(error)))
            continue
        rows += compare(stage, NAMES[key], (server, ours), (peer, theirs))
    return rows


def compare(stage, name, us, them):
    login = Row("peers", f"login: {name}", "per CPU second", note=COMPARED[name])
    check = Row("peers", f"webhook, or a check of a token or session: {name}", "per CPU second")
    rate = Row("peers", f"the same, flat out: {name}", "requests/s", note="one process of Node")
    per_cpu(stage, them[0], *them[1][1], connections=16)  # Node compiles what is used
    for _ in stage.each_round():
        login.add(*(per_cpu(stage, server, *asks[0], connections=4)[0] for server, asks in (us, them)))
        checks = [per_cpu(stage, server, *asks[1], connections=16) for server, asks in (us, them)]
        check.add(*(one[0] for one in checks))
        rate.add(*(one[1] for one in checks))
    return [login, check, rate]


COMPARED = {
    NAMES["express"]: "bcrypt with 10 rounds and HS256, as tutorials have it; jsonwebtoken tries a secret that is text as "
                      "a public key first, at every check",
    NAMES["better_auth"]: "scrypt, and a session in PostgreSQL that every check reads, as it comes",
}


def per_cpu(stage, server, path, said, connections):
    pid = server.process.pid
    before = machine.cpu_seconds(pid)
    heard = load.all_good(load.wrk(server.port, path, stage.seconds, connections=connections, **said), path)
    return heard.good / (machine.cpu_seconds(pid) - before), heard.rate
