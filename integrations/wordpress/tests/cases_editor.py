"""The editor in a browser, and what is left without the plugin and the service. Comes
last."""

import shutil

from cases import ARTICLE, apply, approve_all, case, digested, done, pairs, paragraphs, published, sections
from editor import Editor

MANY = "document.querySelectorAll('%s').length === %d"
EDIT = """
const walk = blocks => blocks.forEach(block => {
    if (block.name === 'core/paragraph' && (block.attributes.className || '').includes('afterword-summary'))
        wp.data.dispatch('core/block-editor').updateBlockAttributes(block.clientId, {content: 'My own words.'});
    walk(block.innerBlocks);
});
walk(wp.data.select('core/block-editor').getBlocks());
"""


@case()
def the_panel_from_review_to_a_saved_post(bench):
    editor = Editor(bench.site)
    try:
        post = digested(bench, title="In the editor")
        editor.open(post)
        editor.open_panel()
        editor.wait(MANY % (".afterword-item", len(bench.site.items(post))))
        shown = editor.run("return document.querySelector('.afterword-panel').textContent")
        for item in bench.site.items(post):
            for sentence in item["sentences"]:
                assert all(place["quote"] in shown for place in sentence["evidence"]), "evidence is not shown"
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
        assert sections(page) == 1 and bench.texturized(rejected["question"]) not in page
        assert bench.site.section(post) == "current", "what the editor saved is taken for an edit"
        # Replaced by the panel, still one.
        editor.run("document.querySelector('[data-kind=pair] [data-afterword=approved][aria-pressed=false]').click()")
        editor.wait(MANY % ("[data-kind=pair] [data-afterword=approved][aria-pressed=true]", len(pairs(bench, post))))
        editor.press("insert")
        editor.wait("wp.data.select('core/editor').isEditedPostDirty()")
        editor.save()
        assert sections(bench.site.page(post)) == 1 and bench.site.section(post) == "current"
        # Words changed by hand in the block: the panel asks before it replaces them.
        editor.run(EDIT)
        editor.press("insert")
        editor.wait("document.querySelector('.afterword-panel').textContent.includes('Replace my edits')")
        assert "My own words." in editor.run("return wp.data.select('core/editor').getEditedPostContent()")
        editor.press("insert")
        editor.wait("!wp.data.select('core/editor').getEditedPostContent().includes('My own words.')")
        editor.save()
        assert not editor.errors(), editor.errors()
        # What a reader sees, in the same browser.
        editor.visit(f"/?p={post}")
        assert editor.run("return [...document.querySelectorAll('.afterword-digest')].filter(e => e.offsetHeight > 0).length") == 1
    finally:
        editor.close()


@case()
def the_editor_takes_our_blocks_as_valid(bench):
    posts = [bench.hostile_post] if bench.hostile_post else []
    for style in ({}, {"summary_style": "points", "disclosure": True}, {"format": "yoast"}, {"format": "rank_math"}):
        bench.site.settings(**style)
        posts.append(published(bench, title=f"Style {style}"))
        bench.site.settings(summary_style="paragraph", disclosure=False, format="details")
    editor = Editor(bench.site)
    names = set()
    try:
        for post in posts:
            editor.open(post)
            blocks = editor.blocks()
            assert [block for block in blocks if "afterword-digest" in block["className"]], blocks
            invalid = [block for block in blocks if not block["isValid"] or block["name"] == "core/missing"]
            assert not invalid, invalid
            assert not editor.warnings(), editor.warnings()
            names |= {block["name"] for block in blocks}
        editor.screenshot(bench.pictures / "blocks.png")
        # What is wrong has to be found invalid, or the check checks nothing.
        broken = bench.site.content(posts[-1]).replace("<h2 ", "<h4 ").replace("</h2>", "</h4>")
        assert broken != bench.site.content(posts[-1])
        editor.open(bench.site.publish("Broken", broken))
        assert [block for block in editor.blocks() if not block["isValid"]]
        wanted = {"yoast/faq-block", "rank-math/faq-block"} & set(bench.site.blocks())
        assert wanted <= names, (wanted, names)
    finally:
        editor.close()
    return f"{len(posts)} posts; {', '.join(sorted(names))}"


@case()
def beside_a_faq_of_another_plugin(bench):
    """A post with a FAQ block of Yoast or Rank Math gets none of ours of that kind."""
    known = {"yoast": "yoast/faq-block", "rank_math": "rank-math/faq-block"}
    used = {name: block for name, block in known.items() if block in bench.site.blocks()}
    for name, block in used.items():
        bench.site.settings(format=name)
        first = published(bench, title=f"First for {name}")
        section = bench.site.content(first)
        start = section.index(f"<!-- wp:{block} ")
        theirs = section[start:section.index(f"<!-- /wp:{block} -->") + len(f"<!-- /wp:{block} -->")]
        assert section.count(f"<!-- wp:{block} ") == 1
        page = bench.site.page(first)
        assert page.count('"FAQPage"') <= 1, "two FAQPages"
        second = bench.site.publish(f"Second for {name}", paragraphs(*ARTICLE) + "\n\n" + theirs)
        done(bench, second)
        approve_all(bench, second)
        if bench.site.items(second):
            status, answer = apply(bench, second)
            assert status == 200, answer
        content = bench.site.content(second)
        assert content.count(f"<!-- wp:{block} ") == 1 and theirs in content
    bench.site.settings(format="details")
    return ", ".join(used) or "neither of the plugins is there"


@case()
def uninstalled_and_without_the_service_posts_stay(bench):
    post = published(bench, title="Stays")
    shown = [[bench.texturized(item[name]) for name in ("question", "text")] for item in pairs(bench, post)]
    bench.stop_service()
    before = bench.site.php("global $wpdb; return $wpdb->get_results( \"SELECT ID, post_content, post_modified FROM {$wpdb->posts} ORDER BY ID\" );")

    def is_readable():
        page = bench.site.page(post)
        section = page[page.find("afterword-digest"):]
        return sections(page) == 1 and all(page.count(question) == 1 and answer in section for question, answer in shown)

    assert shown and is_readable(), "without the service"
    bench.site.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php'; require_once ABSPATH . 'wp-admin/includes/file.php';"
        "deactivate_plugins( 'afterword/afterword.php' );")
    assert is_readable(), "with the plugin switched off"
    bench.site.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php'; require_once ABSPATH . 'wp-admin/includes/file.php';"
        "uninstall_plugin( 'afterword/afterword.php' );")
    shutil.rmtree(bench.site.plugin)
    after = bench.site.php("global $wpdb; return $wpdb->get_results( \"SELECT ID, post_content, post_modified FROM {$wpdb->posts} ORDER BY ID\" );")
    assert before == after, "a post changed"
    left = bench.site.php("global $wpdb; return array( $wpdb->get_col( \"SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE '%afterword%'\" ), $wpdb->get_col( \"SELECT DISTINCT meta_key FROM {$wpdb->postmeta} WHERE meta_key LIKE '%afterword%'\" ), strpos( serialize( _get_cron_array() ), 'afterword' ) );")
    assert left == [[], [], False], left
    assert is_readable(), "with the plugin removed"
