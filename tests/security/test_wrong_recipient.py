"""Who can open what, tried with raw keys on the whole database, is what was promised and no more.

The oracle shares no code with the product. It knows who is in which circle, what she agreed to and
what was written when; the attacker knows private keys and tables.
"""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from referral.accounts.model import Member
from referral.cases import service as cases
from referral.kernel import clock, db
from referral.shelters import service as shelters
from referral.shelters.model import Bed
from tests.factories.province import consent_of
from tests.security.attacker import Attacker, bodies, key_of, snapshot
from tests.security.canaries import UNIT, Canaries, answers
from tests.security.cast import PLANS, RECEIVERS, Cast, Play

QUICK, ALL = 1, 10
SEEDS = [
    pytest.param(seed, marks=[] if seed < QUICK else [pytest.mark.long]) for seed in range(ALL)
]
STEPS, MOST_STEPS = 40, 160
NEEDED = {"send", "answer", "edit", "withdraw", "write_own"}
CHECK_EVERY = 10
KEYLESS = {"auditor", "duty_officer", "privacy_officer", "coordinator", "system_administrator"}

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def cast(settle):
    return Cast(settle(PLANS).province)


def expected(cast, user, rows):
    """What the oracle says this user's keys open: revisions, and everything that is sealed."""
    mine = cast.circles[user]
    member_id = str(_member(rows, user)["id"])
    known = {key for circle in mine for key in cast.oracle.known(circle)}
    found = {("section_revision_body", name) for name in cast.oracle.opens(known)}
    cards = {str(r["id"]): (str(r["case_id"]), cast.names[r["circle_id"]]) for r in rows["card"]}
    promised = {place for place in cast.oracle.cards if place[1] in mine}
    assert {place for place in cards.values() if place[1] in mine} == promised
    found |= {("card_body", name) for name, place in cards.items() if place[1] in mine}
    found |= {
        ("referral_summary_body", name)
        for name, circle in cast.oracle.summaries.items()
        if circle in mine
    }
    found |= _sealed_for_a_circle(rows, mine)
    found |= {
        ("circle_wrap_body", str(row["id"]))
        for row in rows["circle_wrap_body"]
        if str(row["member_id"]) == member_id and cast.names[row["circle_id"]] in mine
    }
    found |= {
        ("draft_body", str(row["id"]))
        for row in rows["draft"]
        if str(row["member_id"]) == member_id
    }
    found |= {
        ("confirmed_heads_body", str(row["member_id"]))
        for row in rows["confirmed_heads_body"]
        if str(row["member_id"]) == member_id
    }
    return found | {("member_body", member_id)} | _details_of_own_agency(cast, rows, mine)


def _details_of_own_agency(cast, rows, mine):
    """What was done in an agency, for the members of its circle."""
    chains = {row["id"]: row["chain_id"] for row in rows["audit_entry"]}
    houses = {house.id: f"{name}/" for name, house in cast.houses.items()}
    return {
        ("audit_entry_body", str(row["entry_id"]))
        for row in rows["audit_entry_body"]
        if any(circle.startswith(houses[chains[row["entry_id"]]]) for circle in mine)
    }


def _details_of_kept_cases(cast, rows, mine):
    """What anybody did with the cases that one of these circles keeps, or has kept."""
    kept = {
        part.case
        for part in cast.oracle.parts.values()
        if mine & {"ca/cases", *({part.holder} if part.earlier else ())}
    }
    cases_of = {row["id"]: row["case_id"] for row in rows["referral"]}
    return {
        ("audit_entry_body", str(row["id"]))
        for row in rows["audit_entry"]
        if str(cases_of.get(row["object_id"], row["object_id"])) in kept
    }


def _sealed_for_a_circle(rows, mine):
    """Figures for the statistics circle, places and stays for the keepers."""
    found = set()
    for table, circle in (
        ("fact_body", "tk/statistics"),
        ("staged_fact_body", "tk/statistics"),
        ("site_body", "nt/shelter"),
        ("stay_body", "nt/shelter"),
        ("stay_note_body", "nt/shelter"),
    ):
        if circle in mine:
            found |= {(table, key_of(table, row)) for row in rows[table]}
    return found


def _member(rows, user):
    (row,) = [row for row in rows["member"] if row["username"] == user]
    return row


def _bundles(cast, rows, mine):
    """Bundles that a strand's rows address to the circles of somebody."""
    grants = {row["id"]: cast.names[row["receiver_circle_id"]] for row in rows["case_grant"]}
    of = {row["id"]: grants[row["grant_id"]] for row in rows["grant_bundle"]}
    return {
        ("grant_bundle_body", str(row["bundle_id"]))
        for row in rows["grant_bundle_body"]
        if of[row["bundle_id"]] in mine
    }


def compare(cast):
    """Every actor's raw keys against the whole database."""
    rows = snapshot()
    for user, actor in cast.actors.items():
        thief = Attacker.of(actor, rows)
        thief.run()
        promised = expected(cast, user, rows) | _bundles(cast, rows, cast.circles[user])
        beside = _details_of_kept_cases(cast, rows, cast.circles[user])
        assert thief.opened - promised - beside == set(), f"{user} opens more than was promised"
        assert promised - thief.opened == set(), f"{user} cannot open what was promised"
        assert thief.released == set()
    return rows


def shelter_someone(cast, case):
    """A place, a stay and a line of the log, so that there is something not to be found."""
    keeper, plant = cast.worker("nt"), Canaries()
    with db.unit_of_work():
        site = shelters.register_site(
            keeper,
            None,
            circle_id=cast.circle_id("nt"),
            site_class="secret",
            kind="host_home",
            code_name="Hoa Sen",
            unit_codes=[UNIT],
            details={"address": "đầu thôn"},
            rooms=[{"name": "trong", "beds": ["1"]}],
            accepts=["women"],
        )
    (bed_id,) = db.session().scalars(select(Bed.id)).all()
    db.rollback()
    play = Play(cast, 0)
    play.cases = [case]
    consent = {"agency_id": cast.houses["nt"].id, "kinds": ["needs"]}
    _refer_and_accept(cast, play, case, consent, "shelter")
    referral_id = UUID(next(iter(cast.oracle.summaries)))
    nights = {"from_on": clock.today(), "to_on": clock.today() + timedelta(days=2)}
    party = {"adults": 1, "children": 0}
    with db.unit_of_work():
        terms = {**nights, "bed_ids": [bed_id], "referral_id": referral_id, "party": party}
        stay = shelters.hold_beds(keeper, site, case_id=case.id, case_code=case.code, **terms)
    with db.unit_of_work():
        shelters.check_in(keeper, stay, at=clock.now(), answers={})
    cast.note_writing("nt")
    noted_at = f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"
    note = answers("stay_note", plant, kind="meal", noted_at=noted_at)
    with db.unit_of_work():
        shelters.write_stay_note(keeper, stay, answers=note)


def _refer_and_accept(cast, play, case, consent, kind):
    agency = next(n for n, h in cast.houses.items() if h.id == consent["agency_id"])
    receiver = f"{agency}/{RECEIVERS[agency]}"
    basis = consent_of(play.officer, case, **consent)
    cast.note_writing("ca")
    kinds = set(consent["kinds"])
    cast.oracle.consented(str(basis), receiver, str(case.id), kinds)
    name = play._refer(case, agency, kind, sorted(kinds))
    cast.oracle.sent(name, str(case.id), receiver, kinds)
    with db.unit_of_work():
        play._answered(cast.worker(agency), UUID(name), "accept")
    cast.oracle.accepted(name, str(case.id))
    del play.waiting[name]
    return basis


@pytest.mark.promise("only-what-she-agreed")
@pytest.mark.promise("withdrawal-closes-what-comes")
@pytest.mark.promise("shelter-place-stays-secret")
@pytest.mark.parametrize("seed", SEEDS)
def test_everybody_opens_exactly_what_was_promised(cast, seed):
    play = Play(cast, seed)
    play.open_cases(2)
    shelter_someone(cast, play.cases[0])
    with db.unit_of_work():
        cases.save_draft(play.officer, None, place="identity", typed={"spoken_name": "Mây"})
    for number in range(MOST_STEPS):
        if number >= STEPS and set(play.done) >= NEEDED:
            break
        play.step()
        rows = cast.hoard_copies()
        if number % CHECK_EVERY == 0:
            rows = compare(cast)
    rows = compare(cast)
    assert set(play.done) >= NEEDED
    _compare_hoards(cast, rows)


def _compare_hoards(cast, rows):
    """With every old copy and all keys ever found: what was written after the end stays shut."""
    for name in RECEIVERS:
        thief = Attacker.of(cast.worker(name), rows)
        thief.section_keys |= cast.hoard[name]
        thief.run()
        revisions = {key for table, key in thief.opened if table == "section_revision_body"}
        assert revisions == cast.oracle.opens(cast.ever[name])


@pytest.mark.promise("withdrawal-closes-what-comes")
@pytest.mark.promise("withdrawal-takes-effect-at-once")
@pytest.mark.promise("care-stays-with-the-carer")
def test_what_is_written_after_withdrawal_stays_shut_to_old_keys_and_an_old_copy(cast):
    play = Play(cast, 0)
    play.open_cases(1)
    (case,) = play.cases
    kinds = ["incident", "needs"]
    consent = {"agency_id": cast.houses["yt"].id, "kinds": kinds}
    basis = _refer_and_accept(cast, play, case, consent, "service")
    play._write("yt", case, "medical", None)
    nurse, plant = cast.worker("yt"), play.plant
    before = snapshot()
    old = Attacker.of(nurse, before)
    old.run()
    assert _words(old, plant("incident.account"))
    with db.unit_of_work():
        cases.withdraw_consent(play.officer, case, basis_id=basis)
    cast.oracle.withdrawn(str(basis))
    at_once = Attacker.of(nurse, snapshot())
    at_once.run()
    assert not _words(at_once, plant("incident.account"))
    assert _words(at_once, plant("medical.findings")), "the hospital keeps what it wrote"
    play.plant = after = Canaries()
    (incident,) = [n for n, p in cast.oracle.parts.items() if p.kind == "incident"]
    play._write("ca", case, "incident", UUID(incident))
    rows = compare(cast)
    hoarder = Attacker.of(nurse, rows)
    hoarder.section_keys |= old.section_keys
    hoarder.secrets |= old.secrets
    hoarder.run()
    assert _words(hoarder, plant("incident.account")), "what was read stays known"
    assert not _words(hoarder, after.mark)
    police = Attacker.of(play.officer, rows)
    police.run()
    assert _words(police, after.mark)
    assert not _words(police, plant("medical.findings")), "the police never saw the findings"


@pytest.mark.parametrize("end", ["withdraw", "decline"])
def test_the_summary_of_an_ended_referral_is_deleted_with_the_rest(cast, end):
    play = Play(cast, 0)
    play.open_cases(1)
    (case,) = play.cases
    consent = {"agency_id": cast.houses["yt"].id, "kinds": ["needs"]}
    basis = consent_of(play.officer, case, **consent)
    name = play._refer(case, "yt", "service", ["needs"])
    assert ("referral_summary_body", name) in bodies(snapshot())
    with db.unit_of_work():
        if end == "decline":
            play._answered(cast.worker("yt"), UUID(name), "decline")
        else:
            cases.withdraw_consent(play.officer, case, basis_id=basis)
    assert ("referral_summary_body", name) not in bodies(snapshot())


def test_one_grant_too_many_or_too_few_would_be_seen(cast):
    play = Play(cast, 0)
    play.open_cases(1)
    consent = {"agency_id": cast.houses["yt"].id, "kinds": ["needs"]}
    _refer_and_accept(cast, play, play.cases[0], consent, "service")
    compare(cast)
    (name,) = cast.oracle.gifts
    gift = cast.oracle.gifts.pop(name)
    with pytest.raises(AssertionError, match=r"yt.* opens more"):
        compare(cast)
    cast.oracle.gifts[name] = gift
    part = next(n for n, p in cast.oracle.parts.items() if p.kind == "identity")
    gift.keys.add((part, 1))
    with pytest.raises(AssertionError, match=r"yt.* cannot open"):
        compare(cast)


def _words(thief, word):
    """Whether a word stands in anything that was opened."""
    needles = (word.encode(), json.dumps(word)[1:-1].encode())
    return any(needle in raw for raw in thief.texts.values() for needle in needles)


def test_somebody_without_a_circle_opens_only_their_own_account(cast):
    play = Play(cast, 0)
    play.open_cases(1)
    shelter_someone(cast, play.cases[0])
    rows = snapshot()
    tried = {user: actor for user, actor in cast.actors.items() if user.split(".", 1)[1] in KEYLESS}
    assert len(tried) == len(KEYLESS)
    for user, actor in tried.items():
        thief = Attacker.of(actor, rows)
        thief.run()
        member_id = str(_member(rows, user)["id"])
        assert thief.opened == {("member_body", member_id), ("confirmed_heads_body", member_id)}
    assert db.session().scalar(select(Member.id).limit(1))
    db.rollback()


def test_the_attacker_with_everybodys_keys_opens_every_body_that_keys_open(cast):
    """Without this, an attacker that tried nothing would find the product safe."""
    play = Play(cast, 1)
    play.open_cases(1)
    shelter_someone(cast, play.cases[0])
    with db.unit_of_work():
        cases.save_draft(play.officer, None, place="identity", typed={"spoken_name": "Mây"})
    rows = snapshot()
    together = Attacker(rows)
    for actor in cast.actors.values():
        together.keys += Attacker.of(actor, rows).keys
    together.run()
    shut = bodies(rows) - together.opened
    # A session opens by its token; nothing else is left.
    assert {table for table, _ in shut} <= {"member_session_body"}
    assert len({table for table, _ in together.opened}) >= 11
