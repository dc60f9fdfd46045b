"""
What somebody who does not trust us would write after reading README.txt: nothing of ours is
imported. Given a bundle, it says what it found as JSON, or fails.
"""

import hashlib
import json
import sys
from zipfile import ZipFile

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

SEAL = {"manifest.json", "manifest.sig", "manifest.hmac", "SHA256SUMS"}

with ZipFile(sys.argv[1]) as archive:
    names = archive.namelist()
    content = {name: archive.read(name) for name in names}

manifest = json.loads(content["manifest.json"])
key = load_pem_public_key(content["public-key.pem"])
if not isinstance(key, Ed25519PublicKey):
    raise SystemExit("another kind of key")
key.verify(content["manifest.sig"], content["manifest.json"])
der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
fingerprint = hashlib.sha256(der).hexdigest()
if manifest["key_fingerprint"].replace(" ", "") != fingerprint:
    raise SystemExit("the list names another key")
if set(manifest["files"]) != set(names) - SEAL or len(set(names)) != len(names):
    raise SystemExit("not the files of the list")
for name, said in manifest["files"].items():
    found = {"octets": len(content[name]), "sha256": hashlib.sha256(content[name]).hexdigest()}
    if found != said:
        raise SystemExit(f"{name} was altered")
sums = "".join(f"{each['sha256']}  {name}\n" for name, each in sorted(manifest["files"].items()))
if sums.encode() != content["SHA256SUMS"]:
    raise SystemExit("SHA256SUMS says something else")
if hashlib.sha256(content["SHA256SUMS"]).hexdigest() != manifest["sha256_of_whole"]:
    raise SystemExit("the whole is another")
if any(name.partition(".")[0] == "mailbot" for name in sys.modules):
    raise SystemExit("a stranger has no mailbot")
found = {"about": manifest["about"], "fingerprint": fingerprint, "files": len(names)}
sys.stdout.write(json.dumps(found))
