"""Reading the own agency's log, with the details that this session's keys open."""

from dataclasses import dataclass

from referral.audit.model import AuditEntry
from referral.audit.opening import Detail, DetailState, details_of
from referral.audit.operation import operation
from referral.audit.policy import holds_keys
from referral.audit.queries import visible_entries
from referral.kernel.actor import Actor
from referral.kernel.errors import NotVerified
from referral.kernel.paging import Page
from referral.kernel.permissions import Permission
from referral.vault.audit_chain import AuditRecord
from referral.vault.keys import Keyring, keyring_of


@dataclass(frozen=True, slots=True)
class LogLine:
    """An entry as a list shows it, and its detail as this session sees it."""

    entry: AuditEntry
    detail: Detail


@operation(Permission.AUDIT_OPEN, holds_keys)
def open_log(actor: Actor, subject: None, *, cursor: str | None = None) -> Page[LogLine]:
    """Open the details of one page of the own agency's log, newest first: one entry for it."""
    return _lines(keyring_of(actor), visible_entries(actor, cursor=cursor))


def shut_log(actor: Actor, *, cursor: str | None = None) -> Page[LogLine]:
    """The same page for a role without keys: entries, and whether they have a detail."""
    return _lines(None, visible_entries(actor, cursor=cursor))


def _lines(keyring: Keyring | None, page: Page[AuditEntry]) -> Page[LogLine]:
    records = {entry.id: _record(entry) for entry in page.rows}
    told = details_of(keyring, [record for record in records.values() if record is not None])
    lines = []
    for entry in page.rows:
        record = records[entry.id]
        unknown = Detail(DetailState.NOT_VERIFIED)
        detail = told[record.chain_id, record.seq] if record is not None else unknown
        lines.append(LogLine(entry, detail))
    return Page(lines, page.next_cursor)


def _record(entry: AuditEntry) -> AuditRecord | None:
    try:
        return AuditRecord.read(entry.raw)
    except NotVerified:
        return None
