"""The cases, each a function that takes the bench and fails by an assertion."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

from editor import Editor
from service import sign
from site_under_test import HERE, hidden_value, wait_for

SENTENCES = [
    "The harbour bridge closes on 4 May for repairs.",
    "Ferries will carry passengers every ten minutes.",
    "The city has set aside 12 million for the work.",
    "Engineers found cracks in two of the six cables last autumn.",
]
CASES = []


def case(needs_faults=False, needs_browser=False):
    def keep(function):
        CASES.append((function, needs_faults, needs_browser))
        return function
    return keep


def paragraphs(*texts):
    return "\n\n".join(f"<!-- wp:paragraph -->\n<p>{text}</p>\n<!-- /wp:paragraph -->" for text in texts)


def sections(page):
    return page.count('class="wp-block-group afterword-digest') + len(re.findall(r'<section class="[^"]*afterword-digest', page)) - page.count('<section class="wp-block-group afterword-digest')


def done(bench, post):
    """Runs cron until the digest is there; fetches it if the callback is slow."""
    job = lambda: bench.site.job(post)
    bench.site.cron()
    found = wait_for(lambda: (job() or {}).get("state") in ("done", "failed"), bench.patience)
    assert found and job()["state"] == "done", job()


def digested(bench, title="Harbour bridge", texts=SENTENCES):
    post = bench.site.publish(title, paragraphs(*texts))
    done(bench, post)
    return post


def approve_all(bench, post):
    keys = {item["key"]: "approved" for item in bench.site.items(post)}
    status, answer = bench.editor_user.rest(f"/posts/{post}/review", {"decisions": keys})
    assert status == 200, answer
    return answer


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


@case()
def publish_job_callback_approve_shown_once(bench):
    before = len(bench.requests())
    post = bench.site.publish("Harbour bridge", paragraphs(*SENTENCES))
    content = bench.site.content(post)
    assert len(bench.requests()) == before, "saving called the service"
    assert bench.site.job(post)["state"] == "queued"
    # By WP-Cron itself, as a visitor's request would start it.
    assert bench.anonymous.get("/wp-cron.php?doing_wp_cron")[0] == 200
    done(bench, post)
    assert sections(bench.site.page(post)) == 0, "shown before anyone approved"
    assert apply(bench, post)[0] == 409, "applied before anyone approved"
    approve_all(bench, post)
    status, answer = apply(bench, post)
    assert status == 200 and answer["section"] == "current", answer
    page = bench.site.page(post)
    assert sections(page) == 1, sections(page)
    for text in bench.site.items(post):
        if text["kind"] == "pair":
            assert page.count(bench.escaped(text["question"])) == 1, text["question"]
    assert bench.site.content(post).startswith(content + "\n\n<!-- wp:group"), "more than the section changed"
    assert apply(bench, post)[1]["changed"] is False, "the second time changes nothing"
    assert sections(bench.site.page(post)) == 1


@case()
def unchanged_republish_costs_nothing(bench):
    post = published(bench)
    before = len(bench.requests())
    bench.site.edit(post, post_status="draft")
    bench.site.edit(post, post_status="publish")
    bench.site.edit(post, post_excerpt="Another excerpt.")
    assert bench.site.cron() == 0 and len(bench.requests()) == before
    assert bench.site.job(post)["state"] == "done"


@case(needs_faults=True)
def an_edit_makes_one_item_stale(bench):
    post = published(bench)
    bench.order(hold=True)
    content = bench.site.content(post)
    head, tail = content.split("<!-- wp:group", 1)
    bench.site.edit(post, post_content=head.replace("every ten minutes", "every hour") + "<!-- wp:group" + tail)
    bench.site.cron()
    items = bench.site.items(post)
    stale = [item["text"] for item in items if item["stale"]]
    assert stale == [SENTENCES[1]], stale
    assert bench.site.job(post)["state"] == "sent", "the changed article was not sent"
    assert sections(bench.site.page(post)) == 1
    # Applied again, what is stale is left out and the rest stays.
    apply(bench, post)
    assert SENTENCES[1] not in bench.site.content(post).split("<!-- wp:group", 1)[1]
    bench.order()
    assert wait_for(lambda: bench.site.job(post)["state"] == "done")
    items = bench.site.items(post)
    assert not any(item["stale"] for item in items)
    decisions = {item["text"]: item["decision"] for item in items if item["kind"] == "pair"}
    assert decisions.pop("Ferries will carry passengers every hour.") == "pending"
    assert set(decisions.values()) == {"approved"}, "decisions on what did not change are kept"


@case(needs_faults=True)
def service_down_leaves_saving_alone_and_the_job_is_tried_again(bench):
    bench.stop_service()
    posts = [bench.site.publish(f"Down {number}", paragraphs(*SENTENCES)) for number in range(3)]
    assert bench.site.php("return get_post_status( $vars['id'] );", id=posts[0]) == "publish"
    assert bench.site.cron() == 1, "only one job is spent on a service that is down"
    job = bench.site.job(posts[0])
    assert job["state"] == "queued" and job["attempts"] == 1 and job["due"] > job["now"], job
    assert bench.site.job(posts[1])["attempts"] == 0
    assert bench.site.php("return wp_next_scheduled( Afterword_Jobs::EVENT );") >= job["now"], "WP-Cron was not asked to come"
    status, answer = bench.editor_user.rest(f"/posts/{posts[0]}")
    assert status == 200 and answer["job"]["error"], answer
    bench.start_service()
    bench.site.make_due()
    for post in posts:
        done(bench, post)


@case(needs_faults=True)
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


@case(needs_faults=True)
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


@case(needs_faults=True)
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


@case(needs_faults=True)
def forged_expired_and_replayed_callbacks_are_refused(bench):
    bench.order(hold=True)
    post = bench.site.publish("Forged", paragraphs(*SENTENCES))
    bench.site.cron()
    job = bench.site.job(post)
    digest = {"faq": [], "related": ["Forged"], "summary": None, "provenance": {}, "refused": []}
    data = {"id": job["id"], "status": "done", "external_id": bench.external_id(post), "digest": digest}
    body = json.dumps({"type": "digest.done", "data": data}).encode()
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
    # Signed, but for another job: taken and without effect.
    other = json.dumps({"data": dict(data, id="dig_other")}).encode()
    status, text = callback(bench, other, message="msg_other")
    assert (status, json.loads(text)["outcome"]) == (200, "ignored")
    for junk in (b"[]", b"null", b'{"data":{"id":7}}', json.dumps({"data": dict(data, external_id="wordpress:x:1:999999")}).encode()):
        assert callback(bench, junk, message="msg_" + hashlib.sha256(junk).hexdigest())[0] == 200
    assert bench.site.job(post)["state"] == "sent"
    status, text = callback(bench, body, message="msg_good")
    assert (status, json.loads(text)["outcome"]) == (200, "done")
    # Replayed, after the post has been given another job: without effect.
    bench.editor_user.rest(f"/posts/{post}/queue", {"force": True})
    status, text = callback(bench, body, message="msg_good")
    assert (status, json.loads(text)["outcome"]) == (200, "duplicate")
    assert bench.site.job(post)["state"] in ("queued", "sent")
    # The one secret replaced by two: both sign.
    bench.site.settings(callback_secret=bench.service_secret + " whsec_" + "QUJD" * 8)
    assert callback(bench, b"[]", message="msg_new", key=b"ABC" * 8)[0] == 200
    bench.site.settings(callback_secret=bench.service_secret)


@case(needs_faults=True)
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


@case()
def without_a_secret_it_asks(bench):
    bench.site.settings(callback_secret="")
    try:
        post = bench.site.publish("No callbacks", paragraphs(*SENTENCES))
        bench.site.cron()
        job = bench.site.job(post)
        assert job["state"] == "sent" and job["due"] - job["now"] <= 15, job
        if not bench.real:
            assert "callback" not in bench.requests()[-1]["body"]
        assert callback(bench, b"[]")[0] == 401

        def asked():
            bench.site.make_due()
            bench.site.cron()
            return bench.site.job(post)["state"] == "done"

        assert wait_for(asked, bench.patience, 1)
    finally:
        bench.site.settings(callback_secret=bench.service_secret)


@case(needs_faults=True)
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


@case(needs_faults=True)
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


@case(needs_faults=True)
def formats_of_yoast_and_rank_math(bench):
    for format_name, block in (("yoast", "yoast/faq-block"), ("rank_math", "rank-math/faq-block")):
        bench.site.settings(format=format_name)
        post = digested(bench, title=format_name)
        approve_all(bench, post)
        markup = "return Afterword_Publisher::markup( get_post( $vars['id'] ) );"
        register = "register_block_type( $vars['block'] );"
        assert block not in bench.site.php(markup, id=post), "a block that no plugin knows"
        written = bench.site.php(register + markup, id=post, block=block)
        assert written.count(f"<!-- wp:{block} ") == 1
        other = f"<!-- wp:{block} /-->"
        bench.site.edit(post, post_content=paragraphs(*SENTENCES) + "\n\n" + other)
        assert block not in bench.site.php(register + markup, id=post, block=block), "a second one in a post"
    bench.site.settings(format="details")


@case()
def markup_is_that_of_the_service(bench):
    """The same fixtures as the service's own renderer, byte by byte."""
    fixtures = HERE.parents[2] / "tests/wordpress/fixtures.jsonl"
    if not fixtures.exists():
        return "skipped: tests/wordpress/fixtures.jsonl is not there"
    count = 0
    for line in fixtures.read_text().rstrip("\n").split("\n"):
        fixture = json.loads(line)
        name = fixture["name"]
        if "all options" in name:
            continue
        format_name = {"wordpress-details": "details", "wordpress-yoast": "yoast", "wordpress-rank-math": "rank_math"}[name.split(",")[0]]
        view = {
            "topic": "Harbour Bridge *Repair*",
            "summary": fixture["summary"],
            "pairs": [{"question": question, "answer": answer} for question, answer in fixture["pairs"]],
            "related": [{"text": text, "link": ""} for text in fixture["related"]],
            "disclosure": False,
        }
        written = bench.site.php("return Afterword_Renderer::section( $vars['view'], $vars['format'], Afterword_Renderer::labels() );", view=view, format=format_name)
        assert written + "\n" == fixture["markup"], f"{name}\n{written}\n{fixture['markup']}"
        count += 1
    return f"{count} fixtures"


HOSTILE = [
    '<script>alert(1)</script> and "quotes" -- dashes --> end.',
    "[gallery ids=1] {{ topic }} \\u003cb\\u003e <!-- wp:html --> end.",
    "שלום עולם 👩‍👩‍👧‍👦 ‮abc & &lt;b&gt; https://example.org/watch?v=1 end.",
    '</details></section><!-- /wp:group --> \' " onload="x end.',
]


@case(needs_faults=True)
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


@case(needs_faults=True)
def publishing_without_approval_where_the_site_says_so(bench):
    bench.site.settings(publish="automatic")
    frame = '<!-- wp:html -->\n<iframe src="https://example.org/map"></iframe><script>let map = "a\\\\b";</script>\n<!-- /wp:html -->'
    content = paragraphs(*SENTENCES) + "\n\n" + frame
    post = bench.site.publish("Automatic", content)
    done(bench, post)
    assert wait_for(lambda: sections(bench.site.page(post)) == 1), bench.site.job(post)
    assert bench.site.content(post).startswith(content), "what the author may write was filtered"
    # Somebody has the post open: later.
    post = bench.site.publish("Locked", paragraphs(*SENTENCES))
    bench.site.php("update_post_meta( $vars['id'], '_edit_lock', time() . ':1' );", id=post)
    done(bench, post)
    assert wait_for(lambda: bench.site.job(post)["due"]) and sections(bench.site.page(post)) == 0
    bench.site.php("delete_post_meta( $vars['id'], '_edit_lock' );", id=post)
    bench.site.make_due()
    bench.site.cron()
    assert sections(bench.site.page(post)) == 1
    bench.site.settings(publish="review")


@case()
def rights_nonces_and_secrets(bench):
    post = digested(bench, title="Rights")
    assert bench.anonymous.rest(f"/posts/{post}")[0] == 401
    for name in ("subscriber", "author"):
        user = bench.site.browser(name)
        for path, data in (("", None), ("/queue", {}), ("/review", {"decisions": {}}), ("/markup", {}), ("/apply", {})):
            assert user.rest(f"/posts/{post}{path}", data)[0] == 403, (name, path)
        assert user.get("/wp-admin/options-general.php?page=afterword")[0] == 403
    assert bench.editor_user.rest(f"/posts/{post}/review", {"decisions": {"x": "published"}})[0] == 400
    stolen = bench.site.browser("editor")
    stolen.nonce = None
    assert stolen.rest(f"/posts/{post}/apply", {})[0] == 401, "a request without a nonce"
    status, page = bench.admin.get("/wp-admin/options-general.php?page=afterword")
    assert status == 200 and bench.service_secret not in page and bench.service_key not in page
    fields = {
        "option_page": "afterword", "action": "update", "_wpnonce": hidden_value(page, "_wpnonce"),
        "afterword_settings[form]": "1", "afterword_settings[post_types][]": ["post", "nonsense"],
        "afterword_settings[parts][]": ["summary", "faq", "related"], "afterword_settings[mode]": "automatic",
        "afterword_settings[api_key]": "", "afterword_settings[service_url]": "file:///etc/passwd",
        "afterword_settings[callback_secret]": "short", "afterword_settings[count]": "999",
    }
    assert bench.admin.form("/wp-admin/options.php", **dict(fields, _wpnonce="0"))[0] == 403
    assert bench.admin.form("/wp-admin/options.php", **fields)[0] == 200
    saved = bench.site.php("return Afterword_Settings::all();")
    assert saved["api_key"] == bench.service_key and saved["service_url"] == bench.service_url, saved
    assert saved["callback_secret"] == bench.service_secret and saved["count"] == 30 and saved["post_types"] == ["post"], saved
    bench.site.settings(count=8)
    index = bench.anonymous.get("/index.php?rest_route=/afterword/v1/callback")
    assert index[0] == 404


@case()
def addresses_that_may_be_called(bench):
    table = {
        "93.184.216.34": True, "127.0.0.1": False, "10.1.2.3": False, "172.31.0.1": False, "192.168.1.1": False,
        "169.254.169.254": False, "100.64.0.1": False, "0.0.0.0": False, "224.0.0.1": False, "255.255.255.255": False,
        "::1": False, "::": False, "fe80::1": False, "fd00::1": False, "::ffff:127.0.0.1": False, "::ffff:169.254.169.254": False,
        "::127.0.0.1": False, "64:ff9b::a00:1": False, "2002:7f00:1::": False, "2606:4700::1": True,
    }
    # The bench's own service is on loopback; here the rule for everyone else is asked for.
    strict = (HERE.parent / "includes/class-afterword-address.php").read_text().replace("AFTERWORD_ALLOW_INTERNAL_SERVICE'", "AFTERWORD_NOT_SET'").replace("class Afterword_Address", "class Strict_Address").removeprefix("<?php")
    found = bench.site.php("eval( $vars['class'] ); return array_map( array( 'Strict_Address', 'is_allowed' ), $vars['addresses'] );", **{"class": strict, "addresses": list(table)})
    assert dict(zip(table, found)) == table, [pair for pair in zip(table, found) if table[pair[0]] != pair[1]]
    hosts = ["https://2130706433/", "https://0x7f.1/", "https://[::1]/", "https://localhost/", "http://example.org/", "https://user@example.org/", "ftp://example.org/", "https://example.org/?x", "https://", "https://exa mple.org/"]
    found = bench.site.php("eval( $vars['class'] ); return array_map( static function ( $url ) { return is_wp_error( Strict_Address::resolve( $url ) ); }, $vars['hosts'] );", **{"class": strict, "hosts": hosts})
    assert all(found), list(zip(hosts, found))
    forbidden = bench.site.php("return Afterword_Address::is_allowed( '169.254.169.254' );")
    assert forbidden is False, "metadata addresses stay forbidden whatever is allowed"


@case(needs_faults=True)
def bulk_action_queues_and_sends_nothing(bench):
    bench.site.settings(mode="manual")
    posts = [bench.site.publish(f"Bulk {number}", paragraphs(*SENTENCES)) for number in range(5)]
    assert all(bench.site.job(post) is None for post in posts), "on demand means on demand"
    before = len(bench.requests())
    page = bench.editor_user.get("/wp-admin/edit.php")[1]
    assert "Generate with Afterword" in page
    nonce = hidden_value(page, "_wpnonce")
    address = "/wp-admin/edit.php?action=afterword_generate&_wpnonce={}&" + "&".join(f"post[]={post}" for post in posts)
    assert bench.editor_user.get(address.format("0"))[0] == 403
    status, page = bench.editor_user.get(address.format(nonce))
    assert status == 200 and "5 posts were queued" in page, page[:500]
    assert len(bench.requests()) == before
    for post in posts:
        assert bench.site.job(post)["lane"] == "backfill"
    for post in posts:
        done(bench, post)
    bench.site.settings(mode="automatic")


def command_line(bench):
    """Runs a command by WP-CLI where it is installed, else by a double of it."""
    program = os.environ.get("WP_CLI") or shutil.which("wp")

    def run(*words):
        if program:
            shell = subprocess.run([*program.split(), "afterword", *words, f"--path={bench.site.root}", "--allow-root"], capture_output=True, text=True)
            return (shell.stdout + shell.stderr).strip().splitlines()
        options = {name: value or True for name, _, value in (word.removeprefix("--").partition("=") for word in words[1:])}
        code = "$class = WP_CLI::$commands['afterword']; $command = new $class(); try { $command->{$vars['name']}( array(), $vars['options'] ); } catch ( RuntimeException $e ) { WP_CLI::$lines[] = 'Error: ' . $e->getMessage(); } return WP_CLI::$lines;"
        return bench.site.php(code, cli=True, name=words[0], options=options or {"none": "1"})

    return run, "by WP-CLI" if program else "by a double of WP-CLI"


@case(needs_faults=True)
def commands(bench):
    bench.site.settings(mode="manual")
    run, how = command_line(bench)
    posts = [bench.site.publish(f"Command {number}", paragraphs(*SENTENCES)) for number in range(3)]
    ids = "--ids=" + ",".join(map(str, posts))
    lines = run("generate", ids, "--limit=2", "--dry-run")
    assert lines[-1] == "Success: 2 would be queued." and bench.site.job(posts[0]) is None, lines
    lines = run("generate", ids, "--limit=2")
    assert lines == [f"{posts[0]} queued", f"{posts[1]} queued", "Success: 2 queued."], lines
    assert run("work", "--limit=1")[-1] == "Success: 1 attended to."
    assert run("work")[-1].startswith("Success: 1")
    assert wait_for(lambda: all(bench.site.job(post)["state"] == "done" for post in posts[:2]))
    assert run("generate", ids, "--limit=9")[:2] == [f"{posts[0]} unchanged", f"{posts[1]} unchanged"]
    approve_all(bench, posts[0])
    lines = run("apply", "--ids=" + str(posts[0]), "--dry-run")
    assert lines[0] == f"{posts[0]} none", lines
    assert run("apply", ids)[-1] == "Success: 1 changed."
    assert sections(bench.site.page(posts[0])) == 1 and sections(bench.site.page(posts[1])) == 0
    assert run("status", "--ids=" + str(posts[0]))[0] == f"{posts[0]} Published"
    assert run("generate", "--ids=1;2")[-1].startswith("Error") and run("generate", "--limit=0")[-1].startswith("Error")
    bench.site.settings(mode="automatic")
    done(bench, posts[2]) if bench.site.job(posts[2])["state"] == "queued" else None
    return how


@case(needs_faults=True, needs_browser=True)
def the_editor_takes_our_blocks_as_valid(bench):
    editor = Editor(bench.site)
    try:
        post = digested(bench, title="In the editor")
        editor.open(post)
        editor.open_panel()
        editor.wait("document.querySelectorAll('.afterword-item').length === %d" % len(bench.site.items(post)))
        shown = editor.run("return document.querySelector('.afterword-panel').textContent")
        for sentence in SENTENCES:
            assert sentence in shown, "evidence is not shown"
        editor.run("document.querySelector('[data-kind=pair] [data-afterword=rejected]').click()")
        editor.wait("document.querySelector('[data-kind=pair] [data-afterword=rejected][aria-pressed=true]')")
        editor.press("approve-all")
        editor.press("insert")
        editor.wait("wp.data.select('core/block-editor').getBlocks().some(b => (b.attributes.className || '').includes('afterword-digest'))")
        assert sections(bench.site.page(post)) == 0, "published before saving"
        editor.save()
        editor.screenshot(bench.pictures / "editor.png")
        rejected = next(item for item in bench.site.items(post) if item["decision"] == "rejected")
        page = bench.site.page(post)
        assert sections(page) == 1 and bench.escaped(rejected["question"]) not in page
        assert bench.site.section(post) == "current", "what the editor saved is taken for an edit"
        # Replaced by the panel, still one.
        editor.run("document.querySelector('[data-kind=pair] [data-afterword=approved][aria-pressed=false]').click()")
        editor.wait("document.querySelectorAll('[data-kind=pair] [data-afterword=approved][aria-pressed=true]').length === %d" % len(SENTENCES))
        editor.press("insert")
        editor.wait("wp.data.select('core/editor').isEditedPostDirty()")
        editor.save()
        assert sections(bench.site.page(post)) == 1 and bench.site.section(post) == "current"
        # Words changed by hand in the block: the panel asks before it replaces them.
        editor.run("const walk = bs => bs.forEach(b => { if ((b.attributes.className || '') === 'afterword-disclosure' || b.name === 'core/paragraph' && (b.attributes.className || '').includes('afterword-summary')) wp.data.dispatch('core/block-editor').updateBlockAttributes(b.clientId, {content: 'My own words.'}); walk(b.innerBlocks); }); walk(wp.data.select('core/block-editor').getBlocks());")
        editor.press("insert")
        editor.wait("document.querySelector('.afterword-panel').textContent.includes('Replace my edits')")
        assert "My own words." in editor.run("return wp.data.select('core/editor').getEditedPostContent()")
        editor.press("insert")
        editor.wait("!wp.data.select('core/editor').getEditedPostContent().includes('My own words.')")
        editor.save()
        checked = [post] + ([bench.hostile_post] if bench.hostile_post else [])
        for style in ({"summary_style": "points", "disclosure": True}, {"format": "yoast"}):
            bench.site.settings(**style)
            checked.append(published(bench, title=f"Style {style}"))
        bench.site.settings(summary_style="paragraph", disclosure=False, format="details")
        for post in checked:
            editor.open(post)
            blocks = editor.blocks()
            assert [block for block in blocks if "afterword-digest" in block["className"]], blocks
            invalid = [block for block in blocks if not block["isValid"] or block["name"] == "core/missing"]
            assert not invalid, invalid
            assert not editor.warnings(), editor.warnings()
        names = sorted({block["name"] for block in blocks})
        editor.screenshot(bench.pictures / "blocks.png")
        errors = editor.errors()
        assert not errors, errors
        return f"{len(checked)} posts; {', '.join(names)}"
    finally:
        editor.close()


@case()
def uninstall_leaves_posts(bench):
    post = published(bench, title="Stays")
    before = bench.site.php("global $wpdb; return $wpdb->get_results( \"SELECT ID, post_content, post_modified FROM {$wpdb->posts} ORDER BY ID\" );")
    bench.site.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php'; require_once ABSPATH . 'wp-admin/includes/file.php';"
        "deactivate_plugins( 'afterword/afterword.php' ); uninstall_plugin( 'afterword/afterword.php' );")
    shutil.rmtree(bench.site.plugin)
    after = bench.site.php("global $wpdb; return $wpdb->get_results( \"SELECT ID, post_content, post_modified FROM {$wpdb->posts} ORDER BY ID\" );")
    assert before == after, "a post changed"
    left = bench.site.php("global $wpdb; return array( $wpdb->get_col( \"SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE '%afterword%'\" ), $wpdb->get_col( \"SELECT DISTINCT meta_key FROM {$wpdb->postmeta} WHERE meta_key LIKE '%afterword%'\" ), strpos( serialize( _get_cron_array() ), 'afterword' ) );")
    assert left == [[], [], False], left
    assert sections(bench.site.page(post)) == 1
