"""In which order dates are run."""

from datetime import date

import pytest

from dagster_app.order import OutOfOrderError, dates_to_run

THE_18TH, THE_19TH, THE_20TH = date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)


def test_the_first_run_is_of_its_date_alone():
    assert dates_to_run(None, THE_20TH) == [THE_20TH]


def test_dates_between_come_first_and_in_order():
    assert dates_to_run(date(2026, 11, 17), THE_20TH) == [THE_18TH, THE_19TH, THE_20TH]


def test_the_last_published_date_may_be_run_again():
    assert dates_to_run(THE_20TH, THE_20TH) == [THE_20TH]


def test_an_older_date_is_refused_with_what_to_do():
    with pytest.raises(
        OutOfOrderError, match=r"2026-11-19 is before the last published.*sverka replay --as-of 2026-11-19"
    ):
        dates_to_run(THE_20TH, THE_19TH)
