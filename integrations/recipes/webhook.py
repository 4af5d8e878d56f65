#!/usr/bin/env python3
"""Between a content system that calls a webhook, such as Ghost, and Afterword: an article
comes in, its digest comes back, and lies as JSON in a folder. See docs/recipes.md.

    POST /article    the content system, signed as Ghost signs
    POST /callback   Afterword, signed after Standard Webhooks

Keeps nothing else, publishes nothing, and believes nothing that is not signed. Why it
refuses something it says on stderr, and not to who sent it.
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_BODY_BYTES = 4 << 20
MAX_AGE_SECONDS = 300
TIMEOUT_SECONDS = 10
# Callbacks that were taken and are remembered.
MAX_SEEN = 10_000
IDENTITY = re.compile(r"[\x21-\x7e]{1,200}")
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
JOB = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class Settings:
    """From the environment, so that no secret stands on a command line."""

    def __init__(self, environment):
        self.service = environment["AFTERWORD_URL"].rstrip("/")
        self.key = environment.get("AFTERWORD_KEY", "")
        self.callback_key = base64.b64decode(environment["AFTERWORD_CALLBACK_SECRET"].removeprefix("whsec_"))
        self.cms_secret = environment["CMS_SECRET"].encode()
        self.public_url = environment["PUBLIC_URL"].rstrip("/")
        self.folder = pathlib.Path(environment.get("DIGESTS", "digests"))
        self.listen = environment.get("LISTEN", "127.0.0.1:8018")


class Refused(Exception):
    """An answer that is not 2xx: its status, what to say, and the reason to log, from which
    a forger would learn."""

    def __init__(self, status, why, reason=None):
        super().__init__(why)
        self.status = status
        self.reason = reason or why


class Seen:
    """Callbacks that were taken, by their ids. One that comes again is told by its time when
    it is old; until then it has to be remembered."""

    def __init__(self):
        self.lock = threading.Lock()
        self.taken = {}

    def claim(self, identity):
        """Whether it is the first of its name."""
        # A time may lie ahead as far as it may lie back.
        oldest = time.monotonic() - 2 * MAX_AGE_SECONDS
        with self.lock:
            if self.taken.get(identity, oldest) > oldest:
                return False
            self.taken.pop(identity, None)
            # The first is the one that was taken first.
            while self.taken:
                first = next(iter(self.taken))
                if self.taken[first] > oldest and len(self.taken) < MAX_SEEN:
                    break
                del self.taken[first]
            self.taken[identity] = time.monotonic()
            return True

    def release(self, identity):
        """Lets it come again."""
        with self.lock:
            self.taken.pop(identity, None)


class Unfollowing(urllib.request.HTTPRedirectHandler):
    """The key is for the service's address, not for where that points."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(Unfollowing)


def is_fresh(seconds):
    return abs(time.time() - seconds) <= MAX_AGE_SECONDS


def check_cms(settings, headers, body):
    """`X-Ghost-Signature: sha256=HEX, t=MILLISECONDS`, over the body and the time."""
    found = re.fullmatch(r"sha256=([0-9a-f]{64}), ?t=(\d{1,15})", headers.get("X-Ghost-Signature", ""))
    if not found:
        raise Refused(401, "not signed", "no signature")
    wanted = hmac.new(settings.cms_secret, body + found[2].encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, found[1]):
        raise Refused(401, "not signed", "another signature")
    if not is_fresh(int(found[2]) / 1000):
        raise Refused(401, "not signed", "signed too long ago, or ahead of time")


def check_callback(settings, headers, body):
    """After Standard Webhooks; gives the id of what is signed."""
    identity, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signed = f"{identity}.{timestamp}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(settings.callback_key, signed, hashlib.sha256).digest()).decode()
    given = headers.get("webhook-signature", "").split(" ")
    if not IDENTITY.fullmatch(identity) or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise Refused(401, "not signed", "no id or no time")
    if not any([hmac.compare_digest(wanted.encode(), it.encode()) for it in given]):
        raise Refused(401, "not signed", "another signature")
    if not is_fresh(int(timestamp)):
        raise Refused(401, "not signed", "signed too long ago, or ahead of time")
    return identity


def call_service(settings, path, body=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers["Content-Type"] = "application/json"
    if settings.key:
        headers["Authorization"] = "Bearer " + settings.key
    try:
        request = urllib.request.Request(settings.service + path, body, headers)
        with OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        is_ours = error.code in (401, 403) or error.code == 429 or error.code >= 500
        # What is not the article's fault may go better: the content system tries again.
        raise Refused(503 if is_ours else 422, f"the service answered {error.code}") from error
    except (OSError, ValueError) as error:
        raise Refused(503, "the service cannot be reached") from error


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
    os.replace(part, path)


def place(settings, post, kind):
    return settings.folder / f"{post}.{kind}.json"


def take_article(settings, payload):
    post = payload["post"]["current"]
    name = post["id"]
    if not NAME.fullmatch(name):
        raise Refused(400, "the id of the post is none")
    if post.get("status") != "published" or not post.get("html"):
        return {"outcome": "ignored"}
    body = json.dumps({
        "html": post["html"],
        "title": post.get("title", ""),
        "url": post.get("url", ""),
        "external_id": "cms:" + name,
        "lane": "publish",
        "callback": {"url": settings.public_url + "/callback"},
    }).encode()
    answer = call_service(
        settings, "/v1/digests", body,
        Prefer="respond-async", Idempotency_Key="cms-" + hashlib.sha256(body).hexdigest())
    write(place(settings, name, "job"), {"id": answer["id"]})
    if answer["status"] == "done":
        finish(settings, name, answer["id"], answer)
    return {"outcome": answer["status"], "id": answer["id"]}


def take_callback(settings, payload):
    data = payload["data"]
    name = data.get("external_id", "").removeprefix("cms:")
    if not NAME.fullmatch(name):
        return {"outcome": "ignored"}
    return {"outcome": finish(settings, name, data["id"], data)}


def finish(settings, name, job, data):
    """Keeps a digest, if it is that of the newest version of its article."""
    path = place(settings, name, "job")
    if not path.exists():
        raise Refused(503, "the answer to the request has not been read yet")
    if json.loads(path.read_text())["id"] != job or not JOB.fullmatch(job):
        return "ignored"
    if data["status"] != "done":
        return data["status"]
    if "digest" not in data:
        # Too large for a callback, or not in this answer.
        data = call_service(settings, "/v1/digests/" + job)
    write(place(settings, name, "digest"), data["digest"])
    return "done"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    settings = None
    seen = None
    routes = {"/article": (check_cms, take_article), "/callback": (check_callback, take_callback)}

    def log_message(self, *_):
        """Nothing of each request: what stands in front logs those."""

    def tell(self, what):
        """Never a body, a secret or an address that a stranger made up."""
        if self.path in self.routes:
            print(f"{self.path}: {what}", file=sys.stderr, flush=True)

    def do_POST(self):
        try:
            status, answer = 200, self.answer()
        except Refused as refused:
            status, answer = refused.status, {"error": str(refused)}
            self.tell(f"refused with {status}: {refused.reason}")
        except (KeyError, TypeError, AttributeError, ValueError):
            status, answer = 400, {"error": "not a payload that is known here"}
            self.tell("refused with 400: signed, and not a payload that is known here")
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def answer(self):
        length = self.headers.get("Content-Length", "")
        if self.path not in self.routes or not length.isascii() or not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            raise Refused(404 if self.path not in self.routes else 413, "no", "its length is not said, or too large")
        body = self.rfile.read(int(length))
        check, take = self.routes[self.path]
        identity = check(self.settings, self.headers, body)
        if identity and not self.seen.claim(identity):
            # 2xx, so that it does not come again: the service repeats what it got no answer to.
            self.tell(f"taken before: {identity}")
            return {"outcome": "duplicate"}
        try:
            return take(self.settings, json.loads(body))
        except Exception:
            self.seen.release(identity)
            raise


def serve(settings):
    host, _, port = settings.listen.rpartition(":")
    handler = type("BoundHandler", (Handler,), {"settings": settings, "seen": Seen()})
    server = ThreadingHTTPServer((host, int(port)), handler)
    server.daemon_threads = True
    return server


if __name__ == "__main__":
    try:
        serve(Settings(os.environ)).serve_forever()
    except KeyError as missing:
        sys.exit(f"{missing} is not set; see docs/recipes.md")
