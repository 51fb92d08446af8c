"""The verified directory: from rows and the pinned root key to keys that may be used."""

import copy
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select

from referral.agencies.locks import change_keys, hold_keys, log_key
from referral.agencies.model import Agency, Circle, CircleWrapBody, DirectoryEntry
from referral.audit import restores
from referral.kernel import deployment
from referral.kernel.db import is_writing, read_again, read_once, session
from referral.kernel.errors import ChainClosed, KeysMissing, NotFound, NotVerified
from referral.kernel.ids import new_id
from referral.vault.codec import Value
from referral.vault.directory import (
    AgencyDirectory,
    Hold,
    SignedStatement,
    VerifiedKey,
    VerifiedMember,
    is_roots,
    verify_log,
    write_entry,
)
from referral.vault.keys import CircleSecret, Keyring


class Pin:
    """The root's public key as this installation pins it, and the logs verified against it."""

    def __init__(self) -> None:
        self._root: bytes | None = None
        self._logs: dict[tuple[UUID, UUID], AgencyDirectory] = {}

    def configure(self, root_public: bytes | None) -> None:
        """Take the pinned key; None before `flask directory init-root`."""
        self._root = root_public
        self._logs.clear()

    @property
    def root_public(self) -> bytes:
        """The pinned key; `NotFound` before there is one."""
        if self._root is None:
            raise NotFound("no root key pinned")
        return self._root

    def known(self, deployment_id: UUID, agency_id: UUID) -> AgencyDirectory | None:
        """The log as far as this process has verified it."""
        return self._logs.get((deployment_id, agency_id))

    def remember(self, directory: AgencyDirectory) -> None:
        """Keep a verified log."""
        self._logs[directory.deployment, directory.agency_id] = directory


pin = Pin()


def directories(agency_ids: Iterable[UUID]) -> dict[UUID, AgencyDirectory]:
    """The verified logs of some agencies, in one query; only what is new is verified.

    `NotVerified` when a log does not hold.
    """
    here = deployment.current().id
    wanted = list(dict.fromkeys(agency_ids))
    known = {a: pin.known(here, a) for a in wanted}
    rows: dict[UUID, list[DirectoryEntry]] = defaultdict(list)
    beyond = [
        (DirectoryEntry.agency_id == a) & (DirectoryEntry.seq >= (log.head_seq if log else 0))
        for a, log in known.items()
    ]
    if beyond:
        query = select(DirectoryEntry).where(or_(*beyond)).order_by(DirectoryEntry.seq)
        for row in session().scalars(query):
            rows[row.agency_id].append(row)
    return {a: _extended(here, a, known[a], rows[a]) for a in wanted}


def _holds(agency_id: UUID) -> tuple[Hold, ...]:
    """What restores keep from those whom the agency's log of before names."""
    return tuple(
        Hold(
            point.epoch,
            *point.log_of(agency_id),
            everyone=bool(point.is_gap),
            removed=frozenset(point.removed),
            reroled=frozenset(point.reroled),
            parted=frozenset(point.parted),
            rekeyed=frozenset(point.rekeyed),
            is_unseconded=agency_id in point.unseconded,
        )
        for point in restores.points()
    )


def _extended(
    here: UUID, agency_id: UUID, known: AgencyDirectory | None, rows: list[DirectoryEntry]
) -> AgencyDirectory:
    statements = [SignedStatement(row.raw, row.signature) for row in rows]
    if known is None:
        directory = verify_log(pin.root_public, here, agency_id, statements, _holds(agency_id))
    elif not statements or statements[0].digest != known.head_digest:
        raise NotVerified("the log is not the one this process has seen")
    elif len(statements) == 1:
        return known
    else:
        directory = copy.deepcopy(known)
        for statement in statements[1:]:
            directory.apply(statement, pin.root_public)
    if directory.is_founded and not is_writing():
        pin.remember(directory)  # never what a rollback could take away again
    return directory


def _all_statements(agency_id: UUID) -> list[SignedStatement]:
    rows = session().scalars(
        select(DirectoryEntry)
        .where(DirectoryEntry.agency_id == agency_id)
        .order_by(DirectoryEntry.seq)
    )
    return [SignedStatement(row.raw, row.signature) for row in rows]


def directory_of(agency_id: UUID) -> AgencyDirectory:
    """The verified log of one agency, as this transaction sees it."""
    return read_once(log_key(agency_id), lambda: directories([agency_id])[agency_id])


def stated_member(agency_id: UUID, member_id: UUID) -> VerifiedMember | None:
    """The member as the agency's verified log states keys and role now; None for nobody."""
    log = directory_of(agency_id)
    try:
        return log.member(member_id)
    except NotVerified:
        return None


def holds_circle_key(agency_id: UUID, member_id: UUID, circle_id: UUID) -> bool:
    """Whether the agency's verified log names the member in the circle now."""
    log = directory_of(agency_id)
    circle = log.circles.get(circle_id)
    member = stated_member(agency_id, member_id)
    named = circle is not None and member_id in circle.member_ids
    return named and member is not None and member.holds_keys


def stated_kind(agency: Agency) -> str:
    """The kind of an agency: as the root stated it, and by the row where no root has yet.

    What a kind may do hangs on it, so that a writer to the table changes no founded agency's.
    """
    return directory_of(agency.id).kind or agency.kind


def key_of(circle_id: UUID) -> VerifiedKey:
    """The public key of a circle as its agency's verified log states it.

    In a write it stays the newest until the commit: a change of keys waits, or has been seen.
    """
    agency_id = _owner(circle_id)
    hold_keys([agency_id])
    return directory_of(agency_id).circle_key(circle_id)


def _owner(circle_id: UUID) -> UUID:
    """Whose circle it is, which never changes."""
    return read_once(("owner of circle", circle_id), lambda: _read_owner(circle_id))


def _read_owner(circle_id: UUID) -> UUID:
    circle = session().get(Circle, circle_id)
    if circle is None:
        raise NotFound("no such circle")
    return circle.agency_id


def newest_secret(keyring: Keyring, circle_id: UUID) -> CircleSecret:
    """A circle's secret to seal under: of the generation that the log states now.

    As `key_of`, it stays the newest until the commit. A ring from before a change of keys takes
    the new wrap; `KeysMissing` for whom the log does not name in the circle any more.
    """
    hold_keys([keyring.agency_id])
    take_new_wraps(keyring)
    state = directory_of(keyring.agency_id).circles.get(circle_id)
    if state is None or keyring.member_id not in state.member_ids:
        raise KeysMissing
    return keyring.circle(circle_id, state.generation)


def sealing_secret(keyring: Keyring, circle_id: UUID) -> CircleSecret:
    """`newest_secret`, to seal what comes; `KeysMissing` too while the circle awaits another."""
    secret = newest_secret(keyring, circle_id)
    if directory_of(keyring.agency_id).awaits_key(circle_id):
        raise KeysMissing
    return secret


def circles_awaiting_key() -> list[UUID]:
    """Circles that wait, since a restore, for an administrator to change their key.

    A named circle gets its own from its members; of a log that does not hold nobody knows.
    """
    found: list[UUID] = []
    for agency_id in session().scalars(select(Agency.id).order_by(Agency.id)).all():
        try:
            log = directory_of(agency_id)
        except NotVerified:
            continue
        kept = (c for c, state in log.circles.items() if not state.is_named)
        found += [circle_id for circle_id in kept if log.awaits_key(circle_id)]
    return found


def unseconded(agency_ids: Iterable[UUID]) -> list[UUID]:
    """Those of the agencies whose log names a second one that a restore lets help no more."""
    logs = directories(agency_ids)
    return [a for a, log in logs.items() if log.second is not None and log.helping is None]


def take_new_wraps(keyring: Keyring) -> None:
    """Give a ring what was sealed to its member since the request began."""
    circles = directory_of(keyring.agency_id).circles.items()
    mine = {c: state.generation for c, state in circles if keyring.member_id in state.member_ids}
    if any(g not in keyring.generations(circle_id) for circle_id, g in mine.items()):
        load_wraps(keyring)


def append_statement(agency_id: UUID, statement: SignedStatement) -> AgencyDirectory:
    """Write an entry that continues the log; `NotVerified` when it does not."""
    change_keys(agency_id)
    directory = _fresh(agency_id)
    directory.apply(statement, pin.root_public)
    session().add(
        DirectoryEntry(
            id=new_id(),
            agency_id=agency_id,
            seq=directory.head_seq,
            raw=statement.raw,
            signature=statement.signature,
        )
    )
    session().flush()
    read_again(log_key(agency_id))
    return directory


def open_log(agency_id: UUID) -> AgencyDirectory:
    """The verified log of an agency in whose name something is about to be signed.

    `ChainClosed` when it has ended, perhaps since the request began.
    """
    log = directory_of(agency_id)
    if log.is_ended:
        raise ChainClosed
    return log


def append(
    keyring: Keyring, agency_id: UUID, *, at: datetime, kind: str, payload: Value
) -> AgencyDirectory:
    """Sign and write the next entry of the administrator's agency."""
    change_keys(agency_id)
    log = _fresh(agency_id)
    if log.is_ended:
        raise ChainClosed
    statement = write_entry(keyring, log, at=at, kind=kind, payload=payload)
    return append_statement(agency_id, statement)


def _fresh(agency_id: UUID) -> AgencyDirectory:
    """A copy that may be advanced before the commit without misleading other requests."""
    here = deployment.current().id
    holds = _holds(agency_id)
    return verify_log(pin.root_public, here, agency_id, _all_statements(agency_id), holds)


def store_wrap(circle_id: UUID, generation: int, member_id: UUID, body: bytes) -> None:
    """Keep a circle secret sealed to a member."""
    session().add(
        CircleWrapBody(
            id=new_id(), circle_id=circle_id, generation=generation, member_id=member_id, body=body
        )
    )
    session().flush()


def wraps_of(circle_id: UUID, member_id: UUID) -> Sequence[CircleWrapBody]:
    """The wraps of one circle that are addressed to a member, of every generation."""
    query = select(CircleWrapBody).where(
        CircleWrapBody.circle_id == circle_id, CircleWrapBody.member_id == member_id
    )
    return session().scalars(query).all()


def drop_wraps(member_id: UUID) -> None:
    """Delete every wrap addressed to a member."""
    session().execute(delete(CircleWrapBody).where(CircleWrapBody.member_id == member_id))


def drop_generations(circle_id: UUID, over: int) -> None:
    """Delete every wrap of a circle of a generation that has ended."""
    ended = (CircleWrapBody.circle_id == circle_id) & (CircleWrapBody.generation <= over)
    session().execute(delete(CircleWrapBody).where(ended))


def load_wraps(keyring: Keyring) -> None:
    """Give a key ring the wraps addressed to its member, each with the key its log states.

    A row makes nobody a member of a circle: the log names those who are.
    """
    rows = session().scalars(
        select(CircleWrapBody).where(CircleWrapBody.member_id == keyring.member_id)
    )
    log = directory_of(keyring.agency_id)
    for row in rows:
        circle = log.circles.get(row.circle_id)
        if circle is None or keyring.member_id not in log.staying(row.circle_id):
            continue
        try:
            public = log.stated_public(row.circle_id, row.generation)
        except NotVerified:
            continue  # a circle that the agency's own log does not know is nobody's
        keyring.add_wrap(row.circle_id, row.generation, row.body, public=public)


def signing_keys(agency_id: UUID, member_id: UUID) -> list[bytes]:
    """Every signing key a member ever had in the verified log; none for an unknown one."""
    directory = directory_of(agency_id)
    keys: dict[bytes, None] = {}
    for seq in range(1, directory.head_seq + 1):
        try:
            keys[directory.member_at(member_id, seq).signing_public] = None
        except NotVerified:
            continue
    return list(keys)


def least_entries() -> dict[UUID, int]:
    """Every chain of the access log that must be there, with the entries it holds at least.

    Whatever is written into an agency's log is written by an operation, and so stands in the
    agency's chain too; what the root signs stands in the system's, after the root's own making.
    """
    roots, members = Counter[UUID](), Counter[UUID]()
    rows = session().execute(select(DirectoryEntry.agency_id, DirectoryEntry.raw))
    for agency_id, raw in rows:
        signed = roots if is_roots(raw) else members
        signed[agency_id] += 1
    least = dict.fromkeys(session().scalars(select(Agency.id)), 0)
    return least | dict(members) | {deployment.current().id: 1 + roots.total()}


def log_heads() -> dict[UUID, tuple[int, bytes]]:
    """Of every agency with a log: how many entries it has, and the digest of the newest."""
    heads: dict[UUID, tuple[int, bytes]] = {}
    rows = select(DirectoryEntry).order_by(DirectoryEntry.agency_id, DirectoryEntry.seq)
    for row in session().scalars(rows):
        heads[row.agency_id] = (row.seq, SignedStatement(row.raw, row.signature).digest)
    return heads


def log_digest(agency_id: UUID, seq: int) -> bytes | None:
    """The digest of one entry of an agency's log as it stands now; None where there is none."""
    row = session().scalars(
        select(DirectoryEntry).where(
            DirectoryEntry.agency_id == agency_id, DirectoryEntry.seq == seq
        )
    ).one_or_none()  # fmt: skip
    return None if row is None else SignedStatement(row.raw, row.signature).digest
