"""The app as ``app.py`` starts it, but that it may fetch from this machine too: ``python -m tests.browser.reaching``."""

from dataclasses import replace

from app import create_app, settings
from callbacks import server

if __name__ == "__main__":
    wanted = replace(settings(), reach=("127.0.0.1",))
    server.serve(lambda: create_app(wanted), wanted)
