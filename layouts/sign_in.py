"""The page that asks who is there, and the one that asks before it forgets: plain HTML, without a script."""

from __future__ import annotations

from html import escape

from pipeline.visible import visible

FILES = ("/assets/10_theme.css", "/assets/75_sign_in.css", "/assets/favicon.svg")  # all that these pages load
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'"
)
WRONG_NAME = "This name and password do not belong together. Try again."
NOT_OURS = "This is not the token of this app. It stands in the address that was printed when the app was started."
HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Cluster Explorer</title>
<link rel="icon" href="/assets/favicon.svg">
<link rel="stylesheet" href="/assets/10_theme.css">
<link rel="stylesheet" href="/assets/75_sign_in.css">
</head>
<body class="sign-in">
<main>
<p class="sign-in-brand"><img src="/assets/favicon.svg" alt="" width="28" height="28">Cluster Explorer</p>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
ARRIVING = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="0"><title>Cluster Explorer</title></head>
<body><p><a href="">Open Cluster Explorer</a></p></body></html>
"""
NAMED = """<label for="name">Name</label>
<input id="name" name="name" value="{name}" autocomplete="username" autocapitalize="none" spellcheck="false" required{first}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required{second}>"""
PASSED = """<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="off" aria-describedby="where" required autofocus>
<p class="small" id="where">It stands in the address that was printed when the app was started, behind <code>token=</code>.</p>"""


def page(named: bool, said: str = "", workspace: str = "", name: str = "") -> str:
    """The page to sign in on, with a name and password or with a token; ``said`` is what was wrong with the last try."""
    wrong = f'<p class="sign-in-wrong" role="alert">{escape(said)}</p>' if said else ""
    first, second = ("", " autofocus") if name else (" autofocus", "")
    fields = NAMED.format(name=escape(visible(name)), first=first, second=second) if named else PASSED
    kept = f'<input type="hidden" name="w" value="{escape(workspace)}">' if workspace else ""
    body = f"""{wrong}<form method="post" action="/sign-in">
{fields}{kept}
<button class="sign-in-button">Sign in</button>
</form>"""
    return HEAD.format(title="Sign in", body=body)


def leaving(name: str) -> str:
    """The page that asks before it signs somebody out."""
    who = f"You are signed in as <b>{escape(visible(name))}</b>." if name else "You are signed in."
    body = f"""<p>{who} Your data stay here until you delete them.</p>
<form method="post" action="/sign-out"><button class="sign-in-button">Sign out</button></form>
<p class="sign-in-back"><a href="/">Back to the map</a></p>"""
    return HEAD.format(title="Sign out", body=body)
