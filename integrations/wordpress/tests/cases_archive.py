"""Whole archives: the bulk action and WP-CLI."""

import os
import shutil
import subprocess

from cases import ARTICLE, apply, approve_all, case, done, paragraphs, sections
from service_under_test import wait_for
from site_under_test import hidden_value


@case()
def bulk_action_queues_and_sends_nothing(bench):
    bench.site.settings(mode="manual")
    posts = [bench.site.publish(f"Bulk {number}", paragraphs(*ARTICLE)) for number in range(5)]
    assert all(bench.site.job(post) is None for post in posts), "on demand means on demand"
    page = bench.editor_user.get("/wp-admin/edit.php")[1]
    assert "Generate with Afterword" in page
    nonce = hidden_value(page, "_wpnonce")
    address = "/wp-admin/edit.php?action=afterword_generate&_wpnonce={}&" + "&".join(f"post[]={post}" for post in posts)
    assert bench.editor_user.get(address.format("0"))[0] == 403
    status, page = bench.editor_user.get(address.format(nonce))
    assert status == 200 and "5 posts were queued" in page, page[:500]
    assert not any(bench.service.jobs(bench.external_id(post)) for post in posts)
    for post in posts:
        assert bench.site.job(post)["lane"] == "backfill"
    for post in posts:
        done(bench, post)
    assert {bench.service.jobs(bench.external_id(post))[0]["lane"] for post in posts} == {"backfill"}
    bench.site.settings(mode="automatic")


def command_line(bench):
    """Runs a command by WP-CLI where it is installed, else by a double of it."""
    program = os.environ.get("WP_CLI") or shutil.which("wp")

    def run(*words):
        if program:
            shell = subprocess.run([*program.split(), "afterword", *words, f"--path={bench.site.root}", "--allow-root"], capture_output=True, text=True)
            # WordPress 6.1 is older than PHP 8.2, which says so.
            lines = (shell.stdout + shell.stderr).splitlines()
            return [line for line in lines if line and not line.removeprefix("PHP ").startswith("Deprecated: ")]
        options = {name: value or True for name, _, value in (word.removeprefix("--").partition("=") for word in words[1:])}
        code = "$class = WP_CLI::$commands['afterword']; $command = new $class(); try { $command->{$vars['name']}( array(), $vars['options'] ); } catch ( RuntimeException $e ) { WP_CLI::$lines[] = 'Error: ' . $e->getMessage(); } return WP_CLI::$lines;"
        return bench.site.php(code, cli=True, name=words[0], options=options or {"none": "1"})

    return run, "by WP-CLI" if program else "by a double of WP-CLI"


@case()
def commands(bench):
    bench.site.settings(mode="manual")
    run, how = command_line(bench)
    posts = [bench.site.publish(f"Command {number}", paragraphs(*ARTICLE)) for number in range(3)]
    ids = "--ids=" + ",".join(map(str, posts))
    lines = run("generate", ids, "--limit=2", "--dry-run")
    assert lines[-1] == "Success: 2 would be queued." and bench.site.job(posts[0]) is None, lines
    lines = run("generate", ids, "--limit=2")
    assert lines == [f"{posts[0]} queued", f"{posts[1]} queued", "Success: 2 queued."], lines
    assert not bench.service.jobs(bench.external_id(posts[0]))
    lines = run("work", "--limit=1")
    assert lines == ["Success: 1 attended to."], lines
    lines = run("work")
    assert lines[-1].startswith("Success: 1"), lines
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


@case()
def backfill_from_an_export_and_back(bench):
    """An export of WordPress itself in, approved digests out into the same site."""
    bench.site.settings(mode="manual")
    details = "core/details" in bench.site.blocks()
    posts = [bench.site.publish(f"Archive {number}", paragraphs(*ARTICLE, f"It was the {number}th bridge.")) for number in range(4, 7)]
    before = [bench.site.content(post) for post in posts]
    export = bench.site.php("require_once ABSPATH . 'wp-admin/includes/export.php'; ob_start(); @export_wp(); return ob_get_clean();", user=1)
    folder = bench.site.folder / "archive"
    (bench.site.folder / "export.xml").write_text(export)
    ids = ",".join(map(str, posts))
    bench.service.command("backfill", "run", str(bench.site.folder / "export.xml"), "--out", str(folder), "--engine", "extractive", "--ids", ids)
    password = bench.site.php("return WP_Application_Passwords::create_new_application_password( get_user_by( 'login', 'editor' )->ID, array( 'name' => 'backfill' ) )[0];")
    (bench.site.folder / "password").write_text(password)
    (bench.site.folder / "approved").write_text(f"{posts[0]}\n{posts[1]}\n")
    # Somebody saves one of the two in the meantime.
    bench.site.php("$GLOBALS['wpdb']->update( $GLOBALS['wpdb']->posts, array( 'post_modified_gmt' => '2030-01-01 00:00:00' ), array( 'ID' => $vars['id'] ) ); clean_post_cache( $vars['id'] );", id=posts[1])

    def push(*more):
        words = ["backfill", "push", "wordpress", str(folder), "--site", bench.site.url, "--user", "editor", "--password-file", str(bench.site.folder / "password"), "--approved", str(bench.site.folder / "approved"), "--format", "wordpress-details" if details else "html", *more]
        return bench.service.command(*words)

    push("--dry-run")
    assert [bench.site.content(post) for post in posts] == before, "a rehearsal wrote"
    push()
    assert [sections(bench.site.page(post)) for post in posts] == [1, 0, 0]
    assert bench.site.content(posts[0]).startswith(before[0]) and [bench.site.content(post) for post in posts[1:]] == before[1:]
    push()
    assert sections(bench.site.page(posts[0])) == 1, "pushed twice"
    # The plugin finds the section that it would write itself, and leaves it.
    assert bench.site.php("return Afterword_Jobs::enqueue( $vars['id'], 'draft', false );", id=posts[0]) == "queued"
    done(bench, posts[0])
    approve_all(bench, posts[0])
    status, answer = apply(bench, posts[0])
    assert (status, answer.get("changed"), answer.get("section")) == (200, False, "current"), answer
    assert sections(bench.site.page(posts[0])) == 1
    push("--undo")
    assert bench.site.content(posts[0]) == before[0], "not as it was"
    return "wordpress-details" if details else "html, as this WordPress has no core/details"
