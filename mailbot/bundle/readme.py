"""
README.txt: how a stranger checks a bundle with what every system has.
"""

from mailbot.bundle.manifest import MAC, MANIFEST, PUBLIC_KEY, SEAL, SIGNATURE, SUMS

NAME = "README.txt"


def readme(title: str, firm: str, telephone: str) -> str:
    """
    The text. *telephone* is how the firm is asked for the fingerprint of its key.
    """
    return f"""\
{title}
{"=" * len(title)}

Open index.html (or index.pdf, which says the same): it leads to everything else in here.

To check that nothing was added, taken out or altered, unpack the archive into an empty
folder, open a terminal there, and type (Linux and macOS have both programs; on Windows,
Git for Windows brings them):

1. Every file is as it was, and none is missing:
     sha256sum --check --strict {SUMS}
   And none was added, if this prints {len(SEAL)}: only {MANIFEST}, {SIGNATURE}, {MAC} and
   {SUMS} itself are not in the list:
     echo $(( $(find . -type f | wc -l) - $(wc -l < {SUMS}) ))
2. The list is the signed one: this prints "sha256_of_whole" of {MANIFEST}:
     sha256sum {SUMS}
3. {MANIFEST} was signed by the key in {PUBLIC_KEY}:
     openssl pkeyutl -verify -pubin -inkey {PUBLIC_KEY} -rawin -in {MANIFEST} -sigfile {SIGNATURE}
4. The key is the firm's: this prints its fingerprint, which stands in index.html, too:
     openssl pkey -pubin -in {PUBLIC_KEY} -outform DER | openssl dgst -sha256
     Whoever alters an archive can sign it with a key of their own. Ask {firm}
     on {telephone}, or by a way you know to be theirs, to read the fingerprint to you.

With mailbot installed, "mailbot evidence verify FILE.zip" does all of this but the call.
{MAC} is for {firm} alone (HMAC-SHA256 of {MANIFEST}).
"""
