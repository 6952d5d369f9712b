"""What the document "Sealing" says, in Python: key blobs, envelopes, and the signed plaintext inside."""

import json
from base64 import b64decode, b64encode

from nacl.public import Box, PrivateKey, PublicKey
from nacl.secret import SecretBox
from nacl.signing import VerifyKey
from nacl.utils import random


def b64(data):
    return b64encode(bytes(data)).decode()


def seal_key(chat_key, secret, public_key):
    """A key blob. PyNaCl puts the nonce in front."""
    return b64(Box(secret, PublicKey(b64decode(public_key))).encrypt(chat_key, random(24)))


def open_key(blob, secret, public_key):
    return Box(secret, PublicKey(b64decode(public_key))).decrypt(b64decode(blob))


def seal(said, signer, chat_key):
    """An envelope around a signed text; `said` has t, body, chat, epoch, user, tab and n."""
    words = json.dumps({**said, "from": b64(signer.verify_key)}, ensure_ascii=False, separators=(",", ":")).encode()
    words += b" " * (-len(words) % 64)
    ct = SecretBox(chat_key).encrypt(b"\x03" + signer.sign(words).signature + words, random(24))
    return json.dumps({"v": 2, "epoch": said["epoch"], "ct": b64(ct)}, separators=(",", ":"))


def unseal(entry, chat_key):
    """What a history entry says. It has `from` only if it is signed and was written for this place by this person."""
    envelope = json.loads(entry["content"])
    plaintext = SecretBox(chat_key).decrypt(b64decode(envelope["ct"]))
    if plaintext[:1] == b"{":
        return {"body": json.loads(plaintext)["body"]}
    if plaintext[:1] != b"\x03":
        raise ValueError("this client does not know this kind of message")
    signature, words = plaintext[1:65], plaintext[65:]
    said = json.loads(words)
    VerifyKey(b64decode(said["from"])).verify(words, signature)
    inside, outside = (said["chat"], said["epoch"], said["user"]), (entry["chat_id"], envelope["epoch"], entry["sender"]["id"])
    if inside != outside or envelope["epoch"] != int(entry["epoch"], 16) or said["t"] != "text":
        raise ValueError("it was written for another place, or by someone else")
    return said
