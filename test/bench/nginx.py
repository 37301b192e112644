"""nginx that serves one file with given headers: the other side of /jwks."""

import contextlib
import http.client
import shutil
import subprocess

import support

# Headers that nginx writes by itself, or that belong to the connection.
OWN = {"date", "server", "content-length", "content-type", "connection", "etag", "last-modified"}
KEEPALIVE_REQUESTS = 1000  # as many as Signet takes on a connection

CONF = """
daemon off; worker_processes 1; pid {dir}/pid; error_log {dir}/error.log crit;
worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{
    access_log off; server_tokens off; etag off; max_ranges 0; if_modified_since off;
    sendfile on; tcp_nopush on; open_file_cache max=16 inactive=1h; open_file_cache_valid 1h;
    keepalive_requests {requests}; default_type {type};
    client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
    server {{
        listen 127.0.0.1:{port}; root {dir}/www;
        add_header Last-Modified "";
        {headers}
    }}
}}
"""


class Nginx:
    def __init__(self, folder, path, answer):
        """Serves at `path` what `answer` (of support.Signet) holds."""
        binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
        if not binary:
            raise FileNotFoundError("nginx is not installed")
        self.dir = folder / "nginx"
        shutil.rmtree(self.dir, ignore_errors=True)
        target = self.dir / "www" / path.lstrip("/")
        target.parent.mkdir(parents=True)
        target.write_bytes(answer.body)
        for part in (folder, self.dir, target.parent):
            part.chmod(0o755)  # the worker is somebody else where root runs this
        self.port = support.free_port()
        headers = "\n        ".join(f"add_header {name} '{value}';" for name, value in answer.headers.items()
                                    if name not in OWN)
        config = self.dir / "nginx.conf"
        config.write_text(CONF.format(dir=self.dir, port=self.port, requests=KEEPALIVE_REQUESTS,
                                      type=answer.headers["content-type"].split(";")[0], headers=headers))
        self.process = subprocess.Popen([binary, "-c", str(config), "-e", str(self.dir / "error.log")],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            support.wait_until(lambda: self.get(path) is not None, what="nginx")
            self.check(path, answer)
        except BaseException:
            self.close()
            raise

    def get(self, path):
        if self.process.poll() is not None:
            raise RuntimeError("nginx exited: " + (self.dir / "error.log").read_text()[-300:])
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, dict((k.lower(), v) for k, v in response.getheaders()), response.read()
        return None

    def check(self, path, answer):
        status, headers, body = self.get(path)
        wrong = [name for name, value in answer.headers.items() if name not in OWN and headers.get(name) != value]
        if status != 200 or body != answer.body or wrong:
            raise RuntimeError(f"nginx does not answer as Signet does: {status}, {wrong}")

    def pids(self):
        """The master and its worker."""
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            return [pid, *map(int, children.read().split())]

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
