"""What people decide about what a run showed: anything, also what the rules then refuse."""

from random import Random

from tests.properties.cases import Case, Warehouse, date_of
from tests.properties.rows import Row, at
from tests.properties.worlds import World

CHANCE = 0.4
EXCEPTIONS = (
    "select exception_id, subject_id from marts.fct_exceptions where state <> 'auto_closed' order by exception_id"
)
DOCUMENTS = (
    "select document_id, payment_key from marts.fct_document_links where payment_key is not null order by document_id"
)


def decide(case: Case, warehouse: Warehouse, day: int, rng: Random) -> dict[int, list[Row]]:
    """Decisions of the next day by the world they are about; people decide in every third world."""
    decisions: dict[int, list[Row]] = {}

    def add(world: World, kind: str, **about: str) -> None:
        rows = decisions.setdefault(world.number, [])
        actor, hours = rng.choice(("ann", "bob")), (day + 1) * 24 + rng.uniform(0, 12)
        values = {
            "decision_id": f"{world.prefix}decision{day}-{len(rows)}",
            "decision_type": kind,
            **about,
            "actor": actor,
            "owner": rng.choice(("ann", None)),
            "reason": "seen",
            "decided_at": at(hours if rng.random() < 0.9 else hours + 100),
            "snooze_until": rng.choice((None, date_of(day + 2).isoformat())),
            "approved_by": rng.choice((None, actor, "carl", "carl")),
            "approved_at": at(hours + 1),
        }
        rows.append(Row("manual.decisions", day + 1, day + 1, values))

    for exception_id, subject_id in warehouse.query(EXCEPTIONS):
        world = case.world_of(subject_id)
        if world and world.number % 3 == 0 and rng.random() < CHANCE:
            kind = rng.choice(("resolve", "resolve", "accept_difference", "assign", "snooze", "reopen"))
            add(world, kind, exception_id=exception_id)
    documents = warehouse.query(DOCUMENTS)
    for world in case.worlds[::3]:
        own = [row for row in documents if case.world_of(row[0]) == world]
        if own and rng.random() < CHANCE:
            add(world, "force_match", document_id=rng.choice(own)[0], payment_key=rng.choice(own)[1])
    return decisions
