"""The map of a plan: a picture by itself, with the places that the plan uses."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pandas as pd
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.optimizer.plan import Plan
from clusterlane.optimizer.report.land import rings
from clusterlane.optimizer.report.picture import plan_map
from clusterlane.optimizer.report.projection import BOTTOM, LEFT, RIGHT, TOP
from clusterlane.optimizer.report.words import Words

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: str, tag: str = "text") -> list[str]:
    return [found.text or "" for found in ET.fromstring(picture).iter(f"{SVG}{tag}")]


def test_leased_warehouses_and_hubs_have_their_names(tiny: Network, plan: Plan) -> None:
    labels = texts(plan_map(tiny, plan))
    rows = tiny.by_key(tab.Warehouse)
    leased = set(plan.tables["leases"]["warehouse"])
    assert leased
    assert {rows[key].name for key in leased} <= set(labels)
    assert "Ningbo hub" in labels


def test_title_has_name_volume_and_containers(tiny: Network, plan: Plan) -> None:
    boxes = int(plan.tables["containers"]["boxes"].sum())
    m3 = plan.tables["shipments"]["volume_m3"].sum()
    title = texts(plan_map(tiny, plan))[0]
    assert title.startswith(f"tiny: {m3:.0f} m3")
    assert f"{boxes} container" in title


def test_nothing_is_loaded_from_elsewhere(tiny: Network, plan: Plan) -> None:
    picture = plan_map(tiny, plan)
    assert picture.count("http") == 1
    assert not any(word in picture for word in ("<script", "href", "url(", "<image"))


def test_every_market_and_lane_in_use_is_drawn_once(tiny: Network, plan: Plan) -> None:
    tips = texts(plan_map(tiny, plan), "title")
    for market in tiny.rows(tab.Market):
        assert sum(tip.startswith(f"{market.name}:") for tip in tips) == 1
    assert sum(", ocean:" in tip for tip in tips) == plan.tables["shipments"]["lane"].nunique()


def test_places_lie_inside_the_picture(tiny: Network, plan: Plan) -> None:
    for circle in ET.fromstring(plan_map(tiny, plan)).iter(f"{SVG}circle"):
        assert 0 < float(circle.attrib["cx"]) < 900
        assert 0 < float(circle.attrib["cy"]) < 460


def test_names_are_escaped(tiny: Network, plan: Plan) -> None:
    rows = [row.model_copy(update={"name": 'A & <b> "仓库"'}) for row in tiny.rows(tab.Warehouse)]
    assert 'A & <b> "仓库"' in texts(plan_map(tiny.replace(warehouses=rows), plan))


def test_places_without_coordinates_are_left_out(tiny: Network, plan: Plan) -> None:
    rows = [row.model_copy(update={"lat": None}) for row in tiny.rows(tab.Warehouse)]
    labels = texts(plan_map(tiny.replace(warehouses=rows), plan))
    assert "Ningbo hub" in labels
    assert not {row.name for row in rows} & set(labels)


def test_a_plan_without_tables_is_an_empty_map(tiny: Network) -> None:
    nothing = Plan("tiny", "", "unknown", "time", {}, pd.DataFrame())
    assert texts(plan_map(tiny, nothing))[0] == "tiny: 0 m3 shipped, 0 containers"


def test_land_lies_inside_the_frame(tiny: Network, plan: Plan) -> None:
    (land,) = (path for path in ET.fromstring(plan_map(tiny, plan)).iter(f"{SVG}path") if path.get("class"))
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", land.attrib["d"])]
    assert len(numbers) > 400
    assert min(numbers[::2]) >= LEFT - 0.1
    assert max(numbers[::2]) <= RIGHT + 0.1
    assert min(numbers[1::2]) >= TOP - 0.1
    assert max(numbers[1::2]) <= BOTTOM + 0.1


@pytest.mark.parametrize(
    ("place", "is_land"),
    [
        ((31.2, 121.0), True),
        ((41.9, -87.9), True),
        ((30.0, -150.0), False),
        ((67.0, -178.0), True),
        ((0.0, -30.0), False),
    ],
)
def test_land_is_where_the_world_has_it(place: tuple[float, float], is_land: bool) -> None:
    """Counts how often a ray from the place crosses an outline."""
    lat, lon = place
    crossings = 0
    for ring in rings():
        for turn in (-360.0, 0.0, 360.0):
            for (x, y), (u, v) in zip(ring, (*ring[1:], ring[0]), strict=True):
                if (y > lat) != (v > lat):
                    crossings += x + turn + (lat - y) / (v - y) * (u - x) > lon
    assert crossings % 2 == is_land


def test_a_slice_shows_how_full_leased_storage_is(tiny: Network, plan: Plan) -> None:
    tips = [tip for tip in texts(plan_map(tiny, plan), "title") if "full on average" in tip]
    assert len(tips) == plan.tables["leases"]["warehouse"].nunique()


def test_a_chinese_map_has_no_english_but_names(tiny: Network, plan: Plan) -> None:
    picture = plan_map(tiny, plan, Words("zh"))
    assert "海运" in picture
    assert not [word for word in ("ocean", "delivered", "days to the buyer", "leased") if word in picture]
