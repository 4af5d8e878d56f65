#!/usr/bin/env python3
"""Runs the plugin in a real WordPress. See docs/wordpress.md for what it wants.

AFTERWORD_SERVICE_URL, AFTERWORD_SERVICE_KEY and AFTERWORD_CALLBACK_SECRET put a running
service in the place of the stand-in; cases that order faults are then left out.
AFTERWORD_TEST_ONLY runs the cases whose names hold it, and WORDPRESS_DIR takes another
WordPress than Debian's.
"""

import base64
import html
import json
import os
import pathlib
import platform
import re
import secrets
import subprocess
import sys
import threading
import time
import traceback
import urllib.request

sys.dont_write_bytecode = True

import cases  # noqa: E402
import service  # noqa: E402
from site_under_test import Site, free_port  # noqa: E402


class Bench:
    """The site, the service, and who uses them."""

    def __init__(self):
        self.pictures = pathlib.Path(os.environ.get("AFTERWORD_TEST_PICTURES", "/tmp"))
        self.real = os.environ.get("AFTERWORD_SERVICE_URL", "").rstrip("/")
        self.patience = 300 if self.real else 30
        self.service_key = os.environ.get("AFTERWORD_SERVICE_KEY") or secrets.token_hex(16)
        self.service_secret = os.environ.get("AFTERWORD_CALLBACK_SECRET") or "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self.secret = base64.b64decode(self.service_secret.removeprefix("whsec_"))
        self.port = free_port()
        self.server = self.stopped = None
        self.service_url = self.real or f"http://127.0.0.1:{self.port}"
        self.hostile_post = None
        if not self.real:
            self.start_service()
        self.site = Site()

    def prepare(self):
        self.site.start()
        self.site.settings(service_url=self.service_url, api_key=self.service_key, callback_secret=self.service_secret, mode="automatic")
        self.anonymous = self.site.browser("")
        self.editor_user = self.site.browser("editor")
        self.admin = self.site.browser("admin")

    def start_service(self):
        state = self.stopped.RequestHandlerClass.state if self.stopped else None
        self.server = service.serve(self.port, self.service_key, self.service_secret)
        if state:
            self.server.RequestHandlerClass.state = state
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop_service(self):
        self.server.shutdown()
        self.server.server_close()
        self.stopped, self.server = self.server, None

    def order(self, reset=False, **faults):
        if not self.real:
            body = json.dumps({"reset": reset, "faults": faults}).encode()
            urllib.request.urlopen(urllib.request.Request(self.service_url + "/_control", body), timeout=10).close()

    def log(self):
        if self.real:
            return {"requests": [], "deliveries": []}
        with urllib.request.urlopen(self.service_url + "/_log", timeout=10) as answer:
            return json.load(answer)

    def requests(self):
        return self.log()["requests"]

    def deliveries(self, job):
        return [entry for entry in self.log()["deliveries"] if entry["id"] == "msg_" + job]

    def external_id(self, post):
        return self.site.php("return Afterword_Jobs::external_id( $vars['id'] );", id=post)

    def escaped(self, text):
        return self.site.php("return Afterword_Renderer::escape( $vars['text'] );", text=text) if any(c in text for c in "&<>[{") or "://" in text else text


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "?"


def run_case(bench, function):
    if not bench.real and not bench.server:
        bench.start_service()
    bench.order()
    # What one case left waiting is not the next one's.
    bench.site.php("if ( class_exists( 'Afterword_Store' ) ) { delete_post_meta_by_key( Afterword_Store::DUE ); delete_transient( Afterword_Jobs::PAUSE ); }")
    return function(bench)


def main():
    bench = Bench()
    passed, failed, skipped = 0, [], 0
    only = os.environ.get("AFTERWORD_TEST_ONLY", "")
    try:
        bench.prepare()
        print(f"WordPress {bench.site.version}, {first_line('php', '-v')}, {first_line('mariadb', '--version')}, {first_line('chromium', '--version')}, Python {platform.python_version()}", flush=True)
        for function, needs_faults, _needs_browser in cases.CASES:
            name = function.__name__.replace("_", " ")
            if only not in function.__name__ or (needs_faults and bench.real):
                skipped += 1
                continue
            start = time.monotonic()
            try:
                note = run_case(bench, function)
                passed += 1
                print(f"ok      {name}{f' ({note})' if note else ''} [{time.monotonic() - start:.0f} s]", flush=True)
            except Exception:  # noqa: BLE001 - any failure fails its case, and the next one runs
                failed.append(name)
                print(f"FAILED  {name}\n{''.join(traceback.format_exc(chain=False)[-3000:])}", flush=True)
        log = bench.site.log.read_text() if bench.site.log.exists() else ""
        ours = [line for line in log.splitlines() if re.search(r"plugins/afterword", line)]
        if ours:
            failed.append("nothing of ours in the error log")
            print("FAILED  nothing of ours in the error log\n" + "\n".join(ours[:20]))
    finally:
        bench.site.stop()
    print(f"{passed} passed, {len(failed)} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
