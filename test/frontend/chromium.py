"""A headless Chromium, driven by its DevTools protocol over a pipe."""

import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

DEADLINE_S = 30


class Chromium:
    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="signet-chromium-")
        reads, self.to_browser = os.pipe()
        self.from_browser, writes = os.pipe()
        options = ["--headless", "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "--no-first-run",
                   "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
                   "--disable-component-update", "--window-size=800,600",
                   # Nothing of a test goes further than this machine.
                   "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"]
        if os.geteuid() == 0:
            options.append("--no-sandbox")  # Chromium refuses to sandbox what root runs
        # It reads commands from descriptor 3 and writes answers to descriptor 4.
        with_pipe = ["bash", "-c", f'exec "$@" 3<&{reads} 4>&{writes}', "bash"]
        self.process = subprocess.Popen([*with_pipe, "chromium", *options], pass_fds=(reads, writes),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(reads)
        os.close(writes)
        self.last_id = 0
        self.pending = b""
        self.told = []  # events, of the tabs that have them enabled

    def call(self, method, session=None, **parameters):
        """Sends a command and returns its result; what else Chromium tells meanwhile is kept in `told`."""
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + DEADLINE_S
        while (answer := json.loads(self._next_message(end))).get("id") != self.last_id:
            self.told.append(answer)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def _next_message(self, end):
        while b"\0" not in self.pending:
            if not select.select([self.from_browser], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError("Chromium does not answer")
            read = os.read(self.from_browser, 1 << 16)
            if not read:
                raise AssertionError("Chromium has ended")
            self.pending += read
        message, _, self.pending = self.pending.partition(b"\0")
        return message

    def new_profile(self):
        """Cookies and storage of their own. Cookies of localhost know no ports, so tests would share them."""
        return self.call("Target.createBrowserContext")["browserContextId"]

    def visit(self, url, profile):
        """Opens a tab."""
        target = self.call("Target.createTarget", url="about:blank", browserContextId=profile)["targetId"]
        tab = Tab(self, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        tab.call("Page.navigate", url=url)
        return tab

    def close(self):
        self.process.terminate()
        self.process.wait(DEADLINE_S)
        os.close(self.to_browser)
        os.close(self.from_browser)
        shutil.rmtree(self.profile, ignore_errors=True)


class Tab:
    def __init__(self, browser, session):
        self.browser = browser
        self.session = session

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def run(self, script):
        """The value of an expression, awaited where it is a promise."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def text(self):
        """What a person sees; nothing while one page gives way to the next."""
        try:
            return self.run("document.body ? document.body.innerText : ''")
        except AssertionError as error:
            if "navigated" not in str(error):
                raise
            return ""

    def wait_for(self, words):
        end = time.monotonic() + DEADLINE_S
        while words not in self.text():
            if time.monotonic() > end:
                raise AssertionError(f"waited {DEADLINE_S} s for {words!r}; the page says:\n{self.text()}")
            time.sleep(0.05)

    def fill(self, **values):
        for name, value in values.items():
            self.run(f"document.querySelector('input[name={name}]').value = {json.dumps(value)}")

    def press(self, label):
        buttons = "[...document.querySelectorAll('button')]"
        self.run(f"{buttons}.find(each => each.textContent === {json.dumps(label)}).click()")

    def reload(self):
        self.run("window.left = true")
        self.call("Page.reload")
        while self.run("window.left"):
            time.sleep(0.05)

    def screenshot(self, path):
        pathlib.Path(path).write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))
