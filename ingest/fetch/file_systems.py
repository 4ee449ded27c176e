"""Where a folder of files is, and the way into it: the local disk, an SFTP server, S3-compatible storage.

fsspec reads them all alike. What is added is that an SFTP server must prove who it is, that only the declared
credentials are used, and that errors say what to do.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ingest.fetch.base import Pull, PullError
from ingest.formats.base import OptionFault

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "file": (),
    "sftp": ("user", "password", "key_file", "known_hosts"),
    "s3": ("endpoint_url", "access_key", "secret_key", "region"),
}
"""What each protocol takes besides the address."""
REQUIRED: Mapping[str, tuple[str, ...]] = {"file": (), "sftp": ("user",), "s3": ("access_key", "secret_key")}
KNOWN_HOSTS = "~/.ssh/known_hosts"
SECONDS = 30
SSH_PORT = 22


@dataclass(frozen=True)
class Place:
    """A parsed address. ``path`` may have patterns and the date; in S3 it begins with the bucket."""

    protocol: str
    path: str
    host: str = ""
    port: int = SSH_PORT

    def shown(self, path: str) -> str:
        """The address of a file or folder there."""
        if self.protocol == "file":
            return path
        return f"s3://{path}" if self.protocol == "s3" else f"sftp://{self.host}:{self.port}{path}"


def read_place(url: object) -> Place:
    """The place of an address. Raises OptionFault."""
    protocol, _, rest = str(url).rpartition("://") if "://" in str(url) else ("file", "", str(url))
    server, _, path = rest.partition("/")
    if protocol == "file" and rest.startswith("/"):
        return Place("file", rest)
    if protocol == "s3" and server and path and not set("*?[{").intersection(server):
        return Place("s3", rest)
    if protocol == "sftp" and "@" in server:
        raise _fault("url", "must not have a user in it: write `user`, and `password` as `env:NAME` or `file:PATH`.")
    if protocol == "sftp" and path:
        try:
            parts = urlsplit(f"//{server}")
            if parts.hostname:
                return Place("sftp", f"/{path}", parts.hostname, parts.port or SSH_PORT)
        except ValueError:
            pass
    raise _fault("url", "must be sftp://host:port/path/*.csv, s3://bucket/prefix/*.csv or a path that begins with /.")


def check_settings(place: Place, settings: Mapping[str, object]) -> None:
    """The protocol has all that it needs, and nothing of another one. Raises OptionFault."""
    for key in settings:
        if key != "url" and key not in SETTINGS[place.protocol]:
            known = ", ".join(SETTINGS[place.protocol]) or "no other key"
            raise _fault(key, f"has no meaning for {settings['url']}, which takes {known}.")
    for key in REQUIRED[place.protocol]:
        if key not in settings:
            raise _fault("url", f"needs `{key}` beside it.")
    if place.protocol == "sftp" and ("password" in settings) == ("key_file" in settings):
        raise _fault("url", "needs `password` or `key_file` beside it, one of them.")


def _fault(key: str, message: str) -> OptionFault:
    return OptionFault((key,), message, under="pull")


def opened(pull: Pull, place: Place) -> Any:
    """The file system of a place, of fsspec. Raises PullError."""
    with told(pull, place):
        if place.protocol == "sftp":
            return _sftp(pull, place)
        return _s3(pull) if place.protocol == "s3" else _local()


def _local() -> Any:
    from fsspec.implementations.local import LocalFileSystem

    return LocalFileSystem(skip_instance_cache=True)


def _s3(pull: Pull) -> Any:
    from s3fs import S3FileSystem

    endpoint = pull.text("endpoint_url") or None
    return S3FileSystem(
        key=pull.text("access_key"),
        secret=pull.text("secret_key"),
        endpoint_url=endpoint,
        client_kwargs={"region_name": pull.text("region")} if "region" in pull.settings else {},
        config_kwargs={
            "connect_timeout": SECONDS,
            "read_timeout": SECONDS,
            # The bucket as a part of the host's name is for who has such names: AWS.
            "s3": {"addressing_style": "path" if endpoint else "auto"},
        },
        use_listings_cache=False,
        skip_instance_cache=True,
    )


def _sftp(pull: Pull, place: Place) -> Any:
    """Only the declared key or password is offered, whatever the user's own settings and agent have."""
    import asyncssh
    from sshfs import SSHFileSystem

    known = Path(pull.text("known_hosts", KNOWN_HOSTS)).expanduser()
    keys = [_private_key(Path(pull.text("key_file")).expanduser())] if "key_file" in pull.settings else None
    try:
        hosts = asyncssh.read_known_hosts(str(known)) if known.exists() else asyncssh.import_known_hosts("")
        return SSHFileSystem(
            place.host,
            port=place.port,
            username=pull.text("user"),
            password=pull.text("password") or None,
            client_keys=keys,
            known_hosts=hosts,
            config=None,
            agent_path=None,
            connect_timeout=SECONDS,
            login_timeout=SECONDS,
            keepalive_interval=SECONDS,
            skip_instance_cache=True,
        )
    except ValueError as error:
        raise PullError(f"{known} cannot be read as a list of known hosts: {error}.") from None
    except asyncssh.HostKeyNotVerifiable:
        raise PullError(_unproven(place, known, is_changed=bool(hosts.match(place.host, "", place.port)[0]))) from None


def _private_key(path: Path) -> Any:
    import asyncssh

    try:
        return asyncssh.read_private_key(str(path))
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise PullError(f"the key_file {path} cannot be read as a private key without passphrase: {error}.") from None


def _unproven(place: Place, known: Path, is_changed: bool) -> str:
    """What to do about a server that is not the known one."""
    name = place.host if place.port == SSH_PORT else f"[{place.host}]:{place.port}"
    fetch = f"ssh-keyscan -p {place.port} {place.host} >> {known}"
    if is_changed:
        return (
            f"{place.shown('')} has another host key than {known} says: somebody may stand between. Ask its operator; "
            f"if the key was changed on purpose: ssh-keygen -R '{name}' -f {known} && {fetch}"
        )
    return (
        f"the host key of {place.shown('')} is not in {known}. Compare its fingerprint (ssh-keyscan -p {place.port} "
        f"{place.host} | ssh-keygen -lf -) with what its operator says, then add it: {fetch}"
    )


# ---------- what goes wrong


@contextmanager
def told(pull: Pull, place: Place) -> Iterator[None]:
    """What the libraries raise, as PullError."""
    try:
        yield
    except _errors(place.protocol) as error:
        raise PullError(_sentence(pull, place, error)) from None


def _errors(protocol: str) -> tuple[type[Exception], ...]:
    if protocol == "sftp":
        from asyncssh import Error

        return (OSError, Error)
    if protocol == "s3":
        from botocore.exceptions import BotoCoreError, ClientError

        return (OSError, BotoCoreError, ClientError)
    return (OSError,)


def _sentence(pull: Pull, place: Place, error: Exception) -> str:
    where = place.shown(place.path)
    reason = " ".join(str(getattr(error, "strerror", None) or getattr(error, "reason", None) or error).split())
    reason = (reason or type(error).__name__).rstrip(".")
    if isinstance(error, PermissionError) and place.protocol == "file":
        return f"{getattr(error, 'filename', None) or where} may not be read by the user that pulls."
    if isinstance(error, PermissionError):
        return (
            f"{where} refuses the credentials: {reason}. They stand in {pull.secret_names()}: renew them, or give "
            "their user the right to list and read there."
        )
    return f"{where} cannot be read: {reason}."
