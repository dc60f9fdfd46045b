"""
Text whose lines a client has broken to fit a screen, with its paragraphs whole again.
"""

_SIGNATURE = "-- "


def unfolded(text: str, *, deletes_space: bool = False) -> str:
    """
    The text of a `format=flowed` part as it was written (RFC 3676 §4): a line that ends
    in a space goes on in the next one of the same quote depth. *deletes_space* is DelSp.
    """
    lines: list[str] = []
    depth_before, goes_on = 0, False
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip(">"))
        # RFC 3676 §4.4: a space before the text is stuffed. Alone it is an empty line, on
        # which nothing goes on.
        said = line[depth:].removeprefix(" ")
        if goes_on and depth == depth_before and said.strip() != _SIGNATURE.strip():
            lines[-1] += said
        else:
            # Before other words it may be an indentation: not every client stuffs those.
            lines.append(said if not depth and said.startswith("From ") else line)
        depth_before = depth
        goes_on = said.endswith(" ") and said.strip() != _SIGNATURE.strip()
        if goes_on and deletes_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(each if each == _SIGNATURE else each.rstrip(" ") for each in lines)
