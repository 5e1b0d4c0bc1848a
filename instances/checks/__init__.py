"""Everything that is wrong with a network, all at once."""

from __future__ import annotations

from ..findings import Finding
from ..network import Network
from . import capacity, credit, finance, lanes, parts, places, plausible, reach, sources, structure
from .sound import numbered, sound

__all__ = ["check"]


def check(network: Network) -> list[Finding]:
    """All findings, errors first; an empty list means nothing is wrong.  Never raises.

    Rows that are broken in themselves (repeated keys, references to nothing) are reported and then
    left aside, so that the other checks see the rest of the network.
    """
    findings = [*structure.findings(network), *credit.findings(network)]
    rest = sound(network)
    findings += [*places.findings(rest), *plausible.findings(rest), *finance.findings(rest)]
    findings += [*lanes.findings(rest), *parts.findings(rest), *sources.findings(rest)]
    if numbered(rest):
        findings += [*reach.findings(rest), *capacity.findings(rest), *finance.dated_findings(rest)]
        findings += [*places.dated_findings(rest), *parts.dated_findings(rest), *sources.dated_findings(rest)]
    return sorted(findings, key=lambda finding: finding.severity != "error")
