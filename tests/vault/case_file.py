"""What the database would hold of one case, and what a service does with it.

It keeps what a thief of the database would find: strands, bodies, bundles. Readers use nothing
else but their own key ring.
"""

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from referral.kernel.errors import NotVerified, Unreadable
from referral.vault.case_replay import replay
from referral.vault.case_view import OWN, CaseView, GrantState
from referral.vault.codec import digest
from referral.vault.directory import VerifiedKey
from referral.vault.grants import (
    Basis,
    custody_basis,
    new_case_tag,
    new_release_key,
    open_grant,
    open_release,
    own_basis,
    seal_grant,
    seal_release,
    sharing_basis,
    standing_basis,
)
from referral.vault.restore_points import CasePoint
from referral.vault.sections import RevisionPlace, new_section_key, open_revision, seal_revision
from referral.vault.strands import SignedEntry, write_entry
from tests.vault.province import MINUTE, START, Person, World

YEAR = timedelta(days=365)


class CaseFile:
    """One case. Every operation names who does it, and in which circle."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.case_id, self.case_tag = uuid4(), new_case_tag()
        self.now = START
        self.strands: dict[UUID, list[SignedEntry]] = {}
        self.bodies: dict[UUID, bytes] = {}
        self.bundles: dict[UUID, list[bytes]] = {}
        self.payloads: dict[UUID, list[bytes]] = {}
        self.stale: set[UUID] = set()
        self.epoch = 1
        self.points: list[CasePoint] = []
        self._seen: tuple[dict[UUID, tuple[SignedEntry, ...]], CaseView] | None = None
        self.release_key = new_release_key()  # would lie in the installation's folder

    def stolen(self) -> "CaseFile":
        """A copy of the database as it is now."""
        taken = copy.copy(self)
        taken.strands = {a: list(s) for a, s in self.strands.items()}
        taken.bodies = dict(self.bodies)
        taken.payloads = {g: list(b) for g, b in self.payloads.items()}
        taken.bundles = {g: list(b) for g, b in self.bundles.items()}
        return taken

    def view(self) -> CaseView:
        """The strands replayed; not again while they are the same."""
        now = {agency: tuple(entries) for agency, entries in self.strands.items()}
        if self._seen is None or self._seen[0] != now:
            self._seen = (now, self._replayed())
        return self._seen[1]

    def _replayed(self) -> CaseView:
        return replay(
            self.world.deployment,
            self.case_id,
            self.epoch,
            self.strands,
            directory_of=self.world.directory_of,
            remembered=self.world.remembered,
            points=self.points,
        )

    def append(self, person: Person, kind: str, payload: tuple) -> None:
        """Sign and keep an entry; `NotVerified`, and nothing kept, when it does not hold."""
        agency_id = person.ring.agency_id
        self.now += MINUTE
        entry = write_entry(
            person.ring,
            self.view().place(agency_id),
            self.world.directory_of(agency_id),
            at=self.now,
            kind=kind,
            payload=payload,
        )
        self.strands.setdefault(agency_id, []).append(entry)
        after = self.view()
        if after.faults:
            self.strands[agency_id].pop()
            raise NotVerified(str(after.faults))

    def open_case(self, person: Person, circle: str) -> None:
        self.append(person, "opened", (self.world.circle(circle).circle_id,))

    def place(self, section_id: UUID) -> RevisionPlace:
        s = self.view().sections[section_id]
        return RevisionPlace(
            self.world.deployment, self.case_id, section_id, s.kind, s.revision, s.generation,
            s.form_version, s.author_id,
        )  # fmt: skip

    def write_new(self, person: Person, circle: str, kind: str, text: str) -> UUID:
        """A new section, its holder being the circle."""
        section_id, key = uuid4(), new_section_key()
        circle_id = self.world.circle(circle).circle_id
        self._revise(person, circle_id, section_id, kind, 1, 1, key, text)
        basis = own_basis(self.view(), circle_id, [section_id])
        self._grant(person, circle, self.world.key(circle), basis, {section_id: {1: key}})
        return section_id

    def edit(self, person: Person, section_id: UUID, text: str) -> None:
        """A correction by the holder; a stale section is re-keyed and its live grants renewed."""
        s = self.view().sections[section_id]
        held = self.keys_of(person)[section_id]
        generation, key = s.generation, held.get(s.generation)
        if section_id in self.stale:
            generation, key = generation + 1, new_section_key()
        assert key is not None
        revision = s.revision + 1
        self._revise(person, s.holder_circle, section_id, s.kind, revision, generation, key, text)
        if generation != s.generation:
            self._renew(person, section_id, generation, key)
            self.stale.discard(section_id)

    def _revise(  # noqa: PLR0917 — the columns of a revision, in their order
        self,
        person: Person,
        circle_id: UUID,
        section_id: UUID,
        kind: str,
        revision: int,
        generation: int,
        key: bytes,
        text: str,
    ) -> None:
        place = RevisionPlace(
            self.world.deployment, self.case_id, section_id, kind, revision, generation, 1,
            person.member_id,
        )  # fmt: skip
        sealed = seal_revision(key, place, {"text": text})
        self.append(
            person,
            "section_revised",
            (
                section_id,
                kind,
                circle_id,
                revision,
                generation,
                sealed.digest,
                sealed.commitment,
                1,
            ),
        )
        self.bodies[section_id] = sealed.body

    def _renew(self, person: Person, section_id: UUID, generation: int, key: bytes) -> None:
        view = self.view()
        for grant in list(view.grants.values()):
            if not view.covers(grant, section_id, self.now):
                continue
            receiver = self.receiver_of(grant)
            bundle = seal_grant(
                standing_basis(view, grant, receiver, at=self.now),
                grant_id=grant.grant_id,
                case_tag=self.case_tag,
                keys={section_id: {generation: key}},
                receiver=receiver,
            )
            self.append(person, "grant_renewed", (grant.grant_id, (section_id,), digest(bundle)))
            self._store(grant.grant_id, bundle, shut=grant.pending)

    def _store(self, grant_id: UUID, bundle: bytes, *, shut: bool) -> None:
        """Before acceptance a bundle lies under the release key too."""
        if shut:
            here = self.world.deployment
            bundle = seal_release(self.release_key, here, grant_id, bundle)
        shelf = self.payloads if shut else self.bundles
        shelf.setdefault(grant_id, []).append(bundle)

    def receiver_of(self, grant: GrantState) -> VerifiedKey:
        directory = self.world.directory_of(grant.receiver_agency)
        return directory.circle_key(grant.receiver_circle)

    def consent(
        self,
        person: Person,
        recipient: str,
        kinds: tuple[str, ...],
        *,
        lasts: timedelta = YEAR,
        whole_agency: bool = False,
        cosign_within: timedelta | None = None,
    ) -> UUID:
        """A consent, or with `cosign_within` a legal basis, for a circle or its whole agency."""
        basis_id = uuid4()
        circle_id = None if whole_agency else self.world.circle(recipient).circle_id
        agency_id = self.world.agency_of(recipient).agency_id
        form = "consent" if cosign_within is None else "legal"
        cosign_by = None if cosign_within is None else self.now + cosign_within
        payload = (
            basis_id, form, agency_id, circle_id, kinds, "support", self.now + lasts, cosign_by
        )  # fmt: skip
        self.append(person, "basis_recorded", payload)
        return basis_id

    def share(
        self, person: Person, circle: str, receiver: str, section_ids: list[UUID], *, pending=False
    ) -> UUID:
        """A grant under whatever consents live now; `ConsentMissing` where none covers."""
        to = self.world.key(receiver)
        basis = sharing_basis(
            self.view(),
            to,
            section_ids,
            giver_agency=self.world.agency_of(circle).agency_id,
            at=self.now,
        )
        return self._grant(person, circle, to, basis, self._newest(person, section_ids), pending)

    def _newest(self, person: Person, section_ids: list[UUID]) -> dict[UUID, dict[int, bytes]]:
        held, view = self.keys_of(person), self.view()
        wanted = [(s, view.sections[s].generation) for s in section_ids]
        return {s: {g: held[s][g]} for s, g in wanted}

    def _grant(  # noqa: PLR0917 — who, from, to, why and what
        self,
        person: Person,
        giver: str,
        to: VerifiedKey,
        basis: Basis,
        keys: Mapping[UUID, Mapping[int, bytes]],
        pending: bool = False,
    ) -> UUID:
        grant_id = uuid4()
        bundle = seal_grant(
            basis, grant_id=grant_id, case_tag=self.case_tag, keys=keys, receiver=to
        )
        giver_id = self.world.circle(giver).circle_id
        payload = (
            grant_id, giver_id, to.agency_id, to.circle_id, tuple(sorted(keys)), basis.form,
            basis.basis_ids, digest(bundle), int(pending),
        )  # fmt: skip
        self.append(person, "grant_made", payload)
        self._store(grant_id, bundle, shut=pending)
        return grant_id

    def take(self, person: Person, grant_id: UUID) -> None:
        """Acceptance: says so in the strand, then strips the second wrap."""
        self.append(person, "grant_taken", (grant_id,))
        for shut in self.payloads.pop(grant_id):
            opened = open_release(self.release_key, self.world.deployment, grant_id, shut)
            self._store(grant_id, opened, shut=False)

    def end(self, person: Person, grant_id: UUID) -> None:
        self.append(person, "grant_ended", (grant_id,))
        self.sweep()

    def withdraw(self, person: Person, basis_id: UUID) -> None:
        self.append(person, "basis_ended", (basis_id,))
        self.sweep()

    def sweep(self) -> None:
        """What a job without keys does: bundles of dead grants go, their sections are stale."""
        view = self.view()
        for grant in view.grants.values():
            kept = any(view.covers(grant, s, self.now) for s in grant.section_ids)
            if kept or grant.form == OWN:
                continue
            gone = self.bundles.pop(grant.grant_id, None) or self.payloads.pop(grant.grant_id, None)
            if gone:
                self.stale |= grant.section_ids

    def hand_over(self, giver: Person, circle: str, taker: Person, receiver: str) -> None:
        """Transfer of custody with what its giver holds of identity, safe contact and needs."""
        view, to = self.view(), self.world.key(receiver)
        circle_id = self.world.circle(circle).circle_id
        passing = [
            s.section_id
            for s in view.sections.values()
            if s.holder_circle == circle_id and s.kind in {"identity", "safe_contact", "needs"}
        ]
        offer_id = uuid4()
        payload = (offer_id, to.agency_id, to.circle_id, tuple(sorted(passing)))
        self.append(giver, "custody_offered", payload)
        keys = self._newest(giver, passing)
        self._grant(giver, circle, to, custody_basis(self.view(), to, passing), keys)
        self.append(taker, "custody_taken", (offer_id,))

    def keys_of(self, person: Person) -> dict[UUID, dict[int, bytes]]:
        """Every section key that this person's raw keys open out of the stored bundles."""
        found: dict[UUID, dict[int, bytes]] = {}
        for grant_id, bundles in self.bundles.items():
            for bundle in bundles:
                for section_id, by_generation in self._opened(person, grant_id, bundle).items():
                    found.setdefault(section_id, {}).update(by_generation)
        return found

    def _opened(
        self, person: Person, grant_id: UUID, bundle: bytes
    ) -> Mapping[UUID, Mapping[int, bytes]]:
        ring = person.ring
        for circle_id in ring.circle_ids:
            for generation in ring.generations(circle_id):
                try:
                    return open_grant(
                        ring.circle(circle_id, generation),
                        self.world.deployment,
                        self.case_id,
                        grant_id=grant_id,
                        agency_id=ring.line_of(circle_id)[0][0],
                        raw=bundle,
                    ).keys
                except Unreadable:
                    continue
        return {}

    def read(self, person: Person, section_id: UUID) -> str | None:
        """The newest text with every key this person can reach; None when none opens it."""
        return self.read_with(self.keys_of(person), section_id)

    def read_with(self, keys: Mapping[UUID, Mapping[int, bytes]], section_id: UUID) -> str | None:
        state, place = self.view().sections[section_id], self.place(section_id)
        for key in keys.get(section_id, {}).values():
            try:
                body = self.bodies[section_id]
                return open_revision(key, place, body, commitment=state.commitment)["text"]
            except (Unreadable, NotVerified):
                continue
        return None

    def advance(self, by: timedelta) -> datetime:
        self.now += by
        return self.now
