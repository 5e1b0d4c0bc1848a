"""The service that cluster platforms embed: jobs over HTTP for several tenants, and a page for planners."""

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """The version of clusterlane, also where it runs from its source without being installed."""
    try:
        return version("clusterlane")
    except PackageNotFoundError:
        return "0+source"
