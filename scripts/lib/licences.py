"""Whether every crate of the tree, whatever its features, has a licence that .cargo/deny.toml allows and comes from crates.io:
the part of `cargo deny` that needs no more than cargo. Prints each that does not and exits 1 then."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SOURCE = "registry+https://github.com/rust-lang/crates.io-index"
TOKEN = re.compile(r"\(|\)|[^\s()]+(?: WITH \S+)?")


def is_allowed(expression, allowed):
    """An SPDX expression; the older way to say OR is a slash."""
    words = {"(": "(", ")": ")", "OR": "or", "AND": "and"}
    tokens = TOKEN.findall(expression.replace("/", " OR "))
    return bool(eval(" ".join(words.get(token) or str(token in allowed) for token in tokens)))  # words of our own alone


def main():
    allowed = set(tomllib.loads((REPOSITORY / ".cargo/deny.toml").read_text())["licenses"]["allow"])
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--all-features"]
    told = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    bad = []
    for package in json.loads(told)["packages"]:
        name = f"{package['name']} {package['version']}"
        if not is_allowed(package["license"] or "none", allowed):
            bad.append(f"{name}: licence {package['license']}")
        if package["source"] not in (None, SOURCE):
            bad.append(f"{name}: comes from {package['source']}")
    for line in bad:
        print(f"lint: {line}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
