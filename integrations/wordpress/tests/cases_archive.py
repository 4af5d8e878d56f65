"""Whole archives: the bulk action and WP-CLI."""

import os
import shutil
import subprocess

from cases import ARTICLE, approve_all, case, done, paragraphs, sections
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
            return (shell.stdout + shell.stderr).strip().splitlines()
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
