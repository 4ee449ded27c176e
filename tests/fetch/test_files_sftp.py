"""Pulling from a real SFTP server, with host keys: asyncssh's, in a thread of the test."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pytest

from tests.fetch.databases import free_port
from tests.fetch.drop import FIRST, SECOND, Drop, content, put
from tests.ingest.lab import Lab

USER, PASSWORD = "sverka", "hidden-password"
MORNING = "2026-11-20T08:00+04:00"


class Sftp:
    """A server on loopback, of the folder ``root``. ``key`` proves it; users come with PASSWORD or ``user_key``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.key, self.user_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._run(self._listen())
        self.address = f"sftp://127.0.0.1:{self._server.get_port()}"

    @property
    def known_host(self) -> str:
        return f"[127.0.0.1]:{self._server.get_port()} {self.key.export_public_key().decode()}"

    def close(self) -> None:
        self._server.close()
        self._run(self._ended())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, job):
        return asyncio.run_coroutine_threadsafe(job, self._loop).result(10)

    async def _ended(self) -> None:
        await self._server.wait_closed()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _listen(self):
        accepted = asyncssh.import_authorized_keys(self.user_key.export_public_key().decode())

        class Users(asyncssh.SSHServer):
            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == (USER, PASSWORD)

        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Users,
            server_host_keys=[self.key],
            authorized_client_keys=accepted,
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(self.root).encode()),
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sftp]:
    server = Sftp(tmp_path_factory.mktemp("sftp"))
    yield server
    server.close()


@pytest.fixture
def folder(server: Sftp, tmp_path: Path) -> Path:
    """A folder of the test's own on the server."""
    folder = server.root / tmp_path.name
    folder.mkdir()
    return folder


@pytest.fixture
def configure(drop: Drop, server: Sftp, folder: Path, tmp_path: Path) -> Callable[..., None]:
    """Declare the feed of the test's folder, with other settings than the right ones."""
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(server.known_host)
    right = {"url": f"{server.address}/{folder.name}/*.csv", "user": USER, "known_hosts": known_hosts}

    def configure(**other: object) -> None:
        way_in = {} if "key_file" in other else {"password": "env:SFTP_PASSWORD"}
        drop.configure(**{**right, **way_in, **other})

    return configure


@pytest.fixture
def drop(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Drop:
    monkeypatch.setenv("SFTP_PASSWORD", PASSWORD)
    return Drop(lab, (PASSWORD, "wrong-password"))


def test_files_load_and_the_next_day_takes_the_new_ones(
    drop: Drop, configure: Callable[..., None], folder: Path
) -> None:
    large = content(*range(100_000))
    put(folder / "Реестр.csv", content(1), MORNING)
    put(folder / "Реестр.csv.control.json", b'{"rows": 1}', MORNING)
    put(folder / "x.csv.part", b"not taken", MORNING)
    configure()
    outcomes = [drop.pull().outcome, drop.pull().outcome]
    drop.lab.run(FIRST)
    put(folder / "2.csv", large, "2026-11-21T08:00+04:00")
    outcomes += [drop.pull().outcome, drop.pull(again=True).outcome, drop.pull(SECOND).outcome]
    assert outcomes == ["pulled", "already_pulled", "already_pulled", "pulled", "pulled"]
    assert drop.files(SECOND) == {"2.csv": large}
    assert drop.ids() == ["1"]


def test_a_key_opens_too(
    drop: Drop, configure: Callable[..., None], server: Sftp, folder: Path, tmp_path: Path
) -> None:
    put(folder / "1.csv", content(1), MORNING)
    key_file = tmp_path / "key"
    key_file.write_bytes(server.user_key.export_private_key())
    configure(key_file=key_file)
    assert drop.pull().outcome == "pulled"


def test_a_wrong_key_and_one_that_is_none_are_said(
    drop: Drop, configure: Callable[..., None], server: Sftp, tmp_path: Path
) -> None:
    key_file = tmp_path / "key"
    key_file.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    configure(key_file=key_file)
    assert "refuses the credentials: Permission denied" in drop.problem()
    key_file.write_bytes(server.user_key.export_private_key("pkcs8-pem", passphrase=PASSWORD))
    assert "a private key without passphrase: Passphrase must be specified" in drop.problem()
    key_file.write_bytes(b"no key")
    assert f"the key_file {key_file} cannot be read as a private key" in drop.problem()
    key_file.unlink()
    assert "No such file or directory" in drop.problem()


def test_a_wrong_password_is_said_by_its_place(
    drop: Drop, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SFTP_PASSWORD", "wrong-password")
    configure()
    problem = drop.problem()
    assert "refuses the credentials: Permission denied" in problem and "They stand in env:SFTP_PASSWORD" in problem


@pytest.mark.parametrize("known", ["", None], ids=["empty", "absent"])
def test_an_unknown_host_key_is_refused(
    drop: Drop, configure: Callable[..., None], server: Sftp, tmp_path: Path, known: str | None
) -> None:
    other = tmp_path / "others"
    if known is not None:
        other.write_text(known)
    configure(known_hosts=other)
    port = server.address.rpartition(":")[2]
    problem = drop.problem()
    assert f"the host key of {server.address} is not in {other}. Compare its fingerprint" in problem
    assert f"then add it: ssh-keyscan -p {port} 127.0.0.1 >> {other}" in problem


def test_a_changed_host_key_is_refused(
    drop: Drop, configure: Callable[..., None], server: Sftp, tmp_path: Path
) -> None:
    other = tmp_path / "others"
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    other.write_text(f"{server.known_host.split()[0]} {key}")
    configure(known_hosts=other)
    problem = drop.problem()
    assert f"{server.address} has another host key than {other} says: somebody may stand between" in problem
    assert f"ssh-keygen -R '{server.known_host.split()[0]}' -f {other}" in problem


def test_a_list_of_known_hosts_that_is_none_is_said(drop: Drop, configure: Callable[..., None], tmp_path: Path) -> None:
    other = tmp_path / "others"
    other.write_text("127.0.0.1 ssh-ed25519 none\n@what is this\n")
    configure(known_hosts=other)
    assert f"{other} cannot be read as a list of known hosts" in drop.problem()


def test_the_known_hosts_of_the_user_are_the_default(
    drop: Drop, configure: Callable[..., None], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder / "1.csv", content(1), MORNING)
    (tmp_path / ".ssh").mkdir()
    (tmp_path / "known_hosts").rename(tmp_path / ".ssh" / "known_hosts")
    monkeypatch.setenv("HOME", str(tmp_path))
    configure(known_hosts="~/.ssh/known_hosts")
    assert drop.pull().outcome == "pulled"
    text = drop.lab.home.config_file.read_text().replace(', known_hosts: "~/.ssh/known_hosts"', "")
    drop.lab.configure(text)
    assert "known_hosts:" not in text and drop.pull(again=True).outcome == "pulled"


def test_what_cannot_be_reached_or_is_not_there_is_said(
    drop: Drop, configure: Callable[..., None], server: Sftp
) -> None:
    configure(url=f"sftp://127.0.0.1:{free_port()}/x/*.csv")
    assert "/x/*.csv cannot be read: " in drop.problem()
    configure(url="sftp://nowhere.invalid/x/*.csv")
    assert "sftp://nowhere.invalid:22/x/*.csv cannot be read: " in drop.problem()
    configure(url=f"{server.address}/nowhere/*.csv")
    assert f"the folder {server.address}/nowhere is not there" in drop.problem()
    configure(url=f"{server.address}/nowhere/{{date}}/*.csv")
    assert drop.pull().outcome == "nothing"
