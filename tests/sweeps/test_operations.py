"""Every operation says what it needs, does what it says in the audit chain, and is reached."""

import ast
import inspect
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import func, select

import referral
from referral.accounts.roles import ROLES, Role, permissions_of
from referral.audit import trail
from referral.audit.model import AuditEntry
from referral.audit.operation import _RULES, OPERATIONS, anyone
from referral.kernel import db
from referral.kernel.actor import SYSTEM, Actor
from referral.kernel.errors import NotPermitted
from referral.kernel.permissions import Permission
from referral.vault.directory import KEYLESS_ROLES
from tests.security.canaries import Canaries
from tests.security.restored import after_a_restore
from tests.security.thread import SETTINGS, Thread

ROOT = Path(referral.__file__).parent
# What may be done without an entry, and why.
UNAUDITED = {
    "cases.save_draft": "a form in the middle of being typed, saved every few seconds",
    "cases.read_draft": "the same form shown again to the one who typed it",
    "cases.discard_draft": "the form was sent: that is the entry",
    "notices.mark_read": "a content-free notice",
    "accounts.count_codes": "how many of one's own printed codes are left",
}
# Rules that are always true, and why the permission alone is enough.
OPEN_TO_ANYONE = {
    "accounts.invite_first_administrator": "acts on agencies that have no member yet; the root "
    "countersigns what comes of it",
    "accounts.invite_new_administrator": "of an agency whose administrators are lost; the root "
    "puts one in their place, or nothing comes of it",
    "agencies.create_agency": "there is no object yet, and the root countersigns it",
    "cases.lapse_bases": "a job: the system alone has the permission, and it has no keys",
    "cases.purge_drafts": "a job, as above",
    "followup.remind_due": "a job, as above",
    "jobs.export_heads": "a job, as above",
    "jobs.purge_sessions": "a job, as above",
    "jobs.send_letters": "a job, as above",
    "jobs.ship_tombstones": "a job, as above",
    "referrals.expire_referrals": "a job, as above",
    "referrals.return_referrals": "a job, as above",
    "referrals.sweep_release_keys": "a job, as above",
    "shelters.release_expired_holds": "a job, as above",
}
CASE_PERMISSIONS = {
    permission
    for permission in Permission
    if permission.value.split(":")[0]
    in {
        "basis",
        "case",
        "consent",
        "custody",
        "follow_up",
        "referral",
        "section",
        "shelter",
        "stay",
    }
}
SOURCES = [path for path in ROOT.rglob("*.py") if path.name not in {"permissions.py", "roles.py"}]


for _room in walk_packages(referral.__path__, "referral."):
    if ".demo" not in _room.name:
        import_module(_room.name)


def _used_permissions() -> set[str]:
    """Names of `Permission` members that the product's code speaks of, roles apart."""
    return {
        node.attr
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Permission"
    }


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_declares_permission_rule_and_purpose(name):
    declared = OPERATIONS[name]
    assert isinstance(declared.permission, Permission)
    assert declared.rule
    assert len(declared.about) > 20
    assert declared.about.endswith((".", ":", ";")) or declared.about[-1].isalpha()
    assert declared.audited is (name not in UNAUDITED)


def test_nothing_stands_on_the_unaudited_list_that_is_no_operation():
    assert set(UNAUDITED) <= set(OPERATIONS)


def test_only_reviewed_operations_are_open_to_anyone_with_the_permission():
    """Who adds one with a rule that is always true says here why no object needs a look."""
    by_anyone = {name for name, d in OPERATIONS.items() if d.rule == anyone.__name__}
    assert by_anyone == set(OPEN_TO_ANYONE)


def test_no_other_rule_is_true_whoever_asks():
    """A rule that does not look at the actor is `anyone` by another name."""
    stranger = Actor(member_id=uuid4(), agency_id=uuid4(), role="", permissions=frozenset())
    assert _RULES.keys() == OPERATIONS.keys()
    lax = {
        name
        for name, rule in _RULES.items()
        if name not in OPEN_TO_ANYONE and _is_true(rule, stranger)
    }
    assert lax == set()


def _is_true(rule, actor):
    """Whether the rule holds for an object of nobody; one that reads it says no by failing."""
    try:
        return rule(actor, SimpleNamespace(id=uuid4()))
    except (AttributeError, RuntimeError):
        return False


def test_a_rule_that_is_true_for_all_is_found():
    assert _is_true(anyone, None)
    assert not _is_true(lambda actor, subject: subject.agency_id == actor.agency_id, None)


def test_every_permission_opens_something():
    used = _used_permissions()
    assert {permission.name for permission in Permission} - used == set()


def test_a_role_without_keys_has_no_permission_over_a_case():
    over = {
        role: sorted(permissions_of(role) & CASE_PERMISSIONS)
        for role in Role
        if role in KEYLESS_ROLES
    }
    assert over
    assert {role: found for role, found in over.items() if found} == {}


def test_every_role_is_described_and_jobs_are_nobodys_role():
    assert set(ROLES) == set(Role)
    holders = [role for role in Role if Permission.JOB_RUN in permissions_of(role)]
    assert holders == []
    assert SYSTEM.permissions == {Permission.JOB_RUN}


def test_an_operation_asks_for_actor_and_subject_first():
    for name, verb in _verbs().items():
        first = list(inspect.signature(verb).parameters.values())[:2]
        assert first[0].name == "actor", name
        rest = list(inspect.signature(verb).parameters.values())[2:]
        assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in rest), name


def _verbs() -> dict[str, object]:
    """Operation name → the function, found in the module that defines it."""
    found = {}
    for room in walk_packages(referral.__path__, "referral."):
        if ".demo" in room.name:
            continue
        module = import_module(room.name)
        for name, thing in vars(module).items():
            is_wrapped = inspect.isfunction(thing) and hasattr(thing, "__wrapped__")
            if is_wrapped and thing.__module__ == module.__name__:
                full = f"{module.__name__.split('.')[1]}.{name}"
                if full in OPERATIONS:
                    found[full] = thing
    return found


def test_every_operation_was_found_by_the_sweep():
    assert set(_verbs()) == set(OPERATIONS)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_thread_performs_every_operation_and_each_leaves_one_entry(make_app):
    with make_app(**SETTINGS).app_context():
        thread = Thread(Canaries())
        thread.run()
        after_a_restore(thread)
        assert set(OPERATIONS) - thread.step.performed == set()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_no_operation_is_done_by_somebody_without_any_permission(make_app):
    with make_app(**SETTINGS).app_context():
        Thread(Canaries())
        nobody = Actor(member_id=None, agency_id=None, role="", permissions=frozenset())
        for name, verb in _verbs().items():
            keywords = {
                p.name: None
                for p in inspect.signature(verb).parameters.values()
                if p.kind is inspect.Parameter.KEYWORD_ONLY
            }
            before = _refused(name)
            with pytest.raises(NotPermitted):
                verb(nobody, None, **keywords)
            assert _refused(name) == before + 1, f"{name} was refused and left no entry"


def _refused(name):
    """How many refusals of an operation stand in the log, each by its own name."""
    query = select(func.count()).where(
        AuditEntry.operation == name, AuditEntry.outcome == trail.REFUSED
    )
    count = db.session().scalar(query)
    db.rollback()
    return count
