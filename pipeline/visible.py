"""Letters that are not seen but change what is seen, written out.

U+202E lets a file called ``gpj.exe`` look like ``exe.jpg``; others split a name that looks like one word. In the data and in
what is exported they stay as they are; what a person reads shows them as ⟨U+202E⟩.
"""

from __future__ import annotations

import re

# Control characters but tab and line ends; what sets the direction of writing; what has no width and no part in a script
# either (joiners belong to Persian and to emoji); line ends that only some programs know; halves of a character.
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def visible(text: str) -> str:
    """The text with every hidden character written as its code, like ⟨U+202E⟩."""
    return HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
