"""Pulling from a real S3 server on loopback: moto's, with its checking of credentials."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.authorization import enable_iam_authentication
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

from ingest.fetch import files
from tests.fetch.databases import free_port
from tests.fetch.drop import FIRST, SECOND, Drop, content
from tests.ingest.lab import Lab

SECRET = "hidden-secret-key"
BUCKET = "exchange"
MORNING = "2026-11-20T08:00+04:00"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def store(endpoint: str) -> Any:
    client = _client(endpoint)
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def put(store: Any, tmp_path: Path) -> Callable[..., None]:
    """An object of the test's own prefix, as if it had been stored then."""

    def put(name: str, body: bytes, modified: str) -> None:
        key = f"{tmp_path.name}/{name}"
        store.put_object(Bucket=BUCKET, Key=key, Body=body)
        stored = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[BUCKET].keys[key]
        stored.last_modified = datetime.fromisoformat(modified).astimezone(UTC).replace(tzinfo=None)

    return put


@pytest.fixture
def configure(drop: Drop, endpoint: str, tmp_path: Path) -> Callable[..., None]:
    """Declare the feed of the test's prefix, with other settings than the right ones."""
    right = {
        "url": f"s3://{BUCKET}/{tmp_path.name}/*.csv",
        "endpoint_url": endpoint,
        "region": "us-east-1",
        "access_key": "sverka",
        "secret_key": "env:S3_SECRET",
    }
    return lambda **other: drop.configure(**{**right, **other})


@pytest.fixture
def drop(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Drop:
    monkeypatch.setenv("S3_SECRET", SECRET)
    return Drop(lab, (SECRET, "wrong-secret"))


def _client(endpoint: str, service: str = "s3") -> Any:
    keys = {"aws_access_key_id": "operator", "aws_secret_access_key": "operator"}
    return boto3.client(service, endpoint_url=endpoint, region_name="us-east-1", **keys)


def test_files_load_and_the_next_day_takes_the_new_ones(
    drop: Drop, store: Any, configure: Callable[..., None], put: Callable[..., None]
) -> None:
    large = content(*range(100_000))
    put("Реестр.csv", content(1), MORNING)
    put("Реестр.csv.control.json", b'{"rows": 1}', MORNING)
    put("old.csv", b"not taken", "2026-10-31T23:59+04:00")
    for name in ("", "deeper/x.csv", "x.csv.part", ".x.csv"):
        put(name, b"not taken", MORNING)
    configure()
    outcomes = [drop.pull().outcome, drop.pull().outcome]
    assert drop.files() == {"Реестр.csv": content(1), "Реестр.csv.control.json": b'{"rows": 1}'}
    drop.lab.run(FIRST)
    put("2.csv", large, "2026-11-21T08:00+04:00")
    outcomes += [drop.pull().outcome, drop.pull(again=True).outcome, drop.pull(SECOND).outcome]
    assert outcomes == ["pulled", "already_pulled", "already_pulled", "pulled", "pulled"]
    assert drop.files(SECOND) == {"2.csv": large}
    assert drop.ids() == ["1"]


def test_a_file_that_is_replaced_while_it_is_read_is_refused(
    drop: Drop, configure: Callable[..., None], put: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("1.csv", content(1), MORNING)
    read = files._state

    def states(system: object, path: str) -> object:
        found = read(system, path)
        put("1.csv", content(2), "2026-11-20T09:00+04:00")
        return found

    monkeypatch.setattr(files, "_state", states)
    configure()
    assert "1.csv changes while it is read" in drop.problem()


def test_nothing_is_no_fault_but_a_bucket_that_is_not_there_is(
    drop: Drop, store: Any, configure: Callable[..., None]
) -> None:
    configure()
    assert drop.pull().outcome == "nothing"
    configure(url="s3://nowhere/x/*.csv")
    assert "the bucket s3://nowhere/x is not there. Correct the `url`." in drop.problem()


def test_a_server_that_is_away_is_said(
    drop: Drop, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(S3FileSystem, "retries", 1)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    configure(endpoint_url=f"http://127.0.0.1:{free_port()}")
    assert "Could not connect to the endpoint URL" in drop.problem()


def test_wrong_credentials_and_missing_rights_are_said_by_their_place(
    drop: Drop,
    endpoint: str,
    configure: Callable[..., None],
    put: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put("1.csv", content(1), MORNING)
    iam = _client(endpoint, "iam")
    iam.create_user(UserName="sverka")
    keys = iam.create_access_key(UserName="sverka")["AccessKey"]
    drop.secrets = (*drop.secrets, keys["SecretAccessKey"])
    with enable_iam_authentication():
        configure()
        assert "refuses the credentials: " in drop.problem()
        monkeypatch.setenv("S3_SECRET", "wrong-secret")
        configure(access_key=keys["AccessKeyId"])
        problem = drop.problem()
        assert "refuses the credentials: The request signature we calculated does not match" in problem
        assert "They stand in env:S3_SECRET: renew them, or give their user the right to list and read" in problem
        monkeypatch.setenv("S3_SECRET", keys["SecretAccessKey"])
        assert "refuses the credentials: Access Denied" in drop.problem()
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.put_user_policy(UserName="sverka", PolicyName="reads", PolicyDocument=json.dumps(policy))
    with enable_iam_authentication():
        assert drop.pull().outcome == "pulled"
