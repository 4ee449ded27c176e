"""1C:Enterprise 8.3 over its standard OData interface: the entities that the feed names.

Source: the platform's description of the interface. 1C knows no time of change, so documents are read by their date,
in the zone of 1C's server, which is the feed's timezone; the overlap finds what was dated back or changed since.
Catalogs are read whole, registers too, in one answer: that of the export queue is a picture of one moment.

What references mean is asked for with ``$expand``: of the fields from which the feed's mapping reads more than an id,
those that one record of the entity is seen to have as plain references; composite ones cannot be expanded.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from requests import Request

from ingest.contract import contract
from ingest.fetch.base import Page, Pull, PullError
from ingest.fetch.http import Api, basic
from ingest.formats.base import OptionFault
from ingest.formats.onec.answers import COUNT
from ingest.formats.onec.mapping import Configuration, Entity, MappingError, Source, configuration
from ingest.formats.onec_odata import DEFAULT_CONFIGURATION, LAYER

FORMATS = ("onec_odata",)
NEEDS = ("base_url", "user", "password", "entities")
TAKES = ()
SECRETS = ("password",)
OVERLAP_DAYS = 35
IS_DROP = False

PAGE_SIZE = 1000
DOCUMENT, CATALOG = "Document_", "Catalog_"


def check(contracts: tuple[str, ...], settings: Mapping[str, object]) -> None:
    """Raises OptionFault for entities that are no list of different names."""
    names = settings["entities"]
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise OptionFault(("entities",), "must be a list of entities, such as [Catalog_Контрагенты].", under="pull")
    if len(set(names)) != len(names):
        raise OptionFault(("entities",), "names an entity twice.", under="pull")


def pages(pull: Pull) -> Iterator[Page]:
    """The answers of each entity."""
    mapping = _mapping(pull)
    wanted = _wanted(pull, mapping)
    api = Api(pull, pull.text("base_url").rstrip("/") + "/", basic(pull.text("user"), pull.text("password")))
    for name, entities in wanted.items():
        yield from _answers(api, name, _expanded(api, name, _references(entities, mapping)))


# ---------- what is asked for


def _mapping(pull: Pull) -> Configuration:
    options = pull.feed.options
    own = {key: options[key] for key in LAYER if key in options}
    try:
        return configuration(str(options.get("configuration", DEFAULT_CONFIGURATION)), own)
    except MappingError as error:
        raise PullError(f"the feed's options in sverka.yml do not fit onec_odata: {error}.") from error


def _wanted(pull: Pull, mapping: Configuration) -> dict[str, list[Entity]]:
    """The named entities with what is read from them. Raises PullError when they do not fit the feed's contracts."""
    names = pull.settings["entities"]
    assert isinstance(names, list)
    found = {
        str(name): [entity for entity in mapping.entities.get(name, ()) if entity.contract in pull.feed.contracts]
        for name in names
    }
    for name, entities in found.items():
        if not entities:
            raise PullError(f"{name}, one of the `entities` of its pull, gives none of the feed's contracts.")
    given = {entity.contract for entities in found.values() for entity in entities}
    missing = [name for name in pull.feed.contracts if name not in given]
    if missing:
        able = [name for name, entities in mapping.entities.items() if {e.contract for e in entities} & set(missing)]
        raise PullError(
            f"none of the `entities` of its pull gives {', '.join(missing)}. Name what 1C has of {', '.join(able)}."
        )
    return found


def _references(entities: list[Entity], mapping: Configuration) -> set[str]:
    """The fields of which not only the id is read."""
    found: set[str] = set()
    for entity in entities:
        types = {column.name: column.type for column in contract(entity.contract).columns}
        for column, sources in entity.fields.items():
            found |= {source.path[0] for source in sources if _is_looked_into(source, types[column])}
    return found - set(mapping.registers)


def _is_looked_into(source: Source, column_type: str) -> bool:
    return source.table is None and len(source.path) > (0 if column_type == "currency" else 1)


def _expanded(api: Api, name: str, references: set[str]) -> list[str]:
    """The references that this base has as plain ones, as far as one record shows it."""
    if not references:
        return []
    seen: list[Any] = []
    api.document(name, params=_query({"$format": "json", "$top": "1"}), check=lambda answer: _check(name, answer, seen))
    return sorted(reference for reference in references if seen and f"{reference}_Key" in seen[0])


# ---------- answers


def _answers(api: Api, name: str, expand: list[str]) -> Iterator[Page]:
    from dlt.sources.helpers.rest_client.paginators import SinglePagePaginator

    from ingest.fetch.counted import Counted

    options = {"$format": "json", "$inlinecount": "allpages"}
    if expand:
        options["$expand"] = ",".join(expand)
    if not name.startswith((DOCUMENT, CATALOG)):
        request = {"params": _query(options), "check": partial(_check_whole, name)}
        yield from api.listing(name, name, SinglePagePaginator(), items="value", **request)
        return
    if name.startswith(DOCUMENT):
        options["$filter"] = _in_window(api.pull)
    options |= {"$orderby": "Ref_Key", "$top": str(PAGE_SIZE)}

    def place(request: Request, at: int) -> None:
        request.params = _query(options | {"$skip": str(at)})

    yield from api.listing(name, name, Counted(name, _count, place), items="value", check=partial(_check, name))


def _in_window(pull: Pull) -> str:
    zone = ZoneInfo(pull.feed.timezone)
    start, end = (
        moment.astimezone(zone).strftime("datetime'%Y-%m-%dT%H:%M:%S'")
        for moment in (pull.window.start, pull.window.end)
    )
    return f"Date ge {start} and Date lt {end}"


def _query(options: Mapping[str, str]) -> Any:
    """1C reads a space as ``%20`` only, not as ``+``."""
    return urlencode(options, quote_via=quote, safe="$',:")


def _count(answer: Any) -> Any:
    return next((answer[key] for key in COUNT if key in answer), None)


def _check(name: str, answer: Any, seen: list[Any] | None = None) -> None:
    """Raises PullError for an error of 1C and for what is no collection; ``seen`` gets the records."""
    error = answer.get("odata.error", answer.get("error")) if isinstance(answer, dict) else None
    if error is not None:
        message = error.get("message", error) if isinstance(error, dict) else error
        told = message.get("value", message) if isinstance(message, dict) else message
        raise PullError(f"1C answers an error for {name}: {str(told)[:300]}.")
    records = answer.get("value") if isinstance(answer, dict) else None
    if not isinstance(records, list):
        raise PullError(f"1C answers no collection for {name}.")
    if seen is not None:
        seen.extend(record for record in records if isinstance(record, dict))


def _check_whole(name: str, answer: Any) -> None:
    _check(name, answer)
    told = _count(answer)
    if told is not None and str(told) != str(len(answer["value"])):
        raise PullError(f"1C counts {str(told)[:20]} records of {name} and answers {len(answer['value'])}; pull again.")
