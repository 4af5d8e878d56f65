#!/usr/bin/env python3
"""Tries the recipes as docs/recipes.md describes them, and fails when one does not do
what it says. AFTERWORD names the program."""

import base64
import contextlib
import hashlib
import hmac
import html
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import traceback
import urllib.error
import urllib.request
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.dont_write_bytecode = True
RECIPES = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(RECIPES), str(RECIPES.parent)]

import webhook  # noqa: E402
from service_under_test import Service, free_port, program, wait_for  # noqa: E402

TEXT = """\
Port Ellery reopened its harbour bridge on Saturday, two years after a cargo ship struck the eastern pier. Mayor Ines Calder cut the ribbon at noon before a crowd of 4,000 people.

The repair cost $38 million, because divers found cracks in three piers that the first survey had missed. The national transport fund paid $25 million of the bill.

Tomas Wieland, an engineer from Skarra, led the work. Wieland said that the new piers rest on steel piles driven 40 metres into the seabed.

The council rejected a toll in a vote on October 3. Councillor Petra Lund warned that the city had not set aside money for {{ maintenance }} & <repairs>.
"""
# Of Zola's front matter, which refuses every other key.
ZOLA_KEYS = {"title", "description", "date", "updated", "weight", "draft", "slug", "path", "aliases", "authors", "in_search_index", "template", "taxonomies", "extra"}


class Page(HTMLParser):
    """The texts of a page's section of ours, by element."""

    def __init__(self, page):
        super().__init__()
        self.depth, self.sections, self.texts, self.open = 0, 0, [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag == "section" and "afterword-digest" in (dict(attributes).get("class") or "").split():
            self.sections += 1
            self.depth = 1
        if self.depth:
            self.texts.append([tag, ""])

    def handle_endtag(self, tag):
        if tag == "section":
            self.depth = 0

    def handle_data(self, data):
        if self.depth and self.texts:
            self.texts[-1][1] += data

    def of(self, tag):
        return [" ".join(text.split()) for name, text in self.texts if name == tag]


class Site:
    """A folder with three articles, the last one too short to be read."""

    def __init__(self, folder, mark, front_matter):
        self.folder = folder / front_matter
        self.content = self.folder / "content"
        self.program = program(os.environ.get("AFTERWORD", ""))
        head = {"---": 'title: "{}"\ndate: 2026-11-24', "+++": 'title = "{}"\ndate = 2026-11-24'}[mark]
        body = "\n{}\n" + mark + "\n\n{}"
        for path, title, text in (("posts/bridge.md", "Harbour bridge reopens", TEXT), ("posts/2026/again.md", "The bridge, again", TEXT.replace("40 metres", "45 metres")), ("posts/short.md", "Short", "Too short.\n")):
            file = self.content / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(mark + body.format(head.format(title), text))

    def run(self, *options):
        command = [sys.executable, str(RECIPES / "static_site.py"), str(self.content), str(self.folder / "digests"), "--program", self.program, *options, "--", "--engine", "extractive"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stderr.splitlines()[-1]

    def digest(self, path):
        command = [self.program, "digest", str(self.content / path), "--format", "json", "--engine", "extractive"]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def hugo(site, partial):
    """Builds the site and gives its pages by path."""
    layouts = site.folder / "layouts"
    (layouts / "partials").mkdir(parents=True, exist_ok=True)
    shutil.copy(RECIPES / "hugo" / partial, layouts / "partials")
    (layouts / "_default").mkdir(exist_ok=True)
    (layouts / "_default/single.html").write_text('<h1>{{ .Title }}</h1>{{ .Content }}{{ partial "' + partial + '" . }}')
    (site.folder / "config.toml").write_text('baseURL = "https://example.org/"\ndisableKinds = ["taxonomy", "term", "RSS", "sitemap", "home", "section"]\n')
    done = subprocess.run(["hugo", "--source", str(site.folder), "--destination", str(site.folder / "public"), "--cleanDestinationDir"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.parent.relative_to(site.folder / "public").as_posix(): path.read_text() for path in (site.folder / "public").rglob("index.html")}


def check_page(page, digest):
    found = Page(page)
    assert found.sections == 1 and digest["faq"], page
    assert found.of("summary") == [pair["question"] for pair in digest["faq"]], page
    answers = [pair["answer"]["text"] for pair in digest["faq"]]
    assert [text for text in found.of("p") if text in answers] == answers, page
    assert found.of("li") == digest["related"], page
    assert digest["summary"]["text"] in found.of("p"), page


def hugo_with_included_files(folder):
    site = Site(folder, "---", "hugo-files")
    assert site.run() == "2 written, 0 unchanged, 1 refused, 0 removed"
    pages = hugo(site, "afterword.html")
    check_page(pages["posts/bridge"], site.digest("posts/bridge.md"))
    check_page(pages["posts/2026/again"], site.digest("posts/2026/again.md"))
    assert Page(pages["posts/short"]).sections == 0
    # Unchanged articles cost nothing, a changed one is read again, one that is gone goes.
    assert site.run() == "0 written, 3 unchanged, 0 refused, 0 removed"
    article = site.content / "posts/bridge.md"
    article.write_text(article.read_text().replace("4,000 people", "5,000 people"))
    (site.content / "posts/2026/again.md").unlink()
    assert site.run() == "1 written, 1 unchanged, 0 refused, 1 removed"
    assert not (site.folder / "digests/posts/2026/again.html").exists()
    page = hugo(site, "afterword.html")["posts/bridge"]
    check_page(page, site.digest("posts/bridge.md"))
    assert any("5,000 people" in text for text in Page(page).of("p"))
    # Without the program, the pages are built as before.
    assert hugo(site, "afterword.html")["posts/bridge"] == page


def hugo_with_front_matter(folder):
    site = Site(folder, "---", "hugo-front-matter")
    before = (site.content / "posts/bridge.md").read_text()
    assert site.run("--front-matter") == "2 written, 0 unchanged, 1 refused, 0 removed"
    written = (site.content / "posts/bridge.md").read_text()
    line = next(line for line in written.splitlines(True) if line.startswith("afterword: "))
    assert written.replace(line, "") == before, "more than one line changed"
    pages = hugo(site, "afterword-front-matter.html")
    check_page(pages["posts/bridge"], site.digest("posts/bridge.md"))
    assert Page(pages["posts/short"]).sections == 0
    assert site.run("--front-matter") == "0 written, 3 unchanged, 0 refused, 0 removed"
    assert (site.content / "posts/bridge.md").read_text() == written
    (site.content / "posts/bridge.md").write_text(written.replace("$38 million", "$39 million"))
    assert site.run("--front-matter").startswith("1 written, 2 unchanged")
    check_page(hugo(site, "afterword-front-matter.html")["posts/bridge"], site.digest("posts/bridge.md"))


def zola_with_included_files(folder):
    """By its documented rules, and where there is a Zola by the page that it builds."""
    site = Site(folder, "+++", "zola")
    assert site.run() == "2 written, 0 unchanged, 1 refused, 0 removed"
    for path in site.content.rglob("*.md"):
        head = path.read_text().split("+++")[1]
        assert set(tomllib.loads(head)) <= ZOLA_KEYS, "Zola refuses unknown front matter"
    digest = site.digest("posts/bridge.md")
    assert digest["provenance"]["source_words"] < len(TEXT.split()) + 10, "the front matter was read as article"
    # The macro reads digests/ + page.relative_path with another ending, as plain text.
    macro = (RECIPES / "zola/afterword.html").read_text()
    assert re.search(r'load_data\(path=file, format="plain", required=false\)', macro)
    printed = (site.folder / "digests" / "posts/bridge.html").read_text()
    check_page(printed, digest)
    assert "{{" not in printed and "{%" not in printed
    if shutil.which("zola"):
        return zola(site, digest)
    return "not run in Zola itself"


def zola(site, digest):
    """Where there is a Zola, the page that it builds."""
    (site.folder / "templates/macros").mkdir(parents=True)
    shutil.copy(RECIPES / "zola/afterword.html", site.folder / "templates/macros")
    page = '{% import "macros/afterword.html" as afterword %}<h1>{{ page.title }}</h1>{{ page.content | safe }}{{ afterword::section(path=page.relative_path) }}'
    (site.folder / "templates/page.html").write_text(page)
    (site.folder / "config.toml").write_text('base_url = "https://example.org"\n')
    for path in site.content.rglob("*.md"):
        path.write_text(path.read_text().replace("{{ maintenance }}", "maintenance"))
    done = subprocess.run(["zola", "--root", str(site.folder), "build"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    check_page((site.folder / "public/posts/bridge/index.html").read_text(), digest)
    assert Page((site.folder / "public/posts/short/index.html").read_text()).sections == 0
    return subprocess.run(["zola", "--version"], capture_output=True, text=True).stdout.strip()


class Hook:
    """The webhook, for a service that is somewhere else."""

    def __init__(self, folder):
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self.key = os.urandom(32)
        self.secret = "whsec_" + base64.b64encode(self.key).decode()

    def serve(self, service_url, service_key):
        self.server = webhook.serve(webhook.Settings({
            "AFTERWORD_URL": service_url, "AFTERWORD_KEY": service_key,
            "AFTERWORD_CALLBACK_SECRET": self.secret, "CMS_SECRET": "of the content system",
            "PUBLIC_URL": self.url, "DIGESTS": str(self.folder / "digests"), "LISTEN": self.url.removeprefix("http://"),
        }))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def callback(self, body, message="msg_1", age=0, key=None, signature=None):
        timestamp = str(int(time.time()) - age)
        signed = f"{message}.{timestamp}.".encode() + body
        mark = base64.b64encode(hmac.new(key or self.key, signed, hashlib.sha256).digest()).decode()
        return self.post("/callback", body, webhook_id=message, webhook_timestamp=timestamp, webhook_signature=signature or "v1," + mark)

    def post(self, path, body, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, body, headers), timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def ghost(self, secret="of the content system", age=0, **changes):
        post = {"id": "5e3fa1d2c8b4a90017d2f1aa", "title": "Harbour bridge reopens", "url": "https://example.org/bridge/", "status": "published",
                "html": "".join(f"<p>{html.escape(text)}</p>" for text in TEXT.split("\n\n")), **changes}
        body = json.dumps({"post": {"current": post, "previous": {}}}).encode()
        milliseconds = str(int((time.time() - age) * 1000))
        mark = hmac.new(secret.encode(), body + milliseconds.encode(), hashlib.sha256).hexdigest()
        return self.post("/article", body, X_Ghost_Signature=f"sha256={mark}, t={milliseconds}")

    def digest(self, post="5e3fa1d2c8b4a90017d2f1aa"):
        path = self.folder / "digests" / f"{post}.digest.json"
        return json.loads(path.read_text()) if path.exists() else None


class Bridge(Hook):
    """The webhook with the service behind it."""

    def __init__(self, folder):
        super().__init__(folder)
        self.service = Service(program(os.environ.get("AFTERWORD", "")), folder, self.url, self.secret)
        self.service.start()
        self.serve(self.service.url, self.service.key)

    def stop(self):
        super().stop()
        self.service.stop()


class Pointing(BaseHTTPRequestHandler):
    """A service that sends its callers elsewhere, which is here too."""

    heard = []

    def do_POST(self):
        self.heard.append(self.path)
        self.send_response(302 if self.path == "/v1/digests" else 200)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_):
        pass


def nobody_is_followed(bridge):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pointing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings = bridge.server.RequestHandlerClass.settings
    known, settings.service = settings.service, f"http://127.0.0.1:{server.server_address[1]}"
    assert bridge.ghost(title="Elsewhere")[0] == 422 and Pointing.heard == ["/v1/digests"], Pointing.heard
    settings.service = known
    server.shutdown()


def refusals_are_told_and_nothing_is_taken_twice(folder):
    """To who runs the webhook, by a line that says why and nothing of what was sent."""
    hook = Hook(folder)
    hook.serve("http://127.0.0.1:9", "awk_of_nobody")
    body = json.dumps({"data": {"id": "dig_1", "status": "done", "external_id": "cms:abc", "digest": {"topic": "Harbour bridge"}}}).encode()
    late, other = "signed too long ago, or ahead of time", "another signature"
    cases = [
        (other, dict(key=b"another key")), (other, dict(signature="v1,")), (other, dict(signature="v2," + "A" * 44)),
        (late, dict(age=301)), (late, dict(age=-400)), ("no id or no time", dict(message="")),
    ]
    with contextlib.redirect_stderr(io.StringIO()) as told:
        for reason, how in cases:
            assert hook.callback(body, **how) == (401, {"error": "not signed"}), how
            assert told.getvalue().splitlines()[-1] == f"/callback: refused with 401: {reason}", told.getvalue()
        assert hook.ghost(secret="another")[0] == 401 and hook.ghost(age=400)[0] == 401
        assert told.getvalue().splitlines()[-2:] == [f"/article: refused with 401: {reason}" for reason in (other, late)], told.getvalue()
        # Signed, and too early: what was refused may come again under its name.
        assert hook.callback(body)[0] == 503
        webhook.write(hook.folder / "digests/abc.job.json", {"id": "dig_1"})
        assert hook.callback(body) == (200, {"outcome": "done"}) and hook.digest("abc") == {"topic": "Harbour bridge"}
        # The same bytes, and the same name with another time, as the service repeats it.
        (hook.folder / "digests/abc.digest.json").unlink()
        assert hook.callback(body) == hook.callback(body, age=9) == (200, {"outcome": "duplicate"})
        assert hook.digest("abc") is None and told.getvalue().splitlines()[-1] == "/callback: taken before: msg_1"
        assert hook.callback(body, message="msg_2") == (200, {"outcome": "done"})
        lines = len(told.getvalue().splitlines())
        assert hook.post("/elsewhere", b"{}")[0] == 404 and len(told.getvalue().splitlines()) == lines
    hook.stop()
    for kept in ("Harbour", hook.secret, base64.b64encode(hook.key).decode(), "of the content system", "awk_of_nobody"):
        assert kept not in told.getvalue(), kept
    seen = webhook.Seen()
    assert all(seen.claim(f"msg_{number}") for number in range(webhook.MAX_SEEN + 5)) and len(seen.taken) == webhook.MAX_SEEN
    assert not seen.claim("msg_5") and seen.claim("msg_0"), "the first are forgotten first"
    seen.taken["msg_9"] -= 2 * webhook.MAX_AGE_SECONDS + 1
    assert seen.claim("msg_9"), "its time betrays it by now"


def webhook_of_a_content_system(folder):
    bridge = Bridge(folder)
    try:
        status, answer = bridge.ghost()
        assert status == 200 and answer["outcome"] in ("queued", "leased", "done"), (status, answer)
        digest = wait_for(bridge.digest)
        assert digest and digest["faq"] and digest["faq"][0]["answer"]["sentences"][0]["evidence"], digest
        assert bridge.service.call("/v1/digests/" + answer["id"])["digest"] == digest
        # The same again is the same job; a draft, a forgery and an old one are nothing.
        assert bridge.ghost()[1]["id"] == answer["id"]
        assert bridge.ghost(status="draft") == (200, {"outcome": "ignored"})
        assert bridge.ghost(secret="another")[0] == 401 and bridge.ghost(age=400)[0] == 401
        assert bridge.ghost(id="../../etc/passwd")[0] == 400
        assert bridge.post("/article", b"{}")[0] == 401 and bridge.post("/elsewhere", b"{}")[0] == 404
        forged = json.dumps({"data": {"id": answer["id"], "status": "done", "external_id": "cms:5e3fa1d2c8b4a90017d2f1aa", "digest": {}}}).encode()
        now = str(int(time.time()))
        assert bridge.post("/callback", forged, webhook_id="msg_1", webhook_timestamp=now, webhook_signature="v1,AAAA")[0] == 401
        assert bridge.digest() == digest
        # An edit is another job; what is told of the older one after that is ignored.
        status, newer = bridge.ghost(title="Harbour bridge open again")
        assert newer["id"] != answer["id"]
        assert wait_for(lambda: bridge.service.call("/v1/digests/" + newer["id"])["status"] == "done")
        stale = json.dumps({"data": {"id": answer["id"], "status": "done", "external_id": "cms:5e3fa1d2c8b4a90017d2f1aa", "digest": {}}}).encode()
        assert bridge.callback(stale, message="msg_stale") == (200, {"outcome": "ignored"})
        older, = bridge.service.deliveries(answer["id"])
        written = wait_for(bridge.digest)
        bridge.service.call(f"/v1/deliveries/{older['id']}/redeliver", {})
        assert wait_for(lambda: bridge.service.deliveries(answer["id"])[0]["attempts"] > older["attempts"])
        assert wait_for(lambda: bridge.service.deliveries(answer["id"])[0]["status"] == "delivered")
        assert json.loads((folder / "digests/5e3fa1d2c8b4a90017d2f1aa.job.json").read_text())["id"] == newer["id"]
        assert bridge.digest()["provenance"] and written
        # The service is down: the content system is told to come again.
        bridge.service.stop()
        assert bridge.ghost(title="While it is down")[0] == 503
        bridge.service.start()
        assert bridge.ghost(title="While it is down")[0] == 200
        assert bridge.ghost(html="<p>Too short.</p>")[0] in (200, 422)
        nobody_is_followed(bridge)
    finally:
        bridge.stop()


def main():
    failed = 0
    recipes = [hugo_with_included_files, hugo_with_front_matter, zola_with_included_files, refusals_are_told_and_nothing_is_taken_twice, webhook_of_a_content_system]
    for recipe in recipes:
        with tempfile.TemporaryDirectory(prefix="afterword-recipes-") as folder:
            try:
                note = recipe(pathlib.Path(folder))
                print(f"ok      {recipe.__name__.replace('_', ' ')}{f' ({note})' if note else ''}", flush=True)
            except Exception:  # noqa: BLE001 - any failure fails its recipe, and the next one is tried
                failed += 1
                print(f"FAILED  {recipe.__name__.replace('_', ' ')}\n{traceback.format_exc(chain=False)}", flush=True)
    print(f"{len(recipes) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
