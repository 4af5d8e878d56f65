"""What the plugin does by itself: formats, rights, addresses."""

import json

from cases import SENTENCES, approve_all, case, digested, done, paragraphs, sections
from service_under_test import wait_for
from site_under_test import HERE, hidden_value

FORMATS = {"wordpress-details": "details", "wordpress-yoast": "yoast", "wordpress-rank-math": "rank_math"}


@case(stand_in=True)
def formats_of_yoast_and_rank_math(bench):
    for format_name, block in (("yoast", "yoast/faq-block"), ("rank_math", "rank-math/faq-block")):
        bench.site.settings(format=format_name)
        post = digested(bench, title=format_name)
        approve_all(bench, post)
        markup = "return Afterword_Publisher::markup( get_post( $vars['id'] ) );"
        is_known = block in bench.site.blocks()
        register = "" if is_known else "register_block_type( $vars['block'] );"
        assert is_known or block not in bench.site.php(markup, id=post), "a block that no plugin knows"
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
    wanted, views = [], []
    for line in fixtures.read_text().rstrip("\n").split("\n"):
        fixture = json.loads(line)
        if "all options" in fixture["name"] or fixture["name"].split(",")[0] not in FORMATS:
            continue
        wanted.append(fixture)
        views.append([{
            "topic": "Harbour Bridge *Repair*",
            "summary": fixture["summary"],
            "pairs": [{"question": question, "answer": answer} for question, answer in fixture["pairs"]],
            "related": [{"text": text, "link": ""} for text in fixture["related"]],
            "disclosure": False,
        }, FORMATS[fixture["name"].split(",")[0]]])
    written = bench.site.php("return array_map( static function ( $it ) { return Afterword_Renderer::section( $it[0], $it[1], Afterword_Renderer::labels() ); }, $vars['views'] );", views=views)
    for fixture, markup in zip(wanted, written, strict=True):
        assert markup + "\n" == fixture["markup"], f"{fixture['name']}\n{markup}\n{fixture['markup']}"
    return f"{len(wanted)} fixtures"


@case(stand_in=True)
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
    assert status == 200 and bench.callback_secret not in page and bench.service_key not in page
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
    assert saved["callback_secret"] == bench.callback_secret and saved["count"] == 30 and saved["post_types"] == ["post"], saved
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
