"""Somebody with private keys and a whole copy of the database, who keeps no rule of the product.

Tables are read as they are. Every key in hand is tried on every body of a kind, each in the place
where the body stands; neither strands, grants, states nor permissions are looked at.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import Unreadable
from referral.vault import boxes, grants, primitives, sections
from referral.vault.codec import unpack
from referral.vault.keys import (
    CircleSecret,
    Keyring,
    MemberKeys,
    PassedPlace,
    wrap_context,
)
from referral.vault.primitives import Purpose

PASSED_TO = (
    "agency_id",
    "circle_id",
    "generation",
    "heir_agency_id",
    "heir_circle_id",
    "heir_generation",
)
Rows = Mapping[str, list[dict[str, Any]]]
Body = tuple[str, str]


def snapshot() -> Rows:
    """Every row of every table, as a thief's copy."""
    connection = db.session().connection()
    rows = {
        table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
        for table in db.db.metadata.sorted_tables
    }
    db.rollback()
    return rows


def bodies(rows: Rows) -> set[Body]:
    """The name of every body there is: table and key."""
    return {
        (table, key_of(table, row))
        for table, found in rows.items()
        if table.endswith("_body")
        for row in found
    }


def key_of(table: str, row: Mapping[str, Any]) -> str:
    """The primary key of a row of a body table."""
    (column,) = db.db.metadata.tables[table].primary_key.columns
    return str(row[column.name])


class Place(NamedTuple):
    """Where something under a circle's card key stands."""

    circle_id: UUID
    generation: int
    object_id: UUID


@dataclass
class Attacker:
    """Keys in hand, rows in hand, and what opens."""

    rows: Rows
    keys: list[bytes] = field(default_factory=list)
    release: Mapping[str, bytes] = field(default_factory=dict)
    opened: set[Body] = field(default_factory=set)
    texts: dict[Body, bytes] = field(default_factory=dict)
    released: set[str] = field(default_factory=set)
    secrets: set[bytes] = field(default_factory=set)
    section_keys: set[bytes] = field(default_factory=set)

    @classmethod
    def of(cls, actor: Actor, rows: Rows, *, release: Mapping[str, bytes] | None = None) -> Any:
        """Somebody of the product gone wrong: the private keys of the session, nothing else."""
        return cls(rows, keys=[private_keys(actor).exchange], release=release or {})

    def find_keys(self) -> None:
        """Open wraps, then bundles: every key that these keys lead to."""
        self.here = self.rows["deployment"][0]["id"]
        self._wraps()
        self._passed()
        self._bundles()

    def run(self) -> None:
        """Find every key, and open whatever they open."""
        self.find_keys()
        self._revisions()
        self._sealed_to_circles()
        self._under_card_keys()
        self._details()
        self._own()

    def _try(
        self, table: str, row: Mapping[str, Any], opening: Callable[[], bytes]
    ) -> bytes | None:
        with suppress(Unreadable):
            raw = opening()
            self.opened.add((table, key_of(table, row)))
            self.texts[table, key_of(table, row)] = raw
            return raw
        return None

    def _headers(self, table: str) -> dict[UUID, dict[str, Any]]:
        return {row["id"]: row for row in self.rows[table]}

    def _everywhere(self) -> list[bytes]:
        """Every key in hand: members', circles' (both children), sections', files'."""
        found = [*self.keys, *self.secrets, *self.section_keys]
        for secret in self.secrets:
            found += [
                primitives.derive(secret, f"circle {child}") for child in ("exchange", "card")
            ]
        return found

    def _wraps(self) -> None:
        for row in self.rows["circle_wrap_body"]:
            context = wrap_context(self.here, row["circle_id"], row["generation"], row["member_id"])
            for key in self.keys:
                raw = self._try(
                    "circle_wrap_body",
                    row,
                    lambda key=key, context=context, row=row: primitives.unseal_with(
                        key, Purpose.CIRCLE_SECRET, context, row["body"]
                    ),
                )
                if raw is not None:
                    self.secrets.add(raw)

    def _passed(self) -> None:
        """What ended agencies' circles sealed to their successors, one after the other."""
        headers, before = self._headers("circle_succession"), -1
        while before != len(self.secrets):
            before = len(self.secrets)
            for row in self.rows["circle_succession_body"]:
                header = headers[row["succession_id"]]
                place = PassedPlace(*(header[name] for name in PASSED_TO))
                for secret in self._as_circle(place.heir_circle, place.heir_generation):
                    raw = self._try(
                        "circle_succession_body",
                        row,
                        lambda s=secret, place=place, row=row: primitives.unseal_with(
                            s.exchange, Purpose.SUCCESSION, place.context(self.here), row["body"]
                        ),
                    )
                    if raw is not None:
                        self.secrets.add(raw)

    def _line(self, circle_id: UUID, agency_id: UUID) -> list[tuple[UUID, UUID]]:
        """(circle, agency): the one named, and those that it succeeds."""
        line = [(circle_id, agency_id)]
        for heir, _ in line:
            line += [
                (row["circle_id"], row["agency_id"])
                for row in self.rows["circle_succession"]
                if row["heir_circle_id"] == heir
                and (row["circle_id"], row["agency_id"]) not in line
            ]
        return line

    def _bundles(self) -> None:
        given, headers = self._headers("case_grant"), self._headers("grant_bundle")
        for row in self.rows["grant_bundle_body"]:
            header = headers[row["bundle_id"]]
            grant = given[header["grant_id"]]
            self._bundle("grant_bundle_body", row, grant, header["circle_generation"], row["body"])
        referrals, payloads = self._headers("referral"), self._headers("referral_payload")
        for row in self.rows["referral_payload_body"]:
            payload = payloads[row["payload_id"]]
            referral = referrals[payload["referral_id"]]
            grant, generation = given[referral["grant_id"]], payload["circle_generation"]
            self._bundle("referral_payload_body", row, grant, generation, row["body"])
            for key in [*self.release.values(), *self._everywhere()]:
                with suppress(Unreadable):
                    raw = grants.open_release(key, self.here, referral["id"], row["body"])
                    self.released.add(str(referral["id"]))
                    self._bundle("referral_payload_body", row, grant, generation, raw)

    def _bundle(
        self, table: str, row: Any, grant: Mapping[str, Any], generation: int, raw: bytes
    ) -> None:
        line = self._line(grant["receiver_circle_id"], grant["receiver_agency_id"])
        tries = [(s, a) for c, a in line for s in self._as_circle(c, generation)]
        for secret, agency_id in tries:
            with suppress(Unreadable):
                bundle = grants.open_grant(
                    secret,
                    self.here,
                    grant["case_id"],
                    grant_id=grant["id"],
                    agency_id=agency_id,
                    raw=raw,
                )
                self.opened.add((table, key_of(table, row)))
                self.section_keys |= {k for by in bundle.keys.values() for k in by.values()}

    def _as_circle(self, circle_id: UUID, generation: int) -> Iterable[CircleSecret]:
        """Every secret in hand, claimed to be this circle's."""
        return [CircleSecret(circle_id, generation, raw) for raw in (*self.secrets, *self.keys)]

    def _revisions(self) -> None:
        headers, held = self._headers("section_revision"), self._headers("section")
        keys = self._everywhere()
        for row in self.rows["section_revision_body"]:
            revision = headers[row["revision_id"]]
            section = held[revision["section_id"]]
            place = sections.RevisionPlace(
                self.here,
                section["case_id"],
                section["id"],
                section["kind"],
                revision["revision"],
                revision["generation"],
                revision["form_version"],
                revision["author_id"],
            )
            commitment = primitives.commitment_in(row["body"])
            for key in keys:
                self._try(
                    "section_revision_body",
                    row,
                    lambda key=key, place=place, row=row, commitment=commitment: json.dumps(
                        sections.open_revision(key, place, row["body"], commitment=commitment)
                    ).encode(),
                )

    def _sealed_to_circles(self) -> None:
        referrals = self._headers("referral")
        circles = self._headers("circle")
        for row in self.rows["referral_summary_body"]:
            asked = referrals[row["referral_id"]]
            for secret in self._as_circle(asked["to_circle_id"], asked["to_circle_generation"]):
                self._try(
                    "referral_summary_body",
                    row,
                    lambda s=secret, row=row, asked=asked: boxes.open_summary(
                        s, self.here, asked["to_agency_id"], asked["id"], row["body"]
                    ),
                )
        for header, table in (("fact", "fact_body"), ("staged_fact", "staged_fact_body")):
            headers = self._headers(header)
            for row in self.rows[table]:
                fact = headers[row["fact_id"]]
                owner = circles[fact["circle_id"]]["agency_id"]
                for secret in self._as_circle(fact["circle_id"], fact["circle_generation"]):
                    self._try(
                        table,
                        row,
                        lambda s=secret, row=row, owner=owner: boxes.open_fact(
                            s, self.here, owner, row["fact_id"], row["body"]
                        ),
                    )

    def _under_card_keys(self) -> None:
        cards, sites = self._headers("card"), self._headers("site")
        stays, notes = self._headers("stay"), self._headers("stay_note")
        for row in self.rows["card_body"]:
            card = cards[row["card_id"]]
            place = Place(card["circle_id"], card["circle_generation"], card["case_id"])
            self._shared("card_body", row, place, Purpose.CARD)
        for row in self.rows["site_body"]:
            site = sites[row["site_id"]]
            place = Place(site["circle_id"], site["circle_generation"], site["id"])
            self._shared("site_body", row, place, Purpose.SITE)
        for row in self.rows["stay_body"]:
            stay = stays[row["stay_id"]]
            circle_id = sites[stay["site_id"]]["circle_id"]
            place = Place(circle_id, stay["circle_generation"], stay["id"])
            self._shared("stay_body", row, place, Purpose.STAY)
        for row in self.rows["stay_note_body"]:
            note = notes[row["note_id"]]
            circle_id = sites[stays[note["stay_id"]]["site_id"]]["circle_id"]
            place = Place(circle_id, note["circle_generation"], note["id"])
            self._shared("stay_note_body", row, place, Purpose.STAY)

    def _shared(self, table: str, row: Any, place: Place, purpose: Purpose) -> None:
        line = self._line(place.circle_id, place.circle_id)
        for secret in [s for c, _ in line for s in self._as_circle(c, place.generation)]:
            self._try(
                table,
                row,
                lambda s=secret: boxes.open_in_circle(
                    s, purpose, self.here, place.object_id, row["body"]
                ),
            )

    def _details(self) -> None:
        """Every share of every detail of the log, with every key in hand."""
        entries = self._headers("audit_entry")
        keys = self._everywhere()
        for row in self.rows["audit_entry_body"]:
            entry = entries[row["entry_id"]]
            place = (entry["chain_id"], entry["seq"])
            for circle_id, generation, sealed in unpack(row["body"])[2]:
                context = ("audit detail", self.here, *place, circle_id, generation)
                for key in keys:
                    self._try(
                        "audit_entry_body",
                        row,
                        lambda key=key, context=context, sealed=sealed: primitives.unseal_with(
                            key, Purpose.AUDIT_DETAIL, context, sealed
                        ),
                    )

    def _own(self) -> None:
        members, drafts = self._headers("member"), self._headers("draft")
        for key in self.keys:
            for row in self.rows["draft_body"]:
                draft = drafts[row["draft_id"]]
                ring = self._ring(key, members[draft["member_id"]])
                self._try(
                    "draft_body",
                    row,
                    lambda ring=ring, row=row, draft=draft: ring.open_own(
                        Purpose.DRAFT, draft["place"], row["body"]
                    ),
                )
            for row in self.rows["confirmed_heads_body"]:
                ring = self._ring(key, members[row["member_id"]])
                self._try(
                    "confirmed_heads_body",
                    row,
                    lambda ring=ring, row=row: ring.open_own(
                        Purpose.CONFIRMED_HEADS, ("confirmed heads", 1), row["body"]
                    ),
                )
            for row in self.rows["member_body"]:
                ring = self._ring(key, members[row["member_id"]])
                if row["factor"] is not None:
                    self._try(
                        "member_body",
                        row,
                        lambda ring=ring, row=row: ring.open_own(
                            Purpose.SECOND_FACTOR, ("totp", 1), row["factor"]
                        ),
                    )

    def _ring(self, key: bytes, member: Mapping[str, Any]) -> Keyring:
        """A key ring that claims to be this member's."""
        return Keyring(self.here, member["id"], member["agency_id"], MemberKeys(key, bytes(32)))


def private_keys(actor: Actor) -> MemberKeys:
    """The private keys that a member's own session holds, whatever the role."""
    if not isinstance(actor.keys, Keyring):
        raise TypeError(f"{actor.role} has no session keys")
    return actor.keys._member
