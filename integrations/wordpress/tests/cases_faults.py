"""What the service cannot be made to do: the stand-in does it."""

import base64
import hashlib
import json
import re
import time

from cases import SENTENCES, apply, approve_all, callback, case, digested, done, paragraphs, published, sections
from service_under_test import wait_for
from stand_in import sign


HOSTILE = [
    '<script>alert(1)</script> and "quotes" -- dashes --> end.',
    "[gallery ids=1] {{ topic }} \\u003cb\\u003e <!-- wp:html --> end.",
    "שלום עולם 👩‍👩‍👧‍👦 ‮abc & &lt;b&gt; https://example.org/watch?v=1 end.",
    '</details></section><!-- /wp:group --> \' " onload="x end.',
]


@case(stand_in=True)
def busy_service_is_left_alone_as_long_as_it_says(bench):
    for status in (503, 429):
        bench.order(status=status, retry_after=900, times=1)
        first = bench.site.publish(f"Busy {status}", paragraphs(*SENTENCES))
        second = bench.site.publish(f"Behind {status}", paragraphs(*SENTENCES))
        before = len(bench.requests())
        bench.site.cron()
        bench.site.cron()
        assert len(bench.requests()) == before + 1, "called again before it was time"
        job = bench.site.job(first)
        assert job["state"] == "queued" and job["due"] - job["now"] > 850, job
        bench.site.make_due()
        done(bench, first)
        done(bench, second)


@case(stand_in=True)
def a_refusal_is_not_tried_again(bench):
    bench.order(status=422, times=9)
    post = bench.site.publish("Refused", paragraphs(*SENTENCES))
    bench.site.cron()
    job = bench.site.job(post)
    assert job["state"] == "failed" and "An ordered fault." in job["error"] and job["due"] is None, job
    bench.order(dead=True)
    bench.editor_user.rest(f"/posts/{post}/queue", {"force": True})
    assert wait_for(lambda: bench.site.job(post)["state"] == "failed")
    assert "It was told to." in bench.site.job(post)["error"]


@case(stand_in=True)
def a_slow_service_is_asked_once(bench):
    bench.order(sleep=6)
    post = bench.site.publish("Slow", paragraphs(*SENTENCES))
    bench.editor_user.rest(f"/posts/{post}")
    status, answer = bench.editor_user.rest(f"/posts/{post}/queue", {"force": True})
    assert status == 200, answer
    # The job of the save is pending; a person's request does not add another.
    assert answer["outcome"] == "pending", answer
    bench.site.php("return Afterword_Jobs::attend_if_free( $vars['id'], true );", id=post)
    assert bench.site.job(post)["attempts"] == 1
    bench.order()
    bench.site.make_due()
    done(bench, post)
    asked = [entry for entry in bench.requests() if entry["method"] == "POST" and entry["body"]["title"] == "Slow"]
    keys = {entry["headers"]["idempotency-key"] for entry in asked}
    assert len(asked) == 2 and len(keys) == 1, (len(asked), keys)


def not_taken(bench):
    """Why callbacks were not taken, as the site's error log has it."""
    log = bench.site.log.read_text() if bench.site.log.exists() else ""
    for secret in (bench.callback_secret, base64.b64encode(bench.secret).decode()):
        assert secret not in log
    return re.findall(r"Afterword: callback not taken: (.*)", log)


@case(stand_in=True)
def forged_expired_and_replayed_callbacks_are_refused(bench):
    bench.order(hold=True)
    post = bench.site.publish("Forged", paragraphs(*SENTENCES))
    bench.site.cron()
    job = bench.site.job(post)
    digest = {"faq": [], "related": ["Forged"], "summary": None, "provenance": {}, "refused": []}
    data = {"id": job["id"], "status": "done", "external_id": bench.external_id(post), "digest": digest}
    body = json.dumps({"type": "digest.done", "data": data}).encode()
    before = len(not_taken(bench))
    assert callback(bench, body, key=b"another key of enough bytes")[0] == 401
    assert callback(bench, body, age=301)[0] == 401
    assert callback(bench, body, age=-400)[0] == 401
    assert callback(bench, body, signature="v1,")[0] == 401
    assert callback(bench, body, signature="v2," + "A" * 44)[0] == 401
    good = sign(bench.secret, "msg_1", str(int(time.time())), body)
    assert callback(bench, body + b" ", message="msg_1", signature=good)[0] == 401
    assert callback(bench, body, message="msg_2", signature=good)[0] == 401
    assert bench.anonymous.send("/index.php?rest_route=/afterword/v1/callback", body, {"Content-Type": "application/json"})[0] == 401
    assert callback(bench, b'"' + b"x" * 200_000 + b'"')[0] == 413
    assert bench.site.job(post)["state"] == "sent", "a refused callback did something"
    # Each is told with its reason, and nothing of what came.
    reasons = ["signature", "timestamp", "timestamp", *["signature"] * 4, "headers", "too_large"]
    assert not_taken(bench)[before:] == reasons, not_taken(bench)[before:]
    # Signed, but for another job: taken and without effect.
    other = json.dumps({"data": dict(data, id="dig_other")}).encode()
    status, text = callback(bench, other, message="msg_other")
    assert (status, json.loads(text)["outcome"]) == (200, "ignored")
    for junk in (b"[]", b"null", b'{"data":{"id":7}}', json.dumps({"data": dict(data, external_id="wordpress:x:1:999999")}).encode()):
        assert callback(bench, junk, message="msg_" + hashlib.sha256(junk).hexdigest())[0] == 200
    assert bench.site.job(post)["state"] == "sent"
    status, text = callback(bench, body, message="msg_good")
    assert (status, json.loads(text)["outcome"]) == (200, "done")
    assert not_taken(bench)[before:] == reasons, "what is taken is no news"
    # Replayed, after the post has been given another job: without effect.
    bench.editor_user.rest(f"/posts/{post}/queue", {"force": True})
    status, text = callback(bench, body, message="msg_good")
    assert (status, json.loads(text)["outcome"]) == (200, "duplicate")
    assert not_taken(bench)[before:] == [*reasons, "duplicate of msg_good"]
    assert bench.site.job(post)["state"] in ("queued", "sent")
    # The one secret replaced by two: both sign.
    bench.site.settings(callback_secret=bench.callback_secret + " whsec_" + "QUJD" * 8)
    assert callback(bench, b"[]", message="msg_new", key=b"ABC" * 8)[0] == 200
    bench.site.settings(callback_secret=bench.callback_secret)


@case(stand_in=True)
def duplicated_and_large_and_lost_callbacks(bench):
    bench.order(twice=True)
    post = digested(bench, title="Twice")
    found = wait_for(lambda: len([entry for entry in bench.deliveries(bench.site.job(post)["id"]) if entry["status"] == 200]) >= 2)
    assert found
    outcomes = [json.loads(entry["body"]).get("outcome") for entry in bench.deliveries(bench.site.job(post)["id"]) if entry["status"] == 200]
    assert outcomes == ["done", "duplicate"], outcomes
    bench.order(padding=30_000)
    post = bench.site.publish("Large", paragraphs(*SENTENCES))
    bench.site.cron()
    assert wait_for(lambda: any('"asked"' in entry["body"] for entry in bench.deliveries(bench.site.job(post)["id"])))
    bench.site.cron()
    assert bench.site.job(post)["state"] == "done"
    bench.order(mute=True)
    post = bench.site.publish("Lost", paragraphs(*SENTENCES))
    bench.site.cron()
    assert bench.site.job(post)["state"] == "sent"
    bench.site.make_due()
    bench.site.cron()
    assert bench.site.job(post)["state"] == "done"
    # The service has lost the job itself: from the beginning.
    post = bench.site.publish("Forgotten", paragraphs(*SENTENCES))
    bench.site.cron()
    bench.order(reset=True)
    bench.site.make_due()
    bench.site.cron()
    assert bench.site.job(post)["state"] == "queued"
    bench.site.make_due()
    done(bench, post)


@case(stand_in=True)
def a_section_edited_by_hand_is_left_alone(bench):
    post = published(bench)
    content = bench.site.content(post)
    # Written differently, but the same words, as the editor does: not an edit.
    bench.site.edit(post, post_content=content.replace("&#58;", ":").replace("</p>\n<!-- /wp:paragraph --></details>", "</p>\n<!-- /wp:paragraph -->\n</details>"))
    assert bench.site.section(post) == "current"
    bench.site.edit(post, post_content=content.replace("More about", "Even more about"))
    assert bench.site.section(post) == "edited"
    status, answer = apply(bench, post)
    assert status == 409 and answer["code"] == "afterword_edited", answer
    bench.site.settings(publish="automatic")
    bench.editor_user.rest(f"/posts/{post}/queue", {"force": True})
    done(bench, post)
    assert "Even more about" in bench.site.content(post), "an edit was eaten"
    bench.site.settings(publish="review")
    status, answer = apply(bench, post, force=True)
    assert status == 200 and "Even more about" not in bench.site.content(post)
    assert sections(bench.site.page(post)) == 1
    # Two copies become one; a section without an end is not touched.
    copied = bench.site.content(post)
    own = copied[copied.index("<!-- wp:group"):]
    bench.site.edit(post, post_content=own + "\n\n" + copied)
    status, answer = bench.editor_user.rest(f"/posts/{post}/review", {"decisions": {bench.site.items(post)[0]["key"]: "rejected"}})
    assert apply(bench, post)[0] == 200
    assert sections(bench.site.page(post)) == 1
    broken = copied.rstrip().removesuffix("<!-- /wp:group -->")
    bench.site.edit(post, post_content=broken)
    assert apply(bench, post)[1]["code"] == "afterword_broken"
    assert bench.site.content(post) == broken


@case(stand_in=True)
def none_one_and_thirty_pairs_beside_what_stands_there(bench):
    foreign = paragraphs("Frequently asked questions", "Is it open? Yes.")
    yoast = '<!-- wp:yoast/faq-block {"questions":[]} -->\n<div class="schema-faq wp-block-yoast-faq-block"></div>\n<!-- /wp:yoast/faq-block -->'
    plain = '<section class="afterword-digest" data-afterword="1"><p>Old</p></section>'
    for pairs in (0, 1, 30):
        for beside in ("", foreign, yoast, plain):
            bench.order(pairs=pairs)
            content = paragraphs(*SENTENCES) + ("\n\n" + beside if beside else "")
            post = bench.site.publish(f"Pairs {pairs}", content)
            done(bench, post)
            assert len([item for item in bench.site.items(post) if item["kind"] == "pair"]) == pairs
            approve_all(bench, post)
            status, answer = apply(bench, post, force=bool(beside == plain))
            assert status == 200, answer
            written = bench.site.content(post)
            kept = content.replace(plain, "") if beside == plain else content
            assert written.startswith(kept.rstrip()), "what stood there changed"
            assert sections(bench.site.page(post)) == 1


@case(stand_in=True)
def texts_of_an_article_stay_text(bench):
    bench.order(texts=HOSTILE, pairs=4)
    post = bench.site.publish("Hostile <b> & \"title\"", paragraphs("Nothing special."))
    done(bench, post)
    approve_all(bench, post)
    status, answer = apply(bench, post)
    assert status == 200, answer
    content, page = bench.site.content(post), bench.site.page(post)
    ranges = bench.site.php("return Afterword_Section::ranges( get_post( $vars['id'] )->post_content );", id=post)
    assert len(ranges) == 1 and ranges[0][1] == len(content.encode()), ranges
    assert "<script>alert" not in page and sections(page) == 1 and "<blockquote" not in page
    assert bench.site.section(post) == "current"
    bench.hostile_post = post
