"""Real databases on loopback, of a test's own: Debian's PostgreSQL and MariaDB, with nothing kept or synced."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

ADMINISTRATOR = "admin-password"
START_SECONDS = 60


def program(name: str, package: str) -> str:
    """Where a program of a Debian package is. Fails with what to install."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(places[-1]) if places else shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert found, f"{name} is missing. Install it (.ci/services does): apt-get install {package}"
    return found


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a new cluster, as its administrator."""
    initdb, server = program("initdb", "postgresql"), program("postgres", "postgresql")
    with _folder("postgres") as (folder, become):
        (folder / "password").write_text(ADMINISTRATOR)
        options = ["--no-sync", "--no-locale", "--encoding=UTF8", "--auth=scram-sha-256", "--username=admin"]
        _run([*become, initdb, "-D", folder / "data", *options, f"--pwfile={folder / 'password'}"])
        port = free_port()
        quick = [
            "-F",
            "-c",
            "shared_buffers=16MB",
            "-c",
            "unix_socket_directories=",
            "-c",
            "listen_addresses=127.0.0.1",
        ]
        command = [*become, server, "-D", folder / "data", "-p", port, *quick]
        with _serving(command, folder, f"postgresql+psycopg://admin:{ADMINISTRATOR}@127.0.0.1:{port}/postgres") as url:
            yield url


@contextmanager
def mariadb() -> Iterator[str]:
    """The address of a new server, as its administrator; it knows no names of time zones."""
    install, server = program("mariadb-install-db", "mariadb-server"), program("mariadbd", "mariadb-server")
    with _folder("mysql") as (folder, become):
        start = folder / "start.sql"
        start.write_text(
            f"create user admin@'127.0.0.1' identified by '{ADMINISTRATOR}';\n"
            "grant all on *.* to admin@'127.0.0.1' with grant option;\ncreate database shop;\n"
        )
        data = ["--no-defaults", f"--datadir={folder / 'data'}"]
        _run([*become, install, *data, "--auth-root-authentication-method=normal", "--skip-test-db"])
        port = free_port()
        quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M", "--skip-name-resolve"]
        network = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder / 'socket'}"]
        command = [*become, server, *data, *network, *quick, "--skip-log-bin", f"--init-file={start}"]
        with _serving(command, folder, f"mysql+pymysql://admin:{ADMINISTRATOR}@127.0.0.1:{port}/shop") as url:
            yield url


def engine(url: str) -> Engine:
    """Connections that commit each statement."""
    return create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")


def free_port() -> int:
    """A port of loopback that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _folder(user: str) -> Iterator[tuple[Path, list[str]]]:
    """A folder for the server, and what a command begins with: servers do not run as root."""
    with tempfile.TemporaryDirectory(prefix="sverka-", ignore_cleanup_errors=True) as name:
        become: list[str] = []
        if os.geteuid() == 0:
            account = pwd.getpwnam(user)
            os.chown(name, account.pw_uid, account.pw_gid)
            become = [program("setpriv", "util-linux"), f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        yield Path(name), become


def _run(command: list[object]) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def _serving(command: list[object], folder: Path, url: str) -> Iterator[str]:
    log = (folder / "log").open("w+")
    with log, subprocess.Popen([str(part) for part in command], stdout=log, stderr=log) as server:
        try:
            _wait(lambda: engine(url).connect().close(), server, folder / "log")
            yield url
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait(attempt: Callable[[], object], server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            attempt()
            return
        except DBAPIError:
            assert server.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.05)
