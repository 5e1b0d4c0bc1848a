"""What can be measured: suites of cases by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from .cases import CHANGES, Case
from .known import CAP, CAPA, TBED1

SEEDS = (7, 11)
"""Seeds of generated networks."""


def _published(data: Path, name: str, form: str, known: float | None, **more: float) -> Case:
    source = {"file": str(data / name), "format": form}
    label = Path(name).stem + (f"-{more['capacity']:g}" if "capacity" in more else "")
    return Case(label, {**source, **more}, known)


def cap(data: Path) -> Iterator[Case]:
    """OR-Library, 16 to 50 sites, 50 customers."""
    return (_published(data, f"orlib_cap/{name}.txt", "orlib", best) for name, best in CAP.items())


def capa(data: Path) -> Iterator[Case]:
    """OR-Library, 100 sites, 1,000 customers, four capacities."""
    for capacity, best in CAPA.items():
        yield _published(data, "orlib_capa/capa.txt", "orlib", best, capacity=float(capacity))


def holmberg(data: Path) -> Iterator[Case]:
    """Holmberg, Rönnqvist and Yuan 1999, each customer from one site."""
    optima = _numbers(data / "holmberg_sscflp" / "optima.txt")
    for i in range(1, 41):
        known = optima[i - 1] if i <= len(optima) else None
        yield _published(data, f"holmberg_sscflp/p{i}", "holmberg", known)


def tbed1(data: Path) -> Iterator[Case]:
    """Avella and Boccia 2009, 300 × 300."""
    for i in range(1, 6):
        yield _published(data, f"tbed1/i300_{i}.plc", "tbed1", TBED1.get(i))


def two_stage(data: Path) -> Iterator[Case]:
    """Fernandes et al. 2014 (one product) and Mauri et al. 2021 (five), 50 × 100 × 200."""
    words = _numbers(data / "two_stage_flp_fernandes2014" / "bks-50.txt")
    best = {(int(a), int(b)): value for a, b, value in zip(words[::3], words[1::3], words[2::3], strict=True)}
    for n in range(1, 6):
        for c in range(1, 6):
            name = f"two_stage_flp_fernandes2014/PSC{n}-C{c}-50.txt"
            yield _published(data, name, "two-stage", best.get((c, n)))
    for n in range(1, 4):
        for c in (1, 2):
            yield _published(
                data, f"two_stage_multiproduct_mauri2021/PSC{n}-C{c}-50-5.txt", "two-stage", None
            )


def multi_period(data: Path) -> Iterator[Case]:
    """Sites and customers phased in; known: what Gurobi with 16 threads held after 300 s."""
    path = data / "multi_period_flp" / "gurobi_results_300s.csv"
    text = path.read_text() if path.exists() else ""
    for name, value in re.findall(r"(inst\w+\.txt):.*objective=(\d+)", text):
        yield _published(data, f"multi_period_flp/{name}", "multi-period", float(value))
    if not text:
        yield Case("multi-period", {"file": str(path), "format": "multi-period"})


def cst(_: Path) -> Iterator[Case]:
    """Random networks after Cornuéjols, Sridharan and Thizy, capacity 3, 5 and 10 times demand."""
    for size in ("cst-50-50-3", "cst-50-50-5", "cst-50-50-10", "cst-100-100-5", "cst-100-200-5"):
        for seed in SEEDS:
            yield Case(f"{size}-{seed}", {"size": size, "seed": seed})


def _parks(
    label: str = "", goods: bool = False, liquidity: float = 1.0, capacity: float = 1.0
) -> Callable[[Path], Iterator[Case]]:
    def cases(_: Path) -> Iterator[Case]:
        for firms in (10, 40, 100, 300):
            for seed in SEEDS:
                source = {"size": f"park-{firms}", "seed": seed, "liquidity": liquidity, "capacity": capacity}
                limit = 900.0 if firms == 300 else 300.0
                name = f"park-{firms}{label}-{seed}"
                yield Case(name, source, gap=0.002, limit=limit, goods=goods)

    return cases


def anhui(_: Path) -> Iterator[Case]:
    """The clusters of Anhui, 24 half-months, with firms' money."""
    yield Case("anhui", {"library": "anhui"}, gap=0.003, limit=1800.0)


def _growth(series: str, counts: tuple[int, ...]) -> Callable[[Path], Iterator[Case]]:
    def cases(_: Path) -> Iterator[Case]:
        for count in counts:
            for seed in SEEDS:
                source = {"size": "park-40", "seed": seed, "grown": {series: count}}
                name = f"{series}-{count}-{seed}"
                yield Case(name, source, gap=0.01, limit=900.0, series=series, count=count)

    return cases


def resolve(_: Path) -> Iterator[Case]:
    """A changed rate, a closed warehouse, firms that leave: cold, and from the plan before the change, which
    is as good as is asked for after it, or was searched for longer."""
    for change in CHANGES:
        for size in ("park-10", "park-40"):
            case = Case(
                f"{size}-{change}", {"size": size, "seed": SEEDS[0]}, gap=0.01, limit=300.0, change=change
            )
            yield case
            yield replace(case, name=f"{case.name}-longer", before=0.0075)


def loading(_: Path) -> Iterator[Case]:
    """From a network to a solver that holds it."""
    for size in ("cst-50-100-5", "cst-500-1000-5", "park-10", "park-40", "park-100"):
        yield Case(size, {"size": size, "seed": SEEDS[0]}, limit=120.0)


SUITES: dict[str, Callable[[Path], Iterator[Case]]] = {
    "cap": cap,
    "capa": capa,
    "holmberg": holmberg,
    "tbed1": tbed1,
    "two-stage": two_stage,
    "multi-period": multi_period,
    "cst": cst,
    "parks": _parks(),
    "parks-goods": _parks("-goods", goods=True),
    "parks-tight": _parks("-tight", liquidity=0.7, capacity=0.85),
    "parks-loose": _parks("-loose", liquidity=1.5, capacity=1.5),
    "anhui": anhui,
    "growth-firms": _growth("firms", (10, 20, 40, 80, 160, 300)),
    "growth-warehouses": _growth("warehouses", (10, 20, 40, 80)),
    "growth-markets": _growth("markets", (15, 30, 60, 120)),
    "growth-periods": _growth("periods", (6, 12, 24)),
    "resolve": resolve,
    "loading": loading,
}
"""Cases of each suite, given the folder of published files."""

GROUPS: dict[str, tuple[str, ...]] = {
    "published": ("cap", "capa", "holmberg", "tbed1", "two-stage", "multi-period", "cst"),
    "growth": ("growth-firms", "growth-warehouses", "growth-markets", "growth-periods"),
    "all": tuple(SUITES),
}
"""Several suites by one name."""


def _numbers(path: Path) -> list[float]:
    """Numbers of a file; a star beside one says that it is proven."""
    words = path.read_text().replace("*", " ").split() if path.exists() else []
    return [float(word) for word in words]
