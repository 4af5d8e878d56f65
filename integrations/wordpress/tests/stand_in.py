#!/usr/bin/env python3
"""A stand-in for `afterword serve`, as CONTRACT.md describes it, with faults to order.

It makes no digests worth reading: each sentence of an article becomes the answer to a
question about itself. /_control sets faults, /_log tells what was asked.
"""

import base64
import hashlib
import hmac
import html
import json
import re
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAYLOAD_BYTES = 20_000
# Seconds before each delivery; the real ones are minutes and hours.
DELIVERIES = (0.2, 0.5, 1, 2, 4)


class State:
    def __init__(self, key, secret):
        self.key = key
        self.key_for_callbacks = base64.b64decode(secret[len("whsec_"):])
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        self.digests, self.by_key, self.log, self.deliveries = {}, {}, [], []
        # status, retry_after, times: answer so, so many times. sleep: seconds before an
        # answer. hold: finish nothing. mute: send no callbacks. twice: send each twice.
        # pairs: how many. padding: bytes that make a digest large. texts: instead of
        # the article's sentences. dead: give up.
        self.faults = {}


def sentences(request):
    text = html.unescape(re.sub(r"<[^>]*>", "\n", request["html"]))
    found = re.findall(r"[^\n.]+\.", text)
    return [" ".join(sentence.split()) for sentence in found]


def digest_of(request, faults):
    found = faults.get("texts") or sentences(request)
    count = faults.get("pairs", min(request["options"]["count"], len(found)))
    padding = "x" * faults.get("padding", 0)

    def passage(text):
        evidence = [{"start": 0, "end": len(text.encode()), "quote": text, "score": 1.0}]
        return {"text": text, "sentences": [{"text": text, "evidence": evidence}]}

    def pair(number):
        text = found[number % len(found)]
        words = " ".join(text.split()[:4])
        return {"question": f"What is said of “{words}” ({number})?", "answer": passage(text)}

    return {
        "topic": request["title"],
        "summary": passage(found[0]),
        "faq": [pair(number) for number in range(count)],
        "related": ["Harbour", "Ferries"],
        "refused": [{"kind": "question", "text": padding, "reason": "duplicate: 1"}] if padding else [],
        "provenance": {
            "model": "stand-in",
            "model_sha256": None,
            "prompt_version": "0",
            "pipeline_version": "0",
            "source_sha256": hashlib.sha256(request["html"].encode()).hexdigest(),
            "source_words": len(request["html"].split()),
            "source_words_read": len(request["html"].split()),
            "timings_ms": {"total": 1},
        },
    }


def sign(key, message_id, timestamp, body):
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def deliver(state, digest, copies):
    """Sends a callback until it is taken, each time with the same webhook-id."""
    entry = {name: digest[name] for name in ("id", "status", "external_id", "url")}
    if digest["status"] == "done":
        entry["digest"] = digest["digest"]
    else:
        entry["reason"] = "ordered: It was told to."

    def payload():
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return json.dumps({"type": "digest." + digest["status"], "timestamp": now, "data": entry}).encode()

    if len(payload()) > PAYLOAD_BYTES:
        entry.pop("digest")
        entry["href"] = "/v1/digests/" + digest["id"]
    body, message_id = payload(), "msg_" + digest["id"]
    left = copies
    for wait in DELIVERIES:
        time.sleep(wait)
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": sign(state.key_for_callbacks, message_id, timestamp, body),
        }
        request = urllib.request.Request(digest["callback"], body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        except OSError as error:
            status, text = 0, str(error)
        with state.lock:
            state.deliveries.append({"id": message_id, "status": status, "body": text})
        if 200 <= status < 300:
            left -= 1
            if left == 0:
                return


def finish(state, digest, copies, mute):
    digest["status"] = digest.pop("outcome")
    if digest["callback"] and not mute:
        threading.Thread(target=deliver, args=(state, digest, copies), daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state = None

    def log_message(self, *_):
        pass

    def answer(self, status, body, **headers):
        data = json.dumps(body).encode()
        self.send_response(status)
        problem = "problem+" if status >= 400 else ""
        self.send_header("Content-Type", f"application/{problem}json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def do_GET(self):
        state = self.state
        if self.path == "/_log":
            with state.lock:
                return self.answer(200, {"requests": state.log, "deliveries": state.deliveries})
        if self.refused():
            return None
        with state.lock:
            digest = state.digests.get(self.path.removeprefix("/v1/digests/"))
            state.log.append({"method": "GET", "path": self.path})
        if digest is None:
            return self.answer(404, {"title": "Not found", "status": 404})
        shown = {name: digest[name] for name in ("id", "status", "external_id", "url")}
        if digest["status"] == "done":
            shown["digest"] = digest["digest"]
        elif digest["status"] == "dead":
            shown["reason"] = "ordered: It was told to."
        return self.answer(200, shown)

    def do_POST(self):
        body = self.body()
        if self.path == "/_control":
            return self.control(json.loads(body))
        if self.path != "/v1/digests":
            return self.answer(404, {"title": "Not found", "status": 404})
        state = self.state
        with state.lock:
            state.log.append(
                {
                    "method": "POST",
                    "path": self.path,
                    "body": json.loads(body),
                    "headers": {name.lower(): value for name, value in self.headers.items()},
                }
            )
            sleep = state.faults.get("sleep", 0)
        if self.refused():
            return None
        answer = self.accept(body)
        time.sleep(sleep)
        try:
            return self.answer(*answer[:2], **answer[2])
        except OSError:
            return None  # The caller gave up; the digest is accepted all the same.

    def control(self, order):
        state = self.state
        with state.lock:
            if order.get("reset"):
                state.reset()
            state.faults = order.get("faults", {})
            held = [digest for digest in state.digests.values() if "outcome" in digest]
            if not state.faults.get("hold"):
                for digest in held:
                    finish(state, digest, 1, state.faults.get("mute", False))
        self.answer(200, {})

    def refused(self):
        state = self.state
        if self.headers.get("Authorization") != "Bearer " + state.key:
            self.answer(401, {"title": "Unauthorized", "status": 401, "detail": "The key is unknown."})
            return True
        with state.lock:
            faults = state.faults
            if not faults.get("status") or faults.get("times", 1) < 1:
                return False
            faults["times"] = faults.get("times", 1) - 1
        headers = {"Retry_After": faults["retry_after"]} if "retry_after" in faults else {}
        self.answer(faults["status"], {"title": "Ordered", "detail": "An ordered fault.", "status": faults["status"]}, **headers)
        return True

    def accept(self, body):
        state, request = self.state, json.loads(body)
        key = self.headers.get("Idempotency-Key")
        with state.lock:
            known = state.by_key.get(key)
            if known and known["body"] != body:
                return 422, {"title": "Key used for another request", "status": 422}, {}
            if known:
                digest = state.digests[known["id"]]
                return 202, {"id": digest["id"], "status": digest["status"]}, {"Location": "/v1/digests/" + digest["id"]}
            faults = dict(state.faults)
            digest = {
                "id": f"dig_{len(state.digests) + 1}_{int(time.time() * 1000)}",
                "status": "queued",
                "outcome": "dead" if faults.get("dead") else "done",
                "external_id": request["external_id"],
                "url": request["url"],
                "callback": request.get("callback", {}).get("url"),
                "digest": digest_of(request, faults),
            }
            state.digests[digest["id"]] = digest
            state.by_key[key] = {"body": body, "id": digest["id"]}
            answer = {"id": digest["id"], "status": "queued"}
            if not faults.get("hold"):
                finish(state, digest, 2 if faults.get("twice") else 1, faults.get("mute", False))
        return 202, answer, {"Location": "/v1/digests/" + digest["id"]}


def serve(port, key, secret):
    """A server on loopback; the caller starts and stops it."""
    state = State(key, secret)
    handler = type("BoundHandler", (Handler,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    return server


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2], sys.argv[3]).serve_forever()
