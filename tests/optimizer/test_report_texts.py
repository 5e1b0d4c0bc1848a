"""Every text of the reports exists in both languages and is used."""

from __future__ import annotations

import re
import string
from pathlib import Path

import clusterlane.optimizer as package
import pytest
from clusterlane.instances import tables as tab
from clusterlane.optimizer.ledger_lines import PUBLIC, SIGN
from clusterlane.optimizer.report.texts import TEXTS
from clusterlane.optimizer.report.words import Language, Words, nice
from clusterlane.optimizer.summary_money import GROUPS
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(str(package.__file__)).parent
FILES = [*(ROOT / "report").glob("*.*"), *(ROOT / "workbook").glob("*.py"), ROOT / "summary.py"]
SOURCE = "".join(path.read_text(encoding="utf-8") for path in FILES if path.suffix in (".py", ".j2"))


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_both_languages_say_the_same_with_the_same_figures(key: str) -> None:
    english, chinese = TEXTS[key]
    assert english
    assert chinese
    assert fields(english) == fields(chinese)
    assert ("CURRENCY" in english) == ("CURRENCY" in chinese) or key == "column.money"
    assert re.search(r"[\u4e00-\u9fff：]", chinese), "no Chinese in it"


def test_every_key_that_is_asked_for_exists() -> None:
    asked = set(re.findall(r'(?:words|case\.words)\(\s*"([^"{]+)"', SOURCE))
    asked |= {f"column.{key}" for key in re.findall(r'\.column\(\s*"([^"{]+)"', SOURCE)}
    assert len(asked) > 80
    assert asked - {"key"} <= set(TEXTS), "key: the example in a docstring"


def test_no_key_is_left_over() -> None:
    def used(key: str) -> bool:
        quoted = f'"{key}"' in SOURCE or f"'{key}'" in SOURCE or f'"{key.rpartition(".")[2]}"' in SOURCE
        return quoted or key.startswith(("term.", "sheet.", "share.", "ledger.", "line."))

    assert [key for key in TEXTS if not used(key)] == []


def test_every_word_of_the_data_is_known() -> None:
    kinds = (tab.Mode, tab.LoanKind, tab.SubsidyKind)
    words = {str(member.value) for kind in kinds for member in kind} | set(SIGN) | set(PUBLIC)
    words |= {name for name in GROUPS if name not in ("duty", "last mile")} | {"duty", "last mile", "other"}
    words |= {f"relation.{relation.value}" for relation in tab.Relation}
    assert [word for word in sorted(words) if f"term.{word}" not in TEXTS] == []


def test_an_unknown_key_is_an_error_and_an_unknown_word_stays() -> None:
    with pytest.raises(KeyError):
        Words()("no such key")
    assert Words("zh").term("something new") == "something new"


@given(st.floats(1e-3, 1e12))
def test_ticks_are_round_and_few(most: float) -> None:
    step = nice(most)
    assert 2 <= most / step <= 5.1
    assert f"{step:.0e}"[0] in "125" or f"{step:.1e}".startswith("2.5")


@given(st.floats(-1e12, 1e12), st.sampled_from(list(Language)))
def test_short_numbers_keep_their_size(value: float, language: Language) -> None:
    value = float(f"{value:.4g}")
    text = Words(language).short(value)
    sizes = {"k": 1e3, "M": 1e6, "万": 1e4, "亿": 1e8}
    number, _, unit = text.partition(" ")
    assert float(number.replace(",", "")) * sizes.get(unit, 1.0) == pytest.approx(value, rel=1e-6, abs=1e-9)
