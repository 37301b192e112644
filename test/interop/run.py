"""Starts a PostgreSQL and a Signet, and lets other people's libraries judge it."""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from support import BINARY, Cluster, Signet  # noqa: E402

# Debian's own interpreter: it is the one that has Debian's jwcrypto.
VERIFIERS = (
    ["node", "verify.mjs"],
    ["/usr/bin/python3", "verify.py"],
    ["node", "differential.mjs"],
)
GRAPHQL = ["node", "graphql.mjs"]
ACTION_SECRET = "only-hasura-knows-this"
FORGER = ["node", "forge.mjs"]
METADATA = ["node", "metadata.mjs"]
JUDGE_SECONDS_MAX = 300


def judge(command, server, alg, **further):
    print("--", *command, alg, flush=True)
    environment = {
        **os.environ,
        "SIGNET_URL": f"http://127.0.0.1:{server.port}",
        "SIGNET_KEYS_DIR": server.keys,
        "SIGNET_ALG": alg,
        "SIGNET_ACTION_SECRET": ACTION_SECRET,
        **further,
    }
    done = subprocess.run(
        command, cwd=HERE, env=environment, timeout=JUDGE_SECONDS_MAX, check=False
    )
    return done.returncode == 0


def judge_all(cluster, alg, judges):
    settings = {"AUTH_SIGNING_ALG": alg, "AUTH_ACTION_SECRET": ACTION_SECRET}
    server = Signet(cluster.fresh_database(), wait="/readyz", env=settings)
    try:
        return [judge(command, server, alg) for command in judges]
    finally:
        server.close()


def judge_openapi(cluster):
    """Everything that can be described is on, and a mail is a file."""
    with tempfile.TemporaryDirectory() as mails:
        settings = {"AUTH_ACTION_SECRET": ACTION_SECRET, "AUTH_MAIL_URL": f"file:{mails}",
                    "AUTH_MAIL_FROM": "signet@example.org", "AUTH_LIMIT_MAIL": "off", "AUTH_LIMIT_SIGNUP": "off",
                    "AUTH_LIMIT_LOGIN": "off", "AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1"}
        server = Signet(cluster.fresh_database(), wait="/readyz", env=settings)
        try:
            return judge(["node", "openapi.mjs"], server, "RS256", SIGNET_MAILS=mails)
        finally:
            server.close()


def judge_metadata():
    print("--", *METADATA, flush=True)
    environment = {**os.environ, "SIGNET_BINARY": str(BINARY)}
    return subprocess.run(METADATA, cwd=HERE, env=environment, timeout=JUDGE_SECONDS_MAX, check=False).returncode == 0


def main():
    cluster = Cluster()
    try:
        verdicts = [judge_metadata()]
        verdicts.append(judge_openapi(cluster))
        verdicts += judge_all(cluster, "RS256", (*VERIFIERS, FORGER, GRAPHQL))
        for alg in ("ES256", "EdDSA"):
            verdicts += judge_all(cluster, alg, VERIFIERS)
    finally:
        cluster.close()
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
