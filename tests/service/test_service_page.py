"""The page in a real Chromium: upload → findings → run → plan → compare, in both languages, on a phone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clusterlane.instances import files
from clusterlane.instances import tables as tab
from clusterlane.instances.generate import generate
from conftest import Live
from small import bench, change

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (package chromium)"),
]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as engine:
        found = engine.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, "--disable-component-update"])
        yield found
        found.close()


@pytest.fixture
def page(browser: Any, live: Live) -> Iterator[Any]:
    room = browser.new_context(locale="en-GB", accept_downloads=True)
    found = room.new_page()
    found.set_default_timeout(200_000)
    faults: list[str] = []
    found.on("pageerror", lambda error: faults.append(str(error)))
    outside: list[str] = []
    found.on(
        "request", lambda r: None if r.url.startswith((live.url, "blob:", "data:")) else outside.append(r.url)
    )
    found.goto(f"{live.url}/#key={live.key('page')}")
    yield found
    room.close()
    assert (faults, outside) == ([], [])


def shot(page: Any, name: str) -> None:
    folder = os.environ.get("CLUSTERLANE_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def upload_and_run(page: Any, path: Path, limit: str = "300") -> None:
    page.set_input_files("#file", path)
    page.get_by_text("it can be planned", exact=False).or_(
        page.get_by_text("It can be planned", exact=False)
    ).wait_for()
    page.fill("#gap", "0")  # so that it goes on until it is stopped
    page.fill("#limit", limit)
    page.click("#start")


def test_upload_run_plan_compare(page: Any, live: Live, tmp_path: Path) -> None:
    broken, good = tmp_path / "broken.xlsx", tmp_path / "park.xlsx"
    files.write(change(bench(), tab.Sale, price=-1.0), broken)
    files.write(generate("park-4", 1), good)
    page.set_input_files("#file", broken)
    page.get_by_text("It cannot be planned yet").wait_for()
    assert "sales" in page.inner_text("#findings")
    shot(page, "1-findings")

    upload_and_run(page, good)
    page.wait_for_selector(".chart path")
    shot(page, "2-running")
    page.click("#stop")
    page.get_by_text("Checked: the plan keeps every rule.").wait_for()
    shot(page, "3-plan")
    for view, wanted in (("map", "img.map"), ("tables", "#view tbody tr"), ("money", "#view tbody tr")):
        page.click(f"#view-{view}")
        page.wait_for_selector(wanted)
        shot(page, f"4-{view}")
    page.click(".brand")
    page.select_option("#demo", "tiny")
    page.click("#start")
    page.get_by_text("Checked: the plan keeps every rule.").wait_for()
    page.click("#view-shares")
    page.click("#work-out-shares")
    page.wait_for_selector("#view tbody tr", timeout=120_000)
    shot(page, "5-shares")
    page.click("#view-report")
    page.click("#work-out-report")
    with page.expect_download() as report:
        page.click("#get-report")
    assert "<html" in Path(report.value.path()).read_text(encoding="utf-8").lower()
    with page.expect_download() as book:
        page.click("#get-workbook")
    assert Path(book.value.path()).read_bytes().startswith(b"PK")

    page.click(".brand")
    boxes = page.locator("tbody input[type=checkbox]")
    boxes.nth(1).wait_for()
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.click("#compare")
    page.wait_for_selector("#comparison tbody tr")
    shot(page, "6-compare")
    assert "Containers" in page.inner_text("#comparison")


def test_by_keyboard_in_chinese_on_a_phone(browser: Any, live: Live) -> None:
    room = browser.new_context(locale="zh-CN", viewport={"width": 360, "height": 740}, has_touch=True)
    page = room.new_page()
    page.set_default_timeout(200_000)
    page.goto(live.url)
    page.keyboard.type(live.key("phone"))
    page.keyboard.press("Enter")
    page.get_by_text("新建方案").wait_for()
    assert page.evaluate("document.documentElement.lang") == "zh"
    page.focus("#demo")
    page.keyboard.type("tiny")
    page.focus("#start")
    page.keyboard.press("Enter")
    page.get_by_text("已核验").wait_for()
    shot(page, "7-phone")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, "the page is wider than the phone"
    page.focus("#view-map")
    page.keyboard.press("Enter")
    page.wait_for_selector("img.map")
    shot(page, "8-phone-map")
    room.close()


def test_text_of_a_network_is_never_markup(page: Any, live: Live) -> None:
    evil = "<img src=x onerror=document.title='caught'>"
    network = bench()
    with live.client("page") as client:
        client.wait(client.submit(network, name=evil).id, 300)
    page.reload()
    page.get_by_text(evil).first.wait_for()
    assert page.title() == "clusterlane"


def test_a_wrong_key_says_so(browser: Any, live: Live) -> None:
    page = browser.new_page()
    page.goto(live.url)
    page.fill("#key", "cl_wrong_key")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("API key").wait_for()
    page.close()
