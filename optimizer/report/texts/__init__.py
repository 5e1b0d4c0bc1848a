"""The texts of reports, in English and Chinese."""
TEXTS: dict[str, tuple[str, str]] = {}
