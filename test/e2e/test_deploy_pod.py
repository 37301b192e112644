"""The pods of docs/deploy/signet.yaml, without Kubernetes: their environment, their secrets and their user."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import support
from rotating import new_encryption_key
from support import bearer
from test_deploy import CHEAP, DOCS
from test_deploy_files import Confined, MANIFESTS

# What Kubernetes adds for Services of these names in the same namespace.
SERVICES = {}
for name, port in (("AUTH", 4000), ("AUTH_DB", 5432), ("SIGNET", 4000)):
    address = f"10.96.7.{len(SERVICES)}"
    SERVICES |= {
        f"{name}_SERVICE_HOST": address, f"{name}_SERVICE_PORT": str(port), f"{name}_SERVICE_PORT_HTTP": str(port),
        f"{name}_PORT": f"tcp://{address}:{port}", f"{name}_PORT_{port}_TCP": f"tcp://{address}:{port}",
        f"{name}_PORT_{port}_TCP_PROTO": "tcp", f"{name}_PORT_{port}_TCP_PORT": str(port),
        f"{name}_PORT_{port}_TCP_ADDR": address,
    }


def mounted(folder, files, mode, group):
    """A volume of a Secret as the kubelet lays it out: files of root and the pod's group behind two links."""
    data = folder / "..2026_11_27_10_00_00.1"
    data.mkdir(parents=True)
    for name, text in files.items():
        (data / name).write_text(text)
        (data / name).chmod(mode)
        if os.geteuid() == 0:
            os.chown(data / name, 0, group)
        (folder / name).symlink_to(f"..data/{name}")
    (folder / "..data").symlink_to(data.name)
    for each in (folder, data):
        if os.geteuid() == 0:
            os.chown(each, 0, group)
        each.chmod(0o2775)


class Pod:
    """What a manifest and the image say of a container, with its volumes below a folder."""

    def __init__(self, folder, documents, kind, secrets):
        template = next(each for each in documents if each["kind"] == kind)["spec"]["template"]["spec"]
        [self.container] = template["containers"]
        self.groups = [template["securityContext"]["fsGroup"]]
        self.grace_s = template.get("terminationGracePeriodSeconds")
        assert template["securityContext"]["runAsUser"] == Confined.UID
        image = re.search(r"^ENV (.*)$", (support.ROOT / "Dockerfile").read_text(), re.MULTILINE).group(1)
        self.env = dict(each.split("=", 1) for each in image.split())
        # Otherwise there would be variables for every Service of the namespace, too.
        assert template["enableServiceLinks"] is False
        self.env.update({each["name"]: each["value"] for each in self.container["env"]}, HOST="127.0.0.1")
        volumes = {each["name"]: each["secret"] for each in template["volumes"]}
        for mount in self.container["volumeMounts"]:
            volume, place = volumes[mount["name"]], folder / mount["mountPath"].lstrip("/")
            mounted(place, secrets[volume["secretName"]], volume["defaultMode"], self.groups[0])
            for name, value in self.env.items():
                if value.startswith(mount["mountPath"] + "/"):
                    self.env[name] = value.replace(mount["mountPath"], str(place), 1)


class Pods(support.ClusterTest):
    def setUp(self):
        printed = subprocess.run(["node", "manifests.mjs", DOCS / "signet.yaml"], cwd=MANIFESTS, check=True,
                                 capture_output=True, timeout=60).stdout
        self.documents = json.loads(printed)
        self.url = self.cluster.fresh_database()
        # A line break at the end, as `kubectl create secret --from-file` brings it along.
        self.secrets = {"signet": {"database-url": self.url + "\n", "key-encryption-key": new_encryption_key() + "\n"},
                        "signet-migration": {"migration-database-url": self.url + "\n"}}
        named = {each["metadata"]["name"]: set(each["stringData"])
                 for each in self.documents if each["kind"] == "Secret"}
        self.assertEqual(named, {name: set(files) for name, files in self.secrets.items()})

    def run_pod(self, kind, arguments, wait):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="signet-e2e-"))
        folder.chmod(0o755)  # and root's: the file system of the pod is read-only
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        pod = Pod(folder, self.documents, kind, self.secrets)
        # The role is another one here, where one owns the tables and serves.
        env = {**pod.env, **CHEAP, **self.more_env()}
        if "MIGRATION_DATABASE_URL" in env:
            env["MIGRATION_DATABASE_URL"] = self.url
        server = Confined(str(folder), env, arguments, wait=wait, groups=pod.groups)
        self.addCleanup(server.close)
        return pod, server

    def more_env(self):
        return {}

    def migrate(self):
        pod, job = self.run_pod("Job", ["migrate"], None)
        self.assertEqual(pod.container["args"], ["migrate"])
        self.assertEqual(job.process.wait(support.DEADLINE_S), 0, job.log())

    def test_two_replicas_wait_for_the_job_and_then_share_keys_and_sessions(self):
        pod, first = self.run_pod("Deployment", ["serve"], "/livez")
        self.assertEqual(first.get("/readyz").status, 503)
        self.migrate()
        support.wait_until(lambda: first.is_up("/readyz"), what="the first replica")
        _, second = self.run_pod("Deployment", ["serve"], "/readyz")
        for probe in ("livenessProbe", "readinessProbe"):
            self.assertEqual(first.get(pod.container[probe]["httpGet"]["path"]).status, 200)
        person = first.signup("ada.pod")
        self.assertEqual(person.status, 200, person.body)
        self.assertEqual(second.get("/me", headers=bearer(person.json["token"])).status, 200)
        self.assertEqual(second.post("/refresh", {"refreshToken": person.json["refreshToken"]}).status, 200)
        support.wait_until(lambda: first.get("/jwks").body == second.get("/jwks").body, what="the same keys")
        self.assertEqual(first.stop(signal.SIGTERM, pod.grace_s), 0)


class BesideServices(Pods):
    """The same pods where enableServiceLinks was left as it is by default."""

    def more_env(self):
        return SERVICES


class SecretsAndVolumes(support.ClusterTest):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="signet-e2e-"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.env = {**CHEAP, "DATABASE_URL": self.cluster.fresh_database(), "AUTH_LOG_FORMAT": "json"}

    def serve(self, **env):
        server = Confined(str(self.folder), {**self.env, **env}, groups=[Confined.UID])
        self.addCleanup(server.close)
        self.assertEqual(server.signup("ada.volume").status, 200)
        return server

    def keys_volume(self):
        """A volume that fsGroup has given to the group of the pod."""
        keys = self.folder / "keys"
        keys.mkdir()
        if os.geteuid() == 0:
            os.chown(keys, 0, Confined.UID)
        keys.chmod(0o2775)
        return keys

    def test_a_fixed_key_may_be_readable_by_the_group_of_the_pod(self):
        pem = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
                             check=True, capture_output=True, text=True, timeout=30).stdout
        mounted(self.folder / "secret", {"key": pem}, 0o440, Confined.UID)
        self.serve(AUTH_PRIVATE_KEY_FILE=str(self.folder / "secret/key"), AUTH_KEYS_DIR=str(self.keys_volume()))

    def test_a_keys_directory_may_be_a_volume_of_the_group_of_the_pod(self):
        keys = self.keys_volume()
        server = self.serve(AUTH_KEYS_DIR=str(keys))
        before = server.get("/jwks").body
        self.assertEqual(server.stop(), 0)
        # At the next mount the kubelet gives the files to the group as well.
        for file in [keys, *keys.iterdir()]:
            file.chmod(0o2775 if file.is_dir() else 0o660)
            if os.geteuid() == 0:
                os.chown(file, -1, Confined.UID)
        again = Confined(str(self.folder), {**self.env, "AUTH_KEYS_DIR": str(keys)}, groups=[Confined.UID])
        self.addCleanup(again.close)
        self.assertEqual(again.get("/jwks").body, before)

    def test_a_url_may_end_with_a_line_break(self):
        keys = self.keys_volume()
        keys.chmod(0o700)
        if os.geteuid() == 0:
            os.chown(keys, Confined.UID, Confined.UID)
        self.serve(AUTH_KEYS_DIR=str(keys), DATABASE_URL=self.env["DATABASE_URL"] + "\n")


if __name__ == "__main__":
    unittest.main()
