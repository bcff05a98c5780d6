"""A council's policy, parsed from TOML: deadlines, recipients, ladders, and what is still to be confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from types import MappingProxyType

from audit.deadlines import Period
from audit.escalation import Ladder, Rung
from audit.toml import BadFile, Table, load, unique

A_WEEK = Period(days=7)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the policy comes from (A01)."""

    title: str
    owner_role: str
    approver_role: str
    established: str
    review_due: date | None


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """A gap or contradiction of the guidance itself, and what we do until the council says (X-rows)."""

    id: str
    says: str
    until_then: str


@dataclass(frozen=True, slots=True)
class Limb:
    """A kind of concern: what triggers it, what it is called in a notice, and whose ladder it climbs (F01 to F11).

    `kind` stands in subjects and previews, so it holds no grade word; `asks` is the choice as an auditor reads it;
    `letter_to` get the separate letter with the completed tool, each role in its own message group.
    """

    id: str
    kind: str
    asks: str
    ladder: str
    by_hand: bool
    letter_to: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class RequestReason:
    """A reason for which an audit may be asked for: its line in a list, and the words by which mail is known (B04)."""

    id: str
    label: str
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """What people may ask for or tell by mail or in a chat: who decides, whose word counts, who reviews.

    `decides` looks at requests for an audit (B03), and is asked again after `again` while nobody has decided;
    `about_actions` and `may_disagree` are roles of the case; `reviews` is whom a disagreement goes to where talking did
    not settle it (J03, J05).
    """

    decides: str
    reasons: tuple[RequestReason, ...]
    about_actions: tuple[str, ...]
    may_disagree: tuple[str, ...]
    reviews: str
    again: Period = A_WEEK

    def reason(self, reason_id: str) -> RequestReason | None:
        """The reason with this id; None for "other", or one that has gone since."""
        return next((one for one in self.reasons if one.id == reason_id), None)


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that a council decides."""

    council: str
    name: str
    version: str
    source: Source
    confirm: tuple[ToConfirm, ...]
    reference_prefix: str
    qa_lead: str
    qa_address: str
    qa_team: str
    out_of_hours: str
    roles: MappingProxyType[str, str]
    standard: Period | None
    moderated_first: Period | None
    cc_worker: bool
    own_case_allowed: bool
    limbs: MappingProxyType[str, Limb]
    ladders: MappingProxyType[str, Ladder]
    when_inadequate: str
    when_not_safe: str
    confirm_within: timedelta
    kept_letter: str
    kept_letter_urgent: str
    may_see_concern: tuple[str, ...]
    pdf_to: tuple[str, ...] = ()
    case_note_by: str = "auditor"
    asking: Asking = Asking("", (), (), (), "")

    def limb(self, limb_id: str) -> Limb:
        """The kind of concern with this id. Raises KeyError."""
        return self.limbs[limb_id]

    def ladder_of(self, limb_id: str) -> Ladder:
        """The ladder that a kind of concern climbs."""
        return self.ladders[self.limbs[limb_id].ladder]


def parse(text: str, strict: bool = True) -> Policy:
    """`policy.toml` as a value; not strict for a text that was published once. Raises BadFile naming the key."""
    top = load(text, strict)
    roles = _roles(top)
    ladders = {name: _ladder(name, table, roles) for name, table in top.table("ladder").named()}
    limbs = {name: _limb(name, table, ladders, roles) for name, table in top.table("limb").named()}
    deadlines = top.table("deadlines")
    allocation = top.table("allocation")
    triggers = top.table("triggers")
    handing_in = top.table("handing_in", optional=True)
    policy = Policy(
        council=top.text("council"),
        name=top.text("name"),
        version=top.text("version"),
        source=_source(top.table("source")),
        confirm=_to_confirm(top),
        reference_prefix=top.text("reference_prefix"),
        qa_lead=_known(top, "qa_lead", roles),
        qa_address=top.address("qa_address"),
        qa_team=top.text("qa_team"),
        out_of_hours=top.text("out_of_hours"),
        roles=MappingProxyType(roles),
        standard=_period(deadlines, "standard"),
        moderated_first=_period(deadlines, "moderated_first"),
        cc_worker=allocation.flag("cc_worker"),
        own_case_allowed=allocation.flag("own_case_allowed", False),
        limbs=MappingProxyType(limbs),
        ladders=MappingProxyType(ladders),
        when_inadequate=triggers.choice("overall_inadequate", limbs),
        when_not_safe=triggers.choice("child_not_safe", limbs),
        confirm_within=triggers.span("confirm_within", "PT10M", most="PT1H"),
        kept_letter=triggers.choice("kept_letter", limbs),
        kept_letter_urgent=triggers.choice("kept_letter_urgent", limbs),
        may_see_concern=_known_all(triggers, "may_see_concern", roles),
        pdf_to=_known_all(handing_in, "pdf_to", roles, ()),
        case_note_by=handing_in.choice("case_note_by", ("auditor", "qa_team"), "auditor"),
        asking=_asking(top, roles),
    )
    for table in (deadlines, allocation, triggers, handing_in, top):
        table.done()
    _check_letter_ladders(policy)
    if strict:
        _check_kept_letters(policy)
        _check_handing_in(policy)
    return policy


def _roles(top: Table) -> dict[str, str]:
    table = top.table("roles")
    return {key: table.text(key) for key in table.values}


def _known(table: Table, key: str, roles: dict[str, str]) -> str:
    return table.choice(key, roles)


def _known_all(
    table: Table, key: str, roles: dict[str, str], default: tuple[str, ...] | None = None
) -> tuple[str, ...]:
    found = table.texts(key, default)
    for role in found:
        if role not in roles:
            raise BadFile(f"{table.name(key)}: {role!r} is not one of the roles")
    return found


def _source(table: Table) -> Source:
    review = table.text("review_due", "")
    try:
        due = date.fromisoformat(review) if review else None
    except ValueError:
        raise BadFile(f"{table.name('review_due')} should be a day such as 2026-07-31") from None
    source = Source(
        table.text("title"),
        table.text("owner_role"),
        table.text("approver_role"),
        table.text("established", ""),
        due,
    )
    table.done()
    return source


def _asking(top: Table, roles: dict[str, str]) -> Asking:
    """Requests, actions and disagreements. All of it has a default: the QA lead decides, and only auditors tell."""
    table, lead = top.table("asking", optional=True), top.text("qa_lead")
    asking = Asking(
        table.choice("decides", roles, lead),
        tuple(_reason(entry) for entry in table.tables("reason", optional=True)),
        _known_all(table, "about_actions", roles, ()),
        _known_all(table, "may_disagree", roles, ()),
        table.choice("reviews", roles, lead),
        _period(table, "again_after") or A_WEEK,
    )
    if asking.again.months == 0 and asking.again.days < 1:
        raise BadFile(f"{table.name('again_after')} should be a day or longer, or whoever decides is rung without end")
    unique(tuple(one.id for one in asking.reasons), "asking.reason")
    table.done()
    return asking


def _reason(entry: Table) -> RequestReason:
    reason = RequestReason(entry.text("id"), entry.text("label"), entry.texts("says", ()))
    if reason.id == "other":
        raise BadFile(f"{entry.name('id')}: 'other' is always there; please leave it out")
    if not reason.says:
        raise BadFile(f"{entry.name('says')} is missing: mail is known by these words")
    entry.done()
    return reason


def _to_confirm(top: Table) -> tuple[ToConfirm, ...]:
    entries = top.tables("confirm", optional=True)
    found = tuple(ToConfirm(entry.text("id"), entry.text("says"), entry.text("until_then")) for entry in entries)
    for entry in entries:
        entry.done()
    return found


def _ladder(name: str, table: Table, roles: dict[str, str]) -> Ladder:
    rungs = tuple(_rung(entry, roles) for entry in table.tables("rung"))
    if not rungs or rungs[0].after != timedelta(0):
        raise BadFile(f"ladder.{name}.rung[1].after should be PT0S: somebody is always told at once")
    for earlier, later in pairwise(rungs):
        if later.after <= earlier.after:
            raise BadFile(f"ladder.{name}: each rung should come after the one before it")
    ladder = Ladder(name, rungs, table.span("repeat_top", most="P7D"))
    if ladder.repeat_top < timedelta(minutes=1):
        raise BadFile(f"ladder.{name}.repeat_top should be at least PT1M")
    table.done()
    return ladder


def _rung(table: Table, roles: dict[str, str]) -> Rung:
    rung = Rung(
        table.span("after", most="P7D"),
        _known_all(table, "to", roles),
        _known_all(table, "inform", roles, ()),
    )
    if not rung.to:
        raise BadFile(f"{table.name('to')} should name at least one role: a rung is never empty")
    unique((*rung.to, *rung.inform), table.path)
    table.done()
    return rung


def _limb(name: str, table: Table, ladders: dict[str, Ladder], roles: dict[str, str]) -> Limb:
    groups = table.tables("letter", optional=True)
    limb = Limb(
        name,
        table.text("kind"),
        table.text("asks", ""),
        table.choice("ladder", ladders),
        table.flag("by_hand", False),
        tuple(_known_all(group, "to", roles) for group in groups),
    )
    if limb.by_hand and not limb.asks:
        raise BadFile(f"{table.name('asks')} is missing: it is what the auditor chooses")
    for group in groups:
        if not group.texts("to"):
            raise BadFile(f"{group.name('to')} should name at least one role: a letter to nobody helps nobody")
        group.done()
    table.done()
    return limb


def _period(table: Table, key: str) -> Period | None:
    value = table.text(key, "")
    try:
        return Period.parse(value) if value else None
    except ValueError as fault:
        raise BadFile(f"{table.name(key)}: {fault}") from None


def _check_letter_ladders(policy: Policy) -> None:
    """A kept letter belongs to no case, so its ladder must end with people who are there for the whole council."""
    for limb_id in (policy.kept_letter, policy.kept_letter_urgent):
        if policy.qa_lead not in policy.ladder_of(limb_id).rungs[0].to:
            raise BadFile(f"limb.{limb_id}.ladder: its first rung should be to the qa_lead, {policy.qa_lead!r}")


def _check_kept_letters(policy: Policy) -> None:
    """An auditor never chooses the concern for a letter that nobody could place: it belongs to no audit."""
    named = {"kept_letter": policy.kept_letter, "kept_letter_urgent": policy.kept_letter_urgent}
    for key, limb_id in named.items():
        if policy.limb(limb_id).by_hand:
            raise BadFile(
                f"limb.{limb_id}.by_hand should be false: triggers.{key} names it, and no auditor raises that"
            )


def _check_handing_in(policy: Policy) -> None:
    """Whoever else is to have the finished audit gets it when it is released, not when it is handed in (G08)."""
    allowed = ("auditor", policy.qa_lead, *policy.may_see_concern)
    for role in policy.pdf_to:
        if role not in allowed:
            raise BadFile(
                f"handing_in.pdf_to: {role!r} should be auditor, the qa_lead, or one of triggers.may_see_concern; "
                "others get the audit when it is released"
            )
