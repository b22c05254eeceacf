"""Sealed columns and keyed hashes: AES-256-GCM and HMAC-SHA256, their keys kept apart by HKDF."""

import base64
import binascii
import hmac
import os
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"


class KeyMaterialError(ValueError):
    """A key that is not 32 bytes in base64."""


class UnreadableError(ValueError):
    """Sealed bytes that were changed, cut, or sealed with another key."""


def derive_key(material: bytes, purpose: str) -> bytes:
    """Return 32 bytes for one purpose; keys of different purposes tell nothing of each other."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"shopfleet {purpose}".encode()).derive(
        material
    )


def parse_key(encoded: str) -> bytes:
    """Return the 32 bytes of a base64 text; raises `KeyMaterialError`."""
    try:
        key = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raise KeyMaterialError("a key is 32 bytes in base64") from None
    if len(key) != KEY_BYTES:
        raise KeyMaterialError("a key is 32 bytes in base64")
    return key


class Sealer:
    """Seals bytes for one purpose: a version byte, a random nonce, the ciphertext with its tag."""

    def __init__(self, material: bytes, purpose: str) -> None:
        self._cipher = AESGCM(derive_key(material, purpose))
        self._purpose = purpose.encode()

    def seal_bytes(self, plain: bytes) -> bytes:
        """Return the sealed bytes; the same input gives another output each time."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, self._purpose)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Return the plain bytes; raises `UnreadableError`."""
        version, nonce = sealed[:1], sealed[1 : 1 + _NONCE_BYTES]
        if version != _VERSION or len(nonce) != _NONCE_BYTES:
            raise UnreadableError("sealed by an unknown version")
        try:
            return self._cipher.decrypt(nonce, sealed[1 + _NONCE_BYTES :], self._purpose)
        except InvalidTag:
            raise UnreadableError("changed, or sealed with another key") from None


class PersonalData:
    """Encrypts a buyer's data in its columns and hashes it to be found again."""

    def __init__(self, key: bytes) -> None:
        self._sealer = Sealer(key, "personal data")
        self._hash_key = derive_key(key, "personal hashes")

    def seal(self, text: str) -> bytes:
        """Return the sealed text; the same text gives another output each time."""
        return self._sealer.seal_bytes(text.encode())

    def open(self, sealed: bytes) -> str:
        """Return the text; raises `UnreadableError`."""
        return self._sealer.open_bytes(sealed).decode()

    def hash(self, text: str) -> str:
        """Return 64 hexadecimal digits, equal for texts that differ in case, width or blanks.

        Normalised as NFKC, casefold, strip; without the key nobody can try out phone numbers.
        """
        normal = unicodedata.normalize("NFKC", text).casefold().strip()
        normal = unicodedata.normalize("NFKC", normal)
        return hmac.digest(self._hash_key, normal.encode(), "sha256").hex()
