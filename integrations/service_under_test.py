"""`afterword serve` itself, for tests of what stands around it: keys, callbacks and the
extractive author, on loopback."""

import json
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
CONFIG = """
[server]
listen = "127.0.0.1:{port}"
data_dir = "{folder}"
shutdown_grace_seconds = 1
[access]
keys = "always"
[callbacks]
secrets = ["{secret}"]
allow_origins = ["{site}"]
retry_seconds = [1, 1, 2, 4, 8]
max_payload_bytes = {payload_bytes}
[jobs]
poll_seconds = 1
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, seconds=30, every=0.2):
    """The first true value of `what()`."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value or time.monotonic() > end:
            return value
        time.sleep(every)


def program(named):
    """The program that was named, or the one that was built last by hand."""
    built = [pathlib.Path(named)] if named else [ROOT / "target" / profile / "afterword" for profile in ("release", "debug")]
    found = [path for path in built if path.is_file()]
    if not found:
        raise SystemExit("The program is not built: make build, or name one with AFTERWORD=path.")
    return str(found[0].resolve())


class Service:
    """The program with a store of its own, started and stopped at will."""

    # Smaller than by default, so that a digest of a short article can be too large.
    payload_bytes = 3300

    def __init__(self, path, folder, site, secret):
        self.path = path
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = folder / "afterword.toml"
        self.log = folder / "afterword.log"
        self.process = None
        self.config.write_text(CONFIG.format(port=self.port, folder=folder / "data", site=site, secret=secret, payload_bytes=self.payload_bytes))
        self.key = self.command("keys", "create", "WordPress", "--scopes", "submit,read").strip()

    def command(self, *words):
        done = subprocess.run([self.path, *words, "--config", str(self.config)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def version(self):
        return subprocess.run([self.path, "--version"], capture_output=True, text=True, timeout=60).stdout.strip()

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(
                [self.path, "serve", "--engine", "extractive", "--config", str(self.config)],
                stdout=log, stderr=log, start_new_session=True)
        assert wait_for(self.is_ready, 60), self.log.read_text()[-2000:]

    def is_ready(self):
        try:
            with urllib.request.urlopen(self.url + "/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self):
        """As a crash would: what was accepted has to be there afterwards."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def call(self, path, body=None):
        headers = {"Authorization": "Bearer " + self.key, "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers), timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode()}") from error

    def jobs(self, external_id):
        return self.call("/v1/digests?limit=100&external_id=" + urllib.parse.quote(external_id, safe=""))["jobs"]

    def deliveries(self, job):
        return self.call(f"/v1/digests/{job}/deliveries")["deliveries"]
