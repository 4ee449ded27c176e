"""The daily job asks the live systems itself; a source that fails is late, and only that."""

from datetime import date
from pathlib import Path

from tests.e2e import homes
from tests.fetch.server import Answer, Server
from tests.fetch.test_pulling import CONFIGURATION, paged, payment

FIRST, SECOND = date(2026, 11, 20), date(2026, 11, 21)


def test_a_run_pulls_and_a_failing_source_is_merely_late(tmp_path: Path, zygote: homes.Zygote) -> None:
    key = tmp_path / "key"
    key.write_text("secret-of-the-shop")
    home = tmp_path / "home"
    home.mkdir()
    with Server(lambda _: Answer(status=401)) as server:
        text = CONFIGURATION.format(url=server.url).replace("env:YOOKASSA_KEY", f"file:{key}")
        (home / "sverka.yml").write_text(text)
        nothing = zygote.run(home, "run", "--date", str(FIRST))
        assert nothing.returncode == 1
        assert "nothing could be pulled" in nothing.stderr

        server.script = paged([payment(1)])
        answer = homes.answer(zygote.run(home, "run", "--date", str(FIRST), "--json"))
        assert answer["days"][0]["rows_loaded"] == 1

        server.script = lambda _: Answer(status=401)
        late = zygote.run(home, "run", "--date", str(SECOND), "--json")
    assert homes.answer(late)["as_of"] == str(SECOND)
    assert "shop: http://127.0.0.1" in late.stderr and "refuses the credentials" in late.stderr
    assert "secret-of-the-shop" not in late.stderr
    missing = "select subject_id from marts.fct_exceptions where exception_code = 'source_extract_missing'"
    assert homes.query(homes.published(home), missing) == [(f"shop:{SECOND}",)]
