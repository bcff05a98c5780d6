"""Letters signed and encrypted with S/MIME by the library `cryptography`, with a key made on the spot."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7


@cache
def _pair() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Avery Sample")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    return key, made.sign(key, hashes.SHA256())


def signed_by_a_library(letter: bytes) -> bytes:
    """The smime.p7m of this letter, in DER."""
    key, certificate = _pair()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(letter).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def sealed_by_a_library(letter: bytes) -> bytes:
    """The same, encrypted instead."""
    _, certificate = _pair()
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(letter).add_recipient(certificate)
    return builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
