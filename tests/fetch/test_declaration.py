"""`pull` in sverka.yml: what is understood, and what is refused with its line before anything is asked."""

import pytest

from ingest.errors import ConfigurationError
from ingest.fetch import SYSTEMS
from ingest.formats import FORMATS
from ingest.settings import feeds
from tests.ingest.lab import Lab

GOOD = 'system: yookassa, since: 2026-11-01, shop_id: "1", secret_key: "env:KEY"'


def declare(lab: Lab, pull: str, form: str = "yookassa") -> None:
    lab.configure(f"feeds:\n  - name: shop\n    format: {form}\n    pull: {{{pull}}}\n")


def test_what_is_declared_is_understood(lab: Lab) -> None:
    declare(lab, f"{GOOD}, overlap_days: 3")
    pull = feeds(lab.home)["shop"].pull
    assert pull is not None
    assert (pull.system, str(pull.since), pull.overlap_days) == ("yookassa", "2026-11-01", 3)
    assert pull.settings == {"shop_id": "1", "secret_key": "env:KEY"}


def test_each_system_has_its_own_overlap(lab: Lab) -> None:
    declare(lab, GOOD)
    pull = feeds(lab.home)["shop"].pull
    assert pull is not None and pull.overlap_days == SYSTEMS["yookassa"].OVERLAP_DAYS


@pytest.mark.parametrize(
    ("pull", "words"),
    [
        ("since: 2026-11-01", "`pull` needs a `system`"),
        (GOOD.replace("since: 2026-11-01, ", ""), "`pull` needs a `since`"),
        (GOOD.replace("yookassa", "yokassa"), "did you mean 'yookassa'?"),
        (GOOD.replace("2026-11-01", "yesterday"), "since must be a date such as 2026-11-20"),
        (GOOD.replace('shop_id: "1", ', ""), "needs `shop_id` too"),
        (GOOD.replace("env:KEY", "live_abc"), "secret_key is a secret: write where it stands"),
        (f"{GOOD}, overlap: 3", "unknown key 'overlap', did you mean 'overlap_days'?"),
        (f"{GOOD}, overlap_days: -1", "a number of days from 0 to 366"),
        (f"{GOOD}, overlap_days: true", "a number of days from 0 to 366"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(lab: Lab, pull: str, words: str) -> None:
    declare(lab, pull)
    with pytest.raises(ConfigurationError, match="line 4") as told:
        feeds(lab.home)
    assert words in str(told.value)
    assert "live_abc" not in str(told.value)


def test_a_format_that_cannot_read_the_answers_is_refused(lab: Lab) -> None:
    declare(lab, GOOD, "stripe")
    with pytest.raises(ConfigurationError, match="a pull from yookassa is read by yookassa, not by format stripe"):
        feeds(lab.home)


@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_every_system_says_what_it_is(name: str) -> None:
    module = SYSTEMS[name]
    assert module.__doc__ and callable(module.pages)
    assert set(module.FORMATS) <= {*FORMATS, "canonical"}
    assert set(module.SECRETS) <= {*module.NEEDS, *module.TAKES}
    assert 0 <= module.OVERLAP_DAYS <= 366
    assert isinstance(module.IS_DROP, bool)
