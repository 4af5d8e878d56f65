"""Digests of a JSONL archive with Ray Data.

Each task sends its block of lines through `afterword digest --jsonl`, which loads its
engine once and works on several articles at a time. Ray does the rest.

    pip install "ray[data]"
    python digests.py archive.jsonl out/ --afterword "afterword digest --jsonl"
"""

import argparse
import json
import shlex
import subprocess

import ray


def digests(batch, command):
    """Answers a batch of articles, one line each, in their order."""
    lines = []
    for at in range(len(batch["custom_id"])):
        article = {name: str(column[at]) for name, column in batch.items() if column[at] is not None}
        lines.append(json.dumps(article))
    done = subprocess.run(command, input="\n".join(lines) + "\n", text=True, stdout=subprocess.PIPE)
    # 3: none of these lines got a digest, and each says why.
    if done.returncode not in (0, 3):
        raise RuntimeError(f"afterword ended with {done.returncode}")
    answers = done.stdout.splitlines()
    return {
        "custom_id": [json.loads(answer)["custom_id"] for answer in answers],
        "status": [json.loads(answer)["status"] for answer in answers],
        "line": answers,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("archive")
    parser.add_argument("out")
    parser.add_argument("--afterword", default="afterword digest --jsonl")
    parser.add_argument("--batch-size", type=int, default=64)
    arguments = parser.parse_args()
    articles = ray.data.read_json(arguments.archive, lines=True)
    made = articles.map_batches(
        digests,
        batch_size=arguments.batch_size,
        batch_format="numpy",
        fn_kwargs={"command": shlex.split(arguments.afterword)},
    )
    made.write_json(arguments.out)


if __name__ == "__main__":
    main()
