"""Find a browser that Playwright can drive: ``BROWSER_PATH``, an installed one, or (asked to) a new one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find() -> str:
    """Path of a browser that starts, or an empty string."""
    given = os.environ.get("BROWSER_PATH", "")
    if given:
        if not _starts(given):
            raise SystemExit(f"BROWSER_PATH names {given}, which does not start. Unset it, or name a Chromium or Chrome.")
        return given
    installed = [*(shutil.which(name) for name in NAMES), *MAC]
    return next((place for place in installed if place and _starts(place)), "") or _playwright()


def install() -> str:
    """Path of a browser newly installed by the system's package manager, else by Playwright."""
    if shutil.which("apt-get"):
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        _run([*root, "apt-get", "update", "-qq"], 120)
        _run([*root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], 300)
        if find():
            return find()
    _run([sys.executable, "-m", "playwright", "install", "chromium"], 300)
    return find()


def _playwright() -> str:
    """Path of Playwright's own browser if it is there; asked in a process of its own, for one may be running here."""
    ask = "from playwright.sync_api import sync_playwright as s\nwith s() as driver: print(driver.chromium.executable_path)"
    path = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=60).stdout.strip()
    return path if path and _starts(path) else ""


def _starts(path: str) -> bool:
    """Whether this is a browser: Ubuntu's package is an empty shell where snaps do not run."""
    try:
        return Path(path).is_file() and subprocess.run([path, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _run(command: list[str], seconds: int) -> None:
    """Run a command whose success shows in ``find``; its words go to stderr."""
    try:
        subprocess.run(command, stdout=sys.stderr, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)


if __name__ == "__main__":
    found = find() or (install() if "--install" in sys.argv else "")
    if not found:
        raise SystemExit("No browser found. Install Chromium, or name one with BROWSER_PATH.")
    print(found)
