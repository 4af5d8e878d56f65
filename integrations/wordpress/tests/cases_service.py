"""With `afterword serve` itself: its keys, jobs and callbacks."""

import json
import time

from cases import ARTICLE, apply, approve_all, callback, case, digested, done, pairs, paragraphs, published, sections
from service_under_test import wait_for

# Many facts, of which a digest becomes large.
FACTS = [
    f"{name}, a {role} from {place}, {did} {number} {what} last year because the old ones had worn out."
    for name, role, place, did, number, what in zip(
        "Ines Calder,Tomas Wieland,Petra Lund,Yusuf Demir,Ann Osei,Odalys Brandt,Marla Quince,Anton Varga,Karin Holm,Ivan Petrov,Yuki Sato,Elena Ruiz".split(","),
        "engineer baker teacher sailor doctor farmer lawyer painter singer pilot tailor miner".split(),
        "Skarra Ellery Tornby Malling Vestport Oakham Dunmore Lisfjord Arvika Kestrel Brenna Halden".split(),
        "bought sold built painted repaired counted planted lost found borrowed cleaned moved".split(),
        range(11, 131, 10),
        "boats lanterns bridges houses engines gulls trees coins letters maps violins lorries".split(),
    )
]


@case()
def publish_job_callback_approve_shown_once(bench):
    start = time.monotonic()
    post = bench.site.publish("Harbour bridge reopens", paragraphs(*ARTICLE))
    saving = time.monotonic() - start
    content, name = bench.site.content(post), bench.external_id(post)
    assert bench.service.jobs(name) == [], "saving called the service"
    assert bench.site.job(post)["state"] == "queued"
    # By WP-Cron itself, as a visitor's request would start it.
    start = time.monotonic()
    assert bench.anonymous.get("/wp-cron.php?doing_wp_cron")[0] == 200
    sending = time.monotonic() - start
    assert sending < bench.site.php("return Afterword_Client::TIMEOUT_SECONDS;"), sending
    done(bench, post)
    jobs = bench.service.jobs(name)
    assert [job["lane"] for job in jobs] == ["publish"], jobs
    # By the callback, not by asking: taken at the first attempt, or at a later one
    # where it was faster than the answer to the request.
    delivery, = bench.service.deliveries(jobs[0]["id"])
    assert delivery["status"] == "delivered" and delivery["answer"] == 200 and bench.site.job(post)["polls"] == 0, delivery
    assert pairs(bench, post) and all(item["sentences"] for item in pairs(bench, post))
    assert sections(bench.site.page(post)) == 0, "shown before anyone approved"
    assert apply(bench, post)[0] == 409, "applied before anyone approved"
    approve_all(bench, post)
    status, answer = apply(bench, post)
    assert status == 200 and answer["section"] == "current", answer
    page = bench.site.page(post)
    assert sections(page) == 1, sections(page)
    for item in pairs(bench, post):
        assert page.count(bench.texturized(item["question"])) == 1, item["question"]
    assert bench.site.content(post).startswith(content + "\n\n<!-- wp:group"), "more than the section changed"
    assert apply(bench, post)[1]["changed"] is False, "the second time changes nothing"
    assert sections(bench.site.page(post)) == 1
    return f"saved in {saving:.1f} s, a PHP process included; sent in {sending:.1f} s"


@case()
def unchanged_republish_costs_nothing(bench):
    post = published(bench, texts=[*ARTICLE, "A second bridge is planned for the year 2041."])
    name = bench.external_id(post)
    assert [job["attempts"] for job in bench.service.jobs(name)] == [1]
    bench.site.edit(post, post_status="draft")
    bench.site.edit(post, post_status="publish")
    bench.site.edit(post, post_excerpt="Another excerpt.", post_name="another-address")
    assert bench.site.cron() == 0 and len(bench.service.jobs(name)) == 1
    assert bench.site.job(post)["state"] == "done"
    # Asked for again all the same: another request, as the address is another, and
    # no work for the service, which knows the content.
    assert bench.editor_user.rest(f"/posts/{post}/queue", {"force": True})[1]["outcome"] == "queued"
    done(bench, post)
    again = bench.service.jobs(name)
    assert [job["attempts"] for job in again] == [0, 1], again
    # And the same request is the same job.
    bench.editor_user.rest(f"/posts/{post}/queue", {"force": True})
    done(bench, post)
    assert bench.service.jobs(name) == again
    assert {item["decision"] for item in bench.site.items(post)} == {"approved"}
    assert sections(bench.site.page(post)) == 1 and bench.site.section(post) == "current"


@case()
def an_edit_makes_one_item_stale(bench):
    post = published(bench)
    job, = bench.service.jobs(bench.external_id(post))
    digest = bench.service.call("/v1/digests/" + job["id"])["digest"]
    # A fact that stands behind one answer and nothing else.
    changed = lambda: bench.site.content(post).replace("40 metres", "45 metres", 1)
    bench.stop_service()
    bench.site.edit(post, post_content=changed())
    bench.site.cron()
    items = bench.site.items(post)
    stale = [item for item in items if item["stale"]]
    assert len(stale) == 1 and "40 metres" in stale[0]["text"], [item["text"] for item in stale]
    assert bench.site.job(post)["state"] == "queued"
    assert sections(bench.site.page(post)) == 1
    # Applied again, what is stale is left out and the rest stays.
    assert apply(bench, post)[0] == 200
    section = bench.site.php("return Afterword_Section::of( get_post( $vars['id'] )->post_content );", id=post)
    assert "40 metres" not in section and section.count("wp:heading") + section.count("wp:details") > 2
    bench.start_service()
    # The service finds the same item, and no other, by its own rules.
    html = bench.site.php("return Afterword_Article::html( get_post( $vars['id'] ) );", id=post)
    told = bench.service.call("/v1/check/digest", {"digest": digest, "html": html, "title": "Harbour bridge reopens"})
    kept = {pair["question"] for pair in told["faq"]} | ({"summary"} if told["summary"] else set())
    ours = {item["question"] or item["kind"] for item in items if item["kind"] != "related" and not item["stale"]}
    assert kept == ours, (kept, ours)
    bench.site.make_due()
    done(bench, post)
    items = bench.site.items(post)
    assert not any(item["stale"] for item in items)
    fresh = [item["text"] for item in items if "45 metres" in item["text"]]
    assert fresh and all(item["decision"] == "pending" for item in items if item["text"] in fresh)
    assert [item for item in items if item["decision"] == "approved"], "decisions on what did not change are kept"


@case()
def service_down_leaves_saving_alone_and_the_job_is_tried_again(bench):
    bench.stop_service()
    posts = [bench.site.publish(f"Down {number}", paragraphs(*ARTICLE)) for number in range(3)]
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
        assert len(bench.service.jobs(bench.external_id(post))) == 1


@case()
def a_key_that_is_taken_back_is_told(bench):
    key = bench.service.command("keys", "create", "For a while").strip()
    bench.site.settings(api_key=key)
    post = digested(bench, title="With another key")
    bench.service.command("keys", "revoke", next(line.split()[0] for line in bench.service.command("keys", "list").splitlines() if "For a while" in line))
    bench.site.edit(post, post_content=paragraphs(*ARTICLE[:4]))
    bench.site.cron()
    job = bench.site.job(post)
    assert job["state"] == "failed" and "401" in job["error"] and "Check the API key" in job["error"], job
    assert pairs(bench, post), "the older digest is kept"


@case()
def a_callback_that_comes_again_does_nothing(bench):
    post = published(bench, title="Told twice")
    job, = bench.service.jobs(bench.external_id(post))
    delivery, = bench.service.deliveries(job["id"])
    before = bench.site.content(post), bench.site.items(post)
    bench.service.call(f"/v1/deliveries/{delivery['id']}/redeliver", {})
    attempts = lambda: bench.service.deliveries(job["id"])[0]
    assert wait_for(lambda: attempts()["attempts"] > delivery["attempts"] and attempts()["status"] == "delivered"), attempts()
    assert (bench.site.content(post), bench.site.items(post)) == before
    # And where another secret signs, it is refused.
    bench.site.settings(callback_secret="whsec_" + "QUJD" * 8)
    try:
        bench.service.call(f"/v1/deliveries/{delivery['id']}/redeliver", {})
        assert wait_for(lambda: attempts()["answer"] == 401), attempts()
    finally:
        bench.site.settings(callback_secret=bench.callback_secret)


@case()
def without_a_secret_it_asks(bench):
    bench.site.settings(callback_secret="")
    try:
        post = bench.site.publish("No callbacks", paragraphs(*ARTICLE))
        bench.site.cron()
        job = bench.site.job(post)
        assert job["state"] == "sent" and job["due"] - job["now"] <= 15, job
        assert callback(bench, b"[]")[0] == 401

        def asked():
            bench.site.make_due()
            bench.site.cron()
            return bench.site.job(post)["state"] == "done"

        assert wait_for(asked, 30, 1)
        assert bench.service.deliveries(job["id"]) == []
    finally:
        bench.site.settings(callback_secret=bench.callback_secret)


@case()
def none_one_and_as_many_pairs_as_there_are(bench):
    """As many as the site asks for and the article has facts for; the author that needs
    no model never finds thirty, which the stand-in does."""
    thin = "What a year it has been, and what a year is still to come! We could not be happier about it, and we could not have done it without you. Thank you, thank you, and thank you once more. See you soon, and do not be late, dear readers of ours!"
    found = []
    for count, texts in ((8, [thin]), (1, ARTICLE), (30, FACTS)):
        bench.site.settings(count=count)
        post = bench.site.publish(f"Counted to {count}", paragraphs(*texts))
        # Cron comes again: what is too large for a callback is told there, and fetched.
        assert wait_for(lambda: bench.site.cron() >= 0 and bench.site.job(post)["state"] == "done", 30, 1), bench.site.job(post)
        found.append(len(pairs(bench, post)))
        approve_all(bench, post)
        status, answer = apply(bench, post)
        page = bench.site.page(post)
        assert sections(page) == (1 if status == 200 else 0) and bench.site.content(post).startswith(paragraphs(*texts))
        assert status == 200 or not bench.site.items(post) and answer["code"] == "afterword_nothing", answer
        assert all(page.count(bench.texturized(item["question"])) == 1 for item in pairs(bench, post))
    assert found[:2] == [0, 1] and found[2] > 2, found
    # The last digest was too large for a callback.
    job, = bench.service.jobs(bench.external_id(post))
    size = len(json.dumps(bench.service.call("/v1/digests/" + job["id"])["digest"]))
    assert size > bench.service.payload_bytes and bench.site.job(post)["polls"] == 1, (size, bench.site.job(post))
    return f"{found}; {size} bytes fetched"
