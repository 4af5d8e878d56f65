"""Takes the examples out of README.md and docs/clients.md and runs them: `make test-clients`.

Those that send have to print an answer of the article; those that receive have to tell
of a job's end, once, and to refuse what is forged, old or changed.
"""

import base64
import hashlib
import hmac
import html
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).parents[2]
EXAMPLE = re.compile(r"^<!-- example: (\S+) -->\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PAGES = ["README.md", "docs/clients.md"]
SENDERS = {
    "questions.sh": ["sh", "-eu"],
    "questions.py": [sys.executable],
    "questions.mjs": ["node"],
    "questions.php": ["php"],
    "digest.sh": ["sh", "-eu"],
    "send.sh": ["sh", "-eu"],
    "send.py": [sys.executable],
    "send.mjs": ["node"],
    "send.php": ["php"],
}
RECEIVERS = {
    "receive.py": [sys.executable, "receive.py"],
    "receive.mjs": ["node", "receive.mjs"],
    "receive.php": ["php", "-S", "127.0.0.1:{port}", "receive.php"],
}
PATIENCE_SECONDS = 30


def article():
    """An article of the repository, as HTML: one that has an answer without a model."""
    text = (ROOT / "tests/data/articles/press-release.txt").read_text(encoding="utf-8")
    paragraphs = text.split("\n\n")
    return "".join(f"<p>{html.escape(it)}</p>" for it in paragraphs)


def free_ports(count):
    """Ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def examples():
    """The examples by their names."""
    pages = [(ROOT / page).read_text(encoding="utf-8") for page in PAGES]
    found = dict(EXAMPLE.findall("\n".join(pages)))
    expected = {*SENDERS, *RECEIVERS}
    assert set(found) == expected, f"there are {sorted(found)}"
    return found


def check_sender(name, folder):
    """The example prints an answer of the article."""
    command = [*SENDERS[name], name, "story.html", f"example-{name}"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert run.returncode == 0, f"{name}: {run.stderr}\n{run.stdout}"
    assert "Hallam Grid" in run.stdout and "?" in run.stdout, f"{name}: {run.stdout}"
    # A file that is not there, and an article that is refused, are failures.
    (folder / "short.html").write_text("<p>Too short.</p>")
    command = [*SENDERS[name], name, "short.html", f"short-{name}"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    said = run.stdout + run.stderr
    assert run.returncode != 0 and "too_few_words" in said, f"{name}: {run.returncode} {said}"
    print(f"{name}: sends")


def ask_for_a_call(url, about):
    """The id of a job whose end is told to `url`."""
    body = {"html": article(), "external_id": about, "callback": {"url": url}}
    headers = {
        "Authorization": f"Bearer {os.environ['AFTERWORD_KEY']}",
        "Content-Type": "application/json",
    }
    request = urllib.request.Request(
        f"{os.environ['AFTERWORD_URL']}/v1/digests", json.dumps(body).encode(), headers
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        return json.load(answer)["id"]


def signed(body, age=0, secret=None):
    """What the service would send with a body."""
    secret = secret or os.environ["AFTERWORD_CALLBACK_SECRET"]
    sent = str(int(time.time()) - age)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, b"msg_test." + sent.encode() + b"." + body, hashlib.sha256).digest()
    return {
        "webhook-id": "msg_test",
        "webhook-timestamp": sent,
        "webhook-signature": "v1,AAAA v1," + base64.b64encode(digest).decode(),
        "content-type": "application/json",
    }


def post(url, body, headers):
    """The status of an answer."""
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def check_refusals(name, url):
    """What the service did not write is not believed."""
    body = b'{"type": "digest.done", "data": {"id": "forged"}}'
    good = signed(body)
    other = "whsec_" + base64.b64encode(bytes(32)).decode()
    forged = {
        "another secret": (body, signed(body, secret=other)),
        "another body": (body.replace(b"forged", b"change"), good),
        "another id": (body, {**good, "webhook-id": "msg_other"}),
        "an old one": (body, signed(body, age=600)),
        "one of the future": (body, signed(body, age=-600)),
        "no time": (body, {**good, "webhook-timestamp": ""}),
        "no signature": (body, {**good, "webhook-signature": ""}),
        "no headers": (body, {"content-type": "application/json"}),
    }
    for what, (sent, headers) in forged.items():
        status = post(url, sent, headers)
        assert status == 401, f"{name}: {what} is answered with {status}"


def wait_for(path, text, process):
    """Waits until the example has printed something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while text not in path.read_text():
        assert process.poll() is None, path.read_text()
        assert time.monotonic() < deadline, f"{text} does not come: {path.read_text()}"
        time.sleep(0.05)


def wait_for_port(port):
    """Waits until somebody listens."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
        assert time.monotonic() < deadline, f"nobody listens on {port}"
        time.sleep(0.05)


def check_receiver(name, folder, port):
    """The example tells of a job that has ended, and refuses what is forged."""
    command = [part.format(port=port) for part in RECEIVERS[name]]
    said = folder / f"{name}.log"
    with said.open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "PORT": str(port)}, stdout=log, stderr=log
        )
    try:
        wait_for_port(port)
        url = f"http://127.0.0.1:{port}/hook"
        job = ask_for_a_call(url, name)
        wait_for(said, f"digest.done {job}", process)
        check_refusals(name, url)
        assert "forged" not in said.read_text() and "change" not in said.read_text(), said.read_text()
    finally:
        process.kill()
        process.wait()
    print(f"{name}: is called, and takes nothing that is forged")


def main():
    if sys.argv[1:] == ["--free-ports"]:
        print(*free_ports(len(RECEIVERS)))
        return
    ports = map(int, os.environ["AFTERWORD_CALLBACK_PORTS"].split())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "story.html").write_text(article(), encoding="utf-8")
        for name, text in examples().items():
            (folder / name).write_text(text, encoding="utf-8")
        for name in SENDERS:
            check_sender(name, folder)
        for name, port in zip(RECEIVERS, ports, strict=True):
            check_receiver(name, folder, port)


main()
