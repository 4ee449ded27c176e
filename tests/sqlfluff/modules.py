"""What `modules` is to sqlfluff, which has no variables: any as-of date is this one."""

import datetime as clock


class datetime:  # noqa: N801 - the name it stands for
    class date:  # noqa: N801
        @staticmethod
        def fromisoformat(text: str) -> clock.date:
            return clock.date(1970, 1, 1)
