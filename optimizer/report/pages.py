"""Which sections a report has, and the page that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from ...instances.network import Network
from ...instances.tables import Firm
from ..plan import Plan
from ..summary_view import View
from . import costs, goods, landed, money, overview, own, shares
from .case import Case, Division, Figure, Section
from .overview import Fact
from .picture import plan_map
from .table import Table, shown
from .words import Language, Words

if TYPE_CHECKING:
    from jinja2 import Environment


class MissingExtra(Exception):
    """A library that only reports need is not installed; the message says how to install it."""


@dataclass(frozen=True)
class Report:
    """A report before it is a page or a workbook: what it is written from, its figures, its sections."""

    case: Case
    title: str
    subtitle: str
    facts: list[Fact]
    sections: list[Section]

    @property
    def map(self) -> str:
        """The map alone, as SVG."""
        (section,) = (section for section in self.sections if section.key == "map")
        return section.figures[0].svg


def report(
    network: Network,
    plan: Plan,
    language: Language | str = Language.EN,
    firm: str = "",
    division: Division | None = None,
) -> Report:
    """The report of a plan, of all firms or of one alone; ``division`` says who bears what.

    Raises ``InputError`` for an unknown firm.
    """
    words = Words(language)
    if not firm:
        return _of_all(Case(View(network, plan), words, shares=division))
    view = own.own_view(network, plan, firm)
    case = Case(view, words, firm, own.everyone(network, plan), division)
    alone = ((plan.comparisons.get("alone") or {}).get("firms") or {}).get(firm) or {}
    return _of_one(case, alone)


def _of_all(case: Case) -> Report:
    firms = len(case.network.rows(Firm))
    subtitle = _dates(case, case.words("subtitle.all", count=firms))
    sections = [
        overview.decisions(case),
        _map(case),
        costs.comparison(case),
        costs.costs(case),
        goods.places(case),
        goods.shipping(case),
        goods.service(case),
        goods.stock(case),
        money.money(case),
        landed.section(case),
        shares.section(case),
        overview.proof(case),
    ]
    return Report(case, case.network.settings.name, subtitle, overview.headlines(case), _filled(sections))


def _of_one(case: Case, alone: Any) -> Report:
    subtitle = _dates(case, case.words("subtitle.own", name=case.network.settings.name))
    sections = [
        _map(case),
        own.account(case),
        goods.service(case),
        goods.stock(case),
        money.money(case),
        landed.section(case),
        shares.section(case),
        own.together(case),
    ]
    return Report(case, case.party(case.firm), subtitle, own.headlines(case, alone), _filled(sections))


def _filled(sections: list[Section]) -> list[Section]:
    return [section for section in sections if not section.is_empty]


def _dates(case: Case, what: str) -> str:
    first, last = (case.words.date(day) for day in (case.start(1), case.end(case.periods[-1])))
    return case.words("subtitle.dates", what=what, first=first, last=last, currency=case.currency)


def _map(case: Case) -> Section:
    caption = case.words("figure.own_map" if case.firm else "figure.map")
    drawn = plan_map(case.network, case.plan, case.words, own=bool(case.firm))
    return Section(
        "map",
        case.words("map"),
        (),
        [Figure(drawn, caption)],
    )


def page(report: Report) -> str:
    """The report as one HTML page that loads nothing.  Raises ``MissingExtra`` without jinja2."""
    words = report.case.words
    text = resources.files(__package__).joinpath("page.html.j2").read_text(encoding="utf-8")
    template = _environment(words).from_string(text)
    return template.render(report=report, words=words, rest=_rest, language=words.language.value)


def _environment(words: Words) -> Environment:
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtra("a report needs jinja2: pip install 'clusterlane[report]'") from error
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["shown"] = lambda cell, column: shown(cell, column.kind, words)
    return environment


def _rest(table: Table) -> int:
    """How many rows stand only in the workbook."""
    return max(len(table.rows) - table.shown, 0)
