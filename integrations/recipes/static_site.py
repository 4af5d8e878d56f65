#!/usr/bin/env python3
"""Writes the digest of each article of a static site into a file of its own, which the
site's templates include, and leaves out what has not changed. See docs/recipes.md.

    static_site.py content digests --format html
    static_site.py content data/afterword --format json
    static_site.py content digests --front-matter     # Hugo: into the article's front matter

What stands after `--` goes to `afterword digest`. The articles themselves are changed by
--front-matter only, and then by one line.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

SUFFIXES = {"html": ".html", "json": ".json", "markdown": ".md"}
KEY = "afterword"
# Ours in YAML front matter: one line, as JSON is YAML.
LINE = re.compile(rf"^{KEY}: .*\n", re.MULTILINE)
# Of `afterword`: the input was refused. Everything else but 0 ends the run.
REFUSED = 3
LOCK = ".afterword.json"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("content", type=pathlib.Path, help="folder with articles in Markdown")
    parser.add_argument("digests", type=pathlib.Path, help="folder for their digests")
    parser.add_argument("--format", choices=SUFFIXES, default="html")
    parser.add_argument("--front-matter", action="store_true", help="into the YAML front matter, in place of files")
    parser.add_argument("--program", default="afterword")
    own, mark, options = sys.argv[1:], "--", []
    if mark in own:
        own, options = own[:own.index(mark)], own[own.index(mark) + 1:]
    given = parser.parse_args(own)
    given.options = options
    return given


def digest(program, article, options, wanted):
    """What the program prints, or None when it refuses the article."""
    command = [program, "digest", "-", "--input", "markdown", "--format", wanted, *options]
    done = subprocess.run(command, input=article, capture_output=True)
    if done.returncode == REFUSED:
        print(done.stderr.decode().strip(), file=sys.stderr)
        return None
    if done.returncode != 0:
        sys.exit(done.stderr.decode().strip())
    return done.stdout


def write(path, data):
    """Whole or not at all, and not when it is there already."""
    if path.exists() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    os.replace(part, path)


def without_line(article):
    head, mark, rest = article.partition("\n---\n")
    return LINE.sub("", head + "\n").removesuffix("\n") + mark + rest if article.startswith("---\n") and mark else article


def with_line(article, json_text):
    """The article with our line as the last of its YAML front matter."""
    article = without_line(article)
    head, mark, rest = article.partition("\n---\n")
    if not (article.startswith("---\n") and mark):
        sys.exit("--front-matter needs YAML front matter between two lines of ---")
    return f"{head}\n{KEY}: {json_text}{mark}{rest}"


def shown(digest_json):
    """Of a digest what a template shows, on one line."""
    whole = json.loads(digest_json)
    return json.dumps({
        "topic": whole["topic"],
        "summary": whole["summary"]["text"] if whole["summary"] else None,
        "faq": [{"question": it["question"], "answer": it["answer"]["text"]} for it in whole["faq"]],
        "related": whole["related"],
    }, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085").replace("\ufeff", "\\ufeff")


def main():
    given = arguments()
    wanted = "json" if given.front_matter else given.format
    lock = given.digests / LOCK
    known = json.loads(lock.read_text()) if lock.exists() else {}
    now, counts = {}, {"written": 0, "unchanged": 0, "refused": 0, "removed": 0}
    for path in sorted(given.content.rglob("*.md")):
        name = path.relative_to(given.content).as_posix()
        article = path.read_bytes().decode()
        bare = without_line(article) if given.front_matter else article
        order = json.dumps([wanted, given.options]).encode()
        now[name] = hashlib.sha256(order + b"\0" + bare.encode()).hexdigest()
        target = path if given.front_matter else given.digests / (name.removesuffix(".md") + SUFFIXES[wanted])
        if known.get(name) == now[name]:
            counts["unchanged"] += 1
            continue
        printed = digest(given.program, bare.encode(), given.options, wanted)
        if given.front_matter:
            write(path, (bare if printed is None else with_line(bare, shown(printed))).encode())
        elif printed:
            write(target, printed)
        else:
            target.unlink(missing_ok=True)
        counts["refused" if printed is None else "written"] += 1
    for name in [] if given.front_matter else sorted(known.keys() - now.keys()):
        (given.digests / (name.removesuffix(".md") + SUFFIXES[wanted])).unlink(missing_ok=True)
        counts["removed"] += 1
    write(lock, (json.dumps(now, indent=1) + "\n").encode())
    print(", ".join(f"{count} {what}" for what, count in counts.items()), file=sys.stderr)


if __name__ == "__main__":
    main()
