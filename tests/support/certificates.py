"""A certificate authority of a test, and a certificate for the loopback address."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from shopfleet.local.ports import LOOPBACK


class Certificates(NamedTuple):
    """Files in PEM: the authority's certificate; a server's key, certificate and authority."""

    ca_file: Path
    server_file: Path


def make_certificates(folder: Path) -> Certificates:
    """Make an authority and the certificate of a server at the loopback address."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificates(folder / "ca.pem", folder / "server.pem")
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("Shopfleet test authority", ca_key, None, ca_key)
    server = _certificate(LOOPBACK, key, ca, ca_key)
    made.ca_file.write_bytes(ca.public_bytes(Encoding.PEM))
    made.server_file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + server.public_bytes(Encoding.PEM)
        + ca.public_bytes(Encoding.PEM)
    )
    return made


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    """Sign a key's name; without an issuer it is an authority of its own."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    draft = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))])
        draft = draft.add_extension(names, critical=False)
    return draft.sign(issuer_key, hashes.SHA256())
