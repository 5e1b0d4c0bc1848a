"""The text of a file in the encodings that spreadsheets write."""

from __future__ import annotations

import codecs

COMMON = 0.9
"""Least share of Chinese characters of everyday use in a text that is taken for Chinese."""


def decode(content: bytes) -> str:
    """The text of UTF-8, of UTF-16 with a byte order mark, or of GB18030 (Chinese Excel).

    Raises ``UnicodeDecodeError`` (of the UTF-8 attempt) for anything else.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise UnicodeDecodeError("utf-8", content, 0, 1, "broken UTF-16") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if (text := _chinese(content)) is not None:
            return text
        raise


def _chinese(content: bytes) -> str | None:
    """The text in GB18030, if it then reads as Chinese: Western accents also decode, into rare characters."""
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return None
    letters = [letter for letter in text if ord(letter) > 127]
    common = sum(_everyday(letter) for letter in set(letters))
    return text if common >= COMMON * len(set(letters)) else None


def _everyday(letter: str) -> bool:
    """Whether the character is in the basic Chinese set of 1980."""
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
