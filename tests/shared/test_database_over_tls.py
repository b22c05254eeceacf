"""PostgreSQL over TLS, as the settings of production ask for it: by the words that psql knows."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from shared.db.direct import close_direct, connect_direct
from shared.db.engine import Database
from shopfleet.local.ports import LOOPBACK
from tests.support.certificates import Certificates, make_certificates
from tests.support.databases import Databases

SSL_REQUEST = bytes.fromhex("00000008 04d2162f")


@pytest.fixture
async def plain(databases: Databases) -> URL:
    """A database on the server's socket."""
    return make_url(await databases.create("orders"))


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return make_certificates(tmp_path / "ours")


@asynccontextmanager
async def tls_front(plain: URL, certificates: Certificates) -> AsyncIterator[int]:
    """Speak TLS before the server, which need not; who does not ask for it is hung up on."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.server_file)

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readexactly(len(SSL_REQUEST)) != SSL_REQUEST:
            writer.close()
            return
        writer.write(b"S")
        try:
            await writer.start_tls(context)
        except OSError:  # the client does not trust us
            writer.close()
            return
        behind, beyond = await _server_behind(plain)
        await asyncio.gather(pump(reader, beyond), pump(behind, writer))

    server = await asyncio.start_server(meet, LOOPBACK, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _server_behind(plain: URL) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    folder, port = plain.query.get("host"), plain.query.get("port", plain.port or 5432)
    if folder is None:
        return await asyncio.open_connection(plain.host, int(str(port)))
    return await asyncio.open_unix_connection(Path(str(folder)) / f".s.PGSQL.{port}")


def over_tls(plain: URL, port: int, ca_file: Path) -> str:
    url = URL.create(
        "postgresql", plain.username, plain.password, LOOPBACK, port, plain.database,
        {"sslmode": "verify-full", "sslrootcert": str(ca_file)},
    )  # fmt: skip
    return url.render_as_string(hide_password=False)


async def test_pool_and_relay_speak_tls(plain: URL, certificates: Certificates) -> None:
    async with tls_front(plain, certificates) as port:
        url = over_tls(plain, port, certificates.ca_file)
        database = Database(url, name="tls")
        async with database.reading() as session:
            found = (await session.execute(text("SELECT current_database()"))).scalar_one()
        await database.close()
        direct = await connect_direct(url, name="tls")
        answered = await direct.fetchval("SELECT 1")
        await close_direct(direct)

    assert (found, answered) == (plain.database, 1)


async def test_a_server_of_another_authority_is_not_trusted(
    plain: URL, certificates: Certificates, tmp_path: Path
) -> None:
    others = make_certificates(tmp_path / "others")
    async with tls_front(plain, certificates) as port:
        url = over_tls(plain, port, others.ca_file)
        database = Database(url, name="tls")
        with pytest.raises(ssl.SSLCertVerificationError):
            async with database.reading():
                pass
        with pytest.raises(ssl.SSLCertVerificationError):
            await connect_direct(url, name="tls")
        await database.close()
