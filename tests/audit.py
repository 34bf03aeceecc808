"""Known weaknesses of the locked packages: ``make audit``. What could not be looked up is a failure, never a pass.

It asks PyPI for every name and version in the lock; PyPI answers with the advisories of the Python Packaging Advisory Database.
"""

import argparse
import json
import re
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HOUSE = Path(__file__).parents[1]
PATIENCE = 20  # seconds for one answer
AT_ONCE = 4
KNOWN = {  # weaknesses that we live with, and why; SECURITY.md says the same
    "CVE-2025-69872": "diskcache unpickles what lies in its folder; ours is private (0700), made anew for every start, and holds "
    "only what Dash's own workers left there.",
}


def locked(lock):
    """Name and version of every package in a lock file."""
    return re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)


def advisories(source, name, version):
    """Advisories for one version; raises ValueError with a reason when the answer does not tell."""
    try:
        with urllib.request.urlopen(f"{source}/{name}/{version}/json", timeout=PATIENCE) as answer:
            told = json.loads(answer.read())
        found, info = told["vulnerabilities"], told["info"]["version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{name} {version}: {getattr(error, 'reason', None) or error or type(error).__name__}") from None
    if not isinstance(found, list) or info != version:
        raise ValueError(f"{name} {version}: the answer is about something else")
    return [one for one in found if not one.get("withdrawn")]


def looked_up(source, packages):
    """Weaknesses (package, names, words) and what could not be looked up, each with its reason."""

    def look(package):
        try:
            return package, advisories(source, *package), None
        except ValueError as reason:
            return package, [], str(reason)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(look, packages))
    weak = [(package, {one["id"], *one.get("aliases", ())}, one) for package, found, _ in answers for one in found]
    return weak, [reason for _, _, reason in answers if reason]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lock", type=Path, default=HOUSE / "requirements.lock")
    parser.add_argument("--source", default="https://pypi.org/pypi", help="where the advisories are asked for")
    given = parser.parse_args()
    packages = locked(given.lock)
    if not packages:
        sys.exit(f"{given.lock} names no package, so there was nothing to audit.")
    weak, skipped = looked_up(given.source, packages)
    new = [(package, names, one) for package, names, one in weak if not names & KNOWN.keys()]
    for (name, version), names, one in new:
        words = " ".join(str(one.get("summary") or one.get("details") or "").split())[:200]
        mended = ", ".join(one.get("fixed_in") or ()) or "no version yet"
        print(f"{name} {version}: {', '.join(sorted(names))}: {words} (mended in {mended})")
    for reason in skipped[:10]:
        print(f"not looked up: {reason}")
    if skipped:
        share = f"{len(skipped)} of {len(packages)} packages"
        sys.exit(f"{share} could not be looked up at {given.source}: this audit says nothing of them.")
    if new:
        sys.exit(f"{len(new)} known weaknesses in {len(packages)} packages.")
    told = f"{len(packages)} packages of {given.lock.name}, no known weakness without a written reason ({len(weak)} with one)"
    print(f"{told}; asked of {given.source} on {time.strftime('%Y-%m-%d')}.")


if __name__ == "__main__":
    main()
