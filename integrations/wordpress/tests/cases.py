"""What the cases share. A case is a function that takes the bench and fails by an
assertion; they run in the order in which they are read."""

import re
import time

from service_under_test import wait_for
from stand_in import sign

# For the stand-in, to which every sentence is an answer.
SENTENCES = [
    "The harbour bridge closes on 4 May for repairs.",
    "Ferries will carry passengers every ten minutes.",
    "The city has set aside 12 million for the work.",
    "Engineers found cracks in two of the six cables last autumn.",
]
# For the service, which wants something to read. Made up.
ARTICLE = [
    "Port Ellery reopened its harbour bridge on Saturday, two years after a cargo ship struck the eastern pier. Mayor Ines Calder cut the ribbon at noon before a crowd of 4,000 people.",
    "The repair cost $38 million, because divers found cracks in three piers that the first survey had missed. The national transport fund paid $25 million of the bill.",
    "Tomas Wieland, an engineer from Skarra, led the work. Wieland said that the new piers rest on steel piles driven 40 metres into the seabed.",
    "During the closure a ferry carried 1,900 passengers a day between the two shores. The ferry company Blue Tern will keep one boat in service until March.",
    "The council rejected a toll in a vote on October 3. Councillor Petra Lund warned that the city had not set aside money for maintenance.",
    "The investigation into the collision ended in May. It found that the ship's pilot had misread the tide tables.",
]
CASES = []


def case(stand_in=False):
    """With the service itself, unless the case needs the stand-in."""
    def keep(function):
        CASES.append((function, stand_in))
        return function
    return keep


def paragraphs(*texts):
    return "\n\n".join(f"<!-- wp:paragraph -->\n<p>{text}</p>\n<!-- /wp:paragraph -->" for text in texts)


def sections(page):
    """How many sections of ours a page has."""
    return len(re.findall(r'<(?:section|div)\s[^>]*class="(?:[^"]*\s)?afterword-digest[\s"]', page))


def done(bench, post):
    """Runs cron until the digest is there."""
    job = lambda: bench.site.job(post)
    bench.site.cron()

    def ended():
        now = job() or {}
        # Due again: the digest is too large for a callback, which says so, and is fetched.
        if now.get("state") == "sent" and now["due"] <= now["now"]:
            bench.site.cron()
        return now.get("state") in ("done", "failed")

    found = wait_for(ended, 30)
    assert found and job()["state"] == "done", (job(), told(bench, job()))


def told(bench, job):
    """What the service has to say of a job, for a failure's message."""
    try:
        deliveries = [(entry["status"], entry["attempts"]) for entry in bench.service.deliveries(job["id"])]
        return bench.service.call("/v1/digests/" + job["id"])["status"], deliveries, bench.service.log.read_text()[-1000:]
    except (AssertionError, OSError, KeyError) as error:
        return error


def digested(bench, title="Harbour bridge reopens", texts=ARTICLE):
    post = bench.site.publish(title, paragraphs(*texts))
    done(bench, post)
    return post


def pairs(bench, post):
    return [item for item in bench.site.items(post) if item["kind"] == "pair"]


def decide(bench, post, decisions):
    status, answer = bench.editor_user.rest(f"/posts/{post}/review", {"decisions": decisions})
    assert status == 200, answer
    return answer


def approve_all(bench, post):
    return decide(bench, post, {item["key"]: "approved" for item in bench.site.items(post)})


def apply(bench, post, **data):
    return bench.editor_user.rest(f"/posts/{post}/apply", data)


def published(bench, **more):
    post = digested(bench, **more)
    approve_all(bench, post)
    status, answer = apply(bench, post)
    assert status == 200 and answer["changed"], answer
    return post


def callback(bench, body, message="msg_x", age=0, key=None, signature=None):
    timestamp = str(int(time.time()) - age)
    signature = signature or sign(key or bench.secret, message, timestamp, body)
    headers = {"Content-Type": "application/json", "webhook-id": message, "webhook-timestamp": timestamp, "webhook-signature": signature}
    return bench.anonymous.send("/index.php?rest_route=/afterword/v1/callback", body, headers)
