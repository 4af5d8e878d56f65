#!/usr/bin/env python3
"""Takes Afterword's callbacks: an example with nothing but the standard library.

Refuses what is not signed by the secret, what is older than five minutes and what was
taken before, and says why on stderr. What it takes goes to stdout, one JSON object a
line.

    CALLBACK_SECRET=whsec_... python3 receiver.py 127.0.0.1 8080
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# A callback that was recorded is worth nothing after this time, in seconds.
TOLERANCE = 300
# Digests over 20,000 bytes are left out by the service; nothing is near this.
MAX_BYTES = 2_000_000

# Ids that were taken, with their time. A real system keeps them in its database, in the
# transaction that does what the callback is for, for as long as callbacks are tried
# again: three days by default.
taken = {}


def refusal(secret, headers, body, now):
    """Why a call is not to be believed; None when it is."""
    id, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id or not (sent.isascii() and sent.isdigit()):
        return "headers"
    if abs(now - int(sent)) > TOLERANCE:
        return "timestamp"
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = id.encode() + b"." + sent.encode() + b"." + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(digest).decode()
    # Several, while a secret is being replaced. Each is compared in constant time.
    given = headers.get("webhook-signature", "").split(" ")
    if not any([hmac.compare_digest(wanted.encode(), it.encode()) for it in given]):
        return "signature"
    return None


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > MAX_BYTES:
            return self.answer(413, "length")
        body = self.rfile.read(int(length))
        why = refusal(os.environ["CALLBACK_SECRET"], self.headers, body, time.time())
        if why:
            return self.answer(401, why)
        id = self.headers["webhook-id"]
        if id in taken:
            # It was taken: the service is not to send it again.
            return self.answer(200, "taken before")
        taken[id] = time.time()
        told = json.loads(body)
        print(json.dumps({"id": id, "type": told["type"], "job": told["data"]["id"]}), flush=True)
        self.answer(204, None)

    def answer(self, status, why):
        if why:
            print(f"{status}: {why}", file=sys.stderr, flush=True)
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    host, port = sys.argv[1], int(sys.argv[2])
    server = ThreadingHTTPServer((host, port), Receiver)
    print(f"listening on {server.server_address[0]}:{server.server_port}", file=sys.stderr, flush=True)
    server.serve_forever()
