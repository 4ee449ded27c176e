"""The daily job asks the live systems itself; a source that fails is late, and only that."""

from datetime import date
from pathlib import Path

from tests.e2e import homes
from tests.fetch.server import Answer, Server
from tests.fetch.test_pulling import CONFIGURATION, paged, payment

FIRST = date(2026, 11, 20)
LATE = """
  - name: refunds
    format: yookassa
    contracts: [provider.refunds]
    pull: {system: yookassa, since: 2026-11-20, base_url: "{url}/refunds", shop_id: "1", secret_key: "file:{key}"}
"""


def test_a_run_pulls_and_a_failing_source_is_merely_late(tmp_path: Path, zygote: homes.Zygote) -> None:
    key = tmp_path / "key"
    key.write_text("secret-of-the-shop")
    home = tmp_path / "home"
    home.mkdir()
    with Server(lambda _: Answer(status=401)) as server:
        text = CONFIGURATION.format(url=server.url).replace("env:YOOKASSA_KEY", f"file:{key}")
        (home / "sverka.yml").write_text(text + LATE.replace("{url}", server.url).replace("{key}", str(key)))
        nothing = zygote.run(home, "run", "--date", str(FIRST))
        assert nothing.returncode == 1
        assert "nothing could be pulled" in nothing.stderr

        pages = paged([payment(1)])
        server.script = lambda asked: Answer(status=401) if asked.path.startswith("/refunds") else pages(asked)
        run = zygote.run(home, "run", "--date", str(FIRST), "--json")
    assert homes.answer(run)["days"][0]["rows_loaded"] == 1
    assert "refunds: http://127.0.0.1" in run.stderr and "refuses the credentials" in run.stderr
    assert "secret-of-the-shop" not in run.stderr
    paid = "select payment_key from marts.fct_payment_reconciliation where provider_state = 'paid'"
    assert homes.query(homes.published(home), paid) == [("provider:shop:p-1",)]
