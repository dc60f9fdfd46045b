"""
Text with the few tags of RFC 1896 (and of its forerunner, text/richtext), without them.
"""

import re

_PARAMETER = re.compile(r"<param>.*?</param>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-z][\w.-]{0,59}>", re.IGNORECASE)
_LINE_ENDS = re.compile(r"\n+")


def without_tags(text: str) -> str:
    """
    The words. RFC 1896 §3: one line end is a space, each one more is one; "<<" is "<".
    """
    text = text.replace("\r\n", "\n").replace("<<", "\x00")
    text = _TAG.sub("", _PARAMETER.sub("", text))
    text = _LINE_ENDS.sub(lambda ends: ends[0][1:] or " ", text)
    return text.replace("\x00", "<")
