#!/usr/bin/env python3
"""Runs the plugin in a real WordPress, with the service itself and, for what that cannot
be made to do, with a stand-in. See docs/wordpress.md for what it wants."""

import base64
import json
import os
import pathlib
import platform
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
import traceback
import urllib.request

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[2]))

import cases  # noqa: E402
import cases_service  # noqa: E402,F401
import cases_faults  # noqa: E402,F401
import cases_plugin  # noqa: E402,F401
import cases_archive  # noqa: E402,F401
import cases_editor  # noqa: E402,F401
import stand_in  # noqa: E402
from site_under_test import Site  # noqa: E402
from service_under_test import Service, free_port, program  # noqa: E402


class Bench:
    """The site, the service, its stand-in, and who uses them."""

    def __init__(self):
        self.pictures = pathlib.Path(os.environ.get("AFTERWORD_TEST_PICTURES", "/tmp"))
        path = program(os.environ.get("AFTERWORD", ""))
        self.secret = secrets.token_bytes(32)
        self.callback_secret = "whsec_" + base64.b64encode(self.secret).decode()
        self.hostile_post = None
        self.site = Site()
        self.service = Service(path, self.site.folder, self.site.url, self.callback_secret)
        self.stand_in_key = secrets.token_hex(16)
        self.stand_in = stand_in.serve(free_port(), self.stand_in_key, self.callback_secret)
        self.stand_in_url = f"http://127.0.0.1:{self.stand_in.server_address[1]}"
        threading.Thread(target=self.stand_in.serve_forever, daemon=True).start()

    def prepare(self):
        self.service.start()
        self.site.start()
        self.use(False)
        self.anonymous = self.site.browser("")
        self.editor_user = self.site.browser("editor")
        self.admin = self.site.browser("admin")

    def use(self, is_stand_in):
        """Points the site to the service or to its stand-in."""
        self.service_url = self.stand_in_url if is_stand_in else self.service.url
        self.service_key = self.stand_in_key if is_stand_in else self.service.key
        self.site.settings(
            service_url=self.service_url, api_key=self.service_key, callback_secret=self.callback_secret,
            mode="automatic", publish="review", format="details", count=8, summary_style="paragraph", disclosure=False)

    def start_service(self):
        self.service.start()

    def stop_service(self):
        self.service.stop()

    def stop(self):
        self.service.stop()
        self.stand_in.shutdown()
        self.site.stop()

    def order(self, reset=False, **faults):
        body = json.dumps({"reset": reset, "faults": faults}).encode()
        urllib.request.urlopen(urllib.request.Request(self.stand_in_url + "/_control", body), timeout=10).close()

    def log(self):
        with urllib.request.urlopen(self.stand_in_url + "/_log", timeout=10) as answer:
            return json.load(answer)

    def requests(self):
        return self.log()["requests"]

    def deliveries(self, job):
        return [entry for entry in self.log()["deliveries"] if entry["id"] == "msg_" + job]

    def external_id(self, post):
        return self.site.php("return Afterword_Jobs::external_id( $vars['id'] );", id=post)

    def texturized(self, text):
        """A text as a page of WordPress has it."""
        return self.site.php("return wptexturize( Afterword_Renderer::escape( $vars['text'] ) );", text=text)


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "?"


def run_case(bench, function, is_stand_in):
    if not bench.service.process:
        bench.start_service()
    bench.order()
    if bench.site.plugin.exists():
        bench.use(is_stand_in)
    # What one case left waiting is not the next one's.
    bench.site.php("if ( class_exists( 'Afterword_Store' ) ) { delete_post_meta_by_key( Afterword_Store::DUE ); delete_transient( Afterword_Jobs::PAUSE ); }")
    return function(bench)


def main():
    # Told to stop, it still removes what it made.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench()
    passed, failed, skipped = 0, [], 0
    only = os.environ.get("AFTERWORD_TEST_ONLY", "")
    try:
        bench.prepare()
        print(f"{bench.service.version()}, WordPress {bench.site.version}, {first_line('php', '-v')}, {first_line('mariadb', '--version')}, {first_line('chromium', '--version')}, Python {platform.python_version()}", flush=True)
        for plugin in bench.site.others:
            print(f"beside  {plugin}", flush=True)
        for function, is_stand_in in cases.CASES:
            name = function.__name__.replace("_", " ")
            if only not in function.__name__:
                skipped += 1
                continue
            start = time.monotonic()
            try:
                note = run_case(bench, function, is_stand_in)
                passed += 1
                print(f"ok      {name}{f' ({note})' if note else ''} [{time.monotonic() - start:.0f} s{', stand-in' if is_stand_in else ''}]", flush=True)
            except Exception:  # noqa: BLE001 - any failure fails its case, and the next one runs
                failed.append(name)
                print(f"FAILED  {name}\n{''.join(traceback.format_exc(chain=False)[-3000:])}", flush=True)
        log = bench.site.log.read_text() if bench.site.log.exists() else ""
        ours = [line for line in log.splitlines() if re.search(r"plugins/afterword", line)]
        if ours:
            failed.append("nothing of ours in the error log")
            print("FAILED  nothing of ours in the error log\n" + "\n".join(ours[:20]))
    finally:
        bench.stop()
    print(f"{passed} passed, {len(failed)} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
