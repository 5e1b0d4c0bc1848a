"""What the service takes and gives, as types; the same for its client."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["queued", "running", "done", "failed", "cancelled"]
Kind = Literal["explanation", "shares", "report", "sweep"]
FINAL: tuple[Status, ...] = ("done", "failed", "cancelled")


class Options(BaseModel):
    """How to search for a plan: the options of ``clusterlane solve``."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    gap: float = Field(0.01, ge=0, le=1, description="Stop when at most this share of the cost can be saved.")
    time_limit: float | None = Field(
        None, gt=0, le=7 * 86400, description="Stop after this many seconds with the best plan so far."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="The same seed searches the same way.")
    strategy: str = Field("auto", max_length=40, description="How to search; auto chooses by size.")
    money: bool = Field(True, description="Plan financing together with logistics.")
    parcels: bool = Field(True, description="Allow direct parcels.")
    compare: bool = Field(
        False,
        description="Also solve what firms would do alone, and other comparisons, in as much time again.",
    )


TINY: dict[str, Any] = {"demo": "tiny", "options": {"gap": 0.01, "time_limit": 60}}


class Submission(BaseModel):
    """A network (one of ``network`` and ``demo``) and how to plan it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [TINY]})

    name: str | None = Field(None, max_length=200, description="A name for the list of jobs.")
    network: dict[str, Any] | None = Field(
        None, description="The tables: {table: [rows]}, as in network.json."
    )
    demo: str | None = Field(
        None, max_length=100, description="The name of a network that the service ships."
    )
    options: Options = Field(default_factory=Options)  # type: ignore[arg-type]


class ProgressView(BaseModel):
    """How far a run is; money in the network's currency, null while unknown."""

    seconds: float
    phase: str
    incumbent: float | None = None
    bound: float | None = None
    gap: float | None = None
    message: str = ""


class JobView(BaseModel):
    """A job without its tables.  Times are seconds since 1970."""

    id: str
    kind: str
    parent: str | None = None
    name: str
    status: Status
    created: float
    started: float | None = None
    finished: float | None = None
    stop_requested: bool = False
    published: bool = False
    options: dict[str, Any] = {}
    sha256: str
    progress: ProgressView | None = None
    plan: dict[str, Any] | None = Field(None, description="plan.json of the plan, once there is one.")
    problem: dict[str, Any] | None = Field(None, description="Why the job failed (problem details).")


class JobList(BaseModel):
    """A page of jobs, newest first; ``next`` is the ``before`` of the next page."""

    jobs: list[JobView]
    next: str | None = None


class FindingView(BaseModel):
    """One thing that is wrong: where, why, and what to do about it."""

    code: str
    severity: Literal["error", "warning"]
    table: str
    row: int | str | None = None
    column: str
    value: str
    cause: str
    remedy: str
    file: str = ""


class Validation(BaseModel):
    """Whether a network can be planned, with all findings."""

    ok: bool
    name: str | None = None
    sha256: str | None = None
    rows: dict[str, int] = {}
    findings: list[FindingView]


class ResultView(BaseModel):
    """A plan: its envelope, its tables and its ledger as lists of rows."""

    plan: dict[str, Any]
    tables: dict[str, list[dict[str, Any]]]
    ledger: list[dict[str, Any]]


class CheckRequest(BaseModel):
    """A plan of the platform's own, to be checked against its network."""

    model_config = ConfigDict(extra="forbid")

    network: dict[str, Any] | None = None
    demo: str | None = Field(None, max_length=100)
    plan: dict[str, Any] = Field(
        default={}, description="The envelope as in plan.json, as far as it is known."
    )
    tables: dict[str, list[dict[str, Any]]] = Field(
        description="The plan's decisions; absent tables are empty."
    )
    ledger: list[dict[str, Any]] | None = Field(None, description="Its payments; worked out where absent.")


class CheckView(BaseModel):
    """Whether a plan keeps every rule."""

    ok: bool
    objective: float | None = None
    bound: float | None = None
    findings: list[FindingView]


class Publication(BaseModel):
    """Whether firms may see their statements of a plan."""

    published: bool


class Statement(BaseModel):
    """What a plan means for one firm: its lines of the ledger, its rows of the tables."""

    job: str
    firm: str
    currency: str
    paid: float
    received: float
    ledger: list[dict[str, Any]]
    tables: dict[str, list[dict[str, Any]]]


class Demo(BaseModel):
    """A network that the service ships."""

    name: str
    sha256: str
    rows: dict[str, int]


class AuditLine(BaseModel):
    """Who did what, when, on which data."""

    at: float
    key_id: str | None
    action: str
    job_id: str | None
    sha256: str | None
    address: str | None


class Webhook(BaseModel):
    """Where completed jobs are announced."""

    model_config = ConfigDict(extra="forbid")

    url: str | None = Field(None, max_length=2000, description="http(s) address, or null for none.")


class WebhookView(BaseModel):
    """The address, and once after setting it the secret that signs the announcements."""

    url: str | None
    secret: str | None = None


SCENARIOS = """[[scenario]]
name = "demand up"
change = [{ table = "demand", multiply = { quantity = 1.1 } }]
"""


class ScenarioSet(BaseModel):
    """Named changes of a network, as in the file of ``clusterlane sweep`` (TOML)."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    toml: str = Field(min_length=1, max_length=1_000_000, examples=[SCENARIOS])


class ScenarioSetView(ScenarioSet):
    """A stored scenario set."""

    id: str
    created: float


class ProblemView(BaseModel):
    """Problem details (RFC 9457) with the findings of the command line."""

    type: str
    title: str
    status: int
    detail: str
    findings: list[FindingView] = []


class Me(BaseModel):
    """Who holds the key."""

    tenant: str
    role: str
    firm: str | None = None
    version: str
