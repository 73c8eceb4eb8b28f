"""The keys of work records: Ed25519. The first signs, all are published and verify.

They are settings.WORK_RECORD_KEYS, 32 bytes each in base64. Without any a key follows from SECRET_KEY,
and one from each of its fallbacks.
"""

import base64
import hashlib
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@lru_cache(maxsize=4)
def _of(seeds: tuple[bytes, ...]) -> dict[str, Ed25519PrivateKey]:
    keys = [Ed25519PrivateKey.from_private_bytes(seed) for seed in seeds]
    return {_thumbprint(key.public_key()): key for key in keys}


def _known() -> dict[str, Ed25519PrivateKey]:
    given = [base64.b64decode(key) for key in settings.WORK_RECORD_KEYS]
    derived = [
        hashlib.sha256(b"flagdown.work-record:" + secret.encode()).digest()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
    return _of((*given, *derived))


def _jwk(key: Ed25519PublicKey) -> dict[str, str]:
    return {
        "crv": "Ed25519",
        "kty": "OKP",
        "x": _text(key.public_bytes(Encoding.Raw, PublicFormat.Raw)),
    }


def _thumbprint(key: Ed25519PublicKey) -> str:
    """RFC 7638: the name of a key follows from the key."""
    members = _jwk(key)
    plain = ",".join(f'"{name}":"{members[name]}"' for name in sorted(members))
    return _text(hashlib.sha256(f"{{{plain}}}".encode()).digest())


def signing() -> tuple[str, Ed25519PrivateKey]:
    """The name of the key that signs, and the key."""
    return next(iter(_known().items()))


def public(name: str) -> Ed25519PublicKey | None:
    """The key of this name to verify with, if it is ours."""
    found = _known().get(name)
    return found.public_key() if found else None


def jwks() -> dict[str, Any]:
    """All of them, as anybody may have them (RFC 7517)."""
    return {
        "keys": [
            {**_jwk(key.public_key()), "kid": name, "alg": "EdDSA", "use": "sig"}
            for name, key in _known().items()
        ]
    }
