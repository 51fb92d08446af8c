"""A whole province in the middle of its work: one member of each role, and an object of each kind.

What the thread has ended is there too. Every sweep asks about these objects with real ids; where a
new kind of object comes, its name in addresses is added to `Living.objects`.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from referral.accounts import service as accounts
from referral.accounts.founding import FIRST_HAND
from referral.accounts.queries import named_at
from referral.accounts.roles import Role
from referral.agencies import service as agencies
from referral.cases import queries as case_queries
from referral.cases import service as cases
from referral.cases.model import CaseFile, Section, SharingBasis
from referral.followup import queries as followup_queries
from referral.followup.kinds import BY_HAND
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.notices import queries as notice_queries
from referral.notices import service as notices
from referral.notices.kinds import NoticeKind
from referral.reporting import compose
from referral.reporting import queries as reporting_queries
from referral.reporting import service as reporting
from referral.shelters import service as shelters
from referral.shelters.model import Bed, Room, Site
from tests.factories.province import PASSPHRASE, House
from tests.security.canaries import UNIT, Plant, answers
from tests.security.thread import DAY, HOUR, Thread
from tests.sweeps import under_way
from tests.sweeps.hostile import Hostile

KINDS = ("identity", "safe_contact", "incident", "needs")
Objects = dict[str, str]


class Living(Thread):
    """The thread, and then what is under way tonight; `objects` has the ids by name."""

    def __init__(self, plant: Plant) -> None:
        super().__init__(plant)
        self.objects: Objects = {}
        self.cast: dict[str, str] = {}

    def put(self, **named: Any) -> None:
        """Remember ids."""
        self.objects |= {name: str(value) for name, value in named.items()}

    def run(self) -> None:
        """What was, what is, who is here, and the neighbouring district."""
        super().run()
        under_way.after_a_restore(self)
        self.enlist()
        self.tonight()
        self.at_the_shelter()
        self.at_the_office()
        self.people()
        self.next_door()
        self.put(channel_id=under_way.channel_of(self, self.officer))
        under_way.new_keys(self)
        under_way.kits(self)
        under_way.endings(self)

    def enlist(self) -> None:
        """One member of every role, in an agency that has a part in the case where it can."""
        house, join = self.province.house, self.province.member
        chair = self.chair = house("ub", "commune_committee", "commune_chair")
        operator = house("vh", "operator", "system_administrator")
        for home, roles in (
            (self.police, ("privacy_officer",)),
            (self.hospital, ("unit_reporting_officer",)),
            (self.social, ("case_worker",)),
            (self.statistics, ("lead_department_officer", "auditor")),
        ):
            for role in roles:
                join(home, role)
        # Those of the thread have another passphrase by now, and new keys to come.
        join(self.police, "duty_officer", "ca.truc")
        join(self.police, "supervisor", "ca.giamsat")
        houses = (self.police, self.hospital, self.shelter, self.social, self.statistics)
        for home in (*houses, chair, operator):
            self.cast |= home.users
        self.cast["agency_administrator"] = self.police.administrator
        self.operator = operator
        assert set(self.cast) == set(Role), "tests/sweeps/world.py enlists every role"

    def tonight(self) -> None:
        """A report not met yet; a case with consents, referrals, a basis without co-signature."""
        step, officer = self.step, self.officer
        reported = step(
            cases.report_incident, officer, answers=answers("incident_report", self.plant)
        )
        case = self._open_case(officer)
        consent = self.consent(case, ["needs"], agency_id=self.hospital.id)
        unsigned = self._claim(officer, case)
        waiting = self.send(case, self.hospital.circle_id(), ["needs"])
        accepted = self.accept(self.nurse, self.send(case, self.hospital.circle_id(), ["needs"]))
        kept = {"fate": "kept", "kept_until": "2099-01-01", "destroyed_on": None}
        given = answers("service", self.plant)
        given["paper"] = [given["paper"][0] | kept]
        written = step(cases.write_section, officer, case, kind="service", answers=given)
        step(cases.save_draft, officer, place=f"needs:{case.id}", typed={"other_needs": ["?"]})
        asked = {"recipient": [f"service:{self.hospital.circle_id()}"], "urgency": ["p1"]}
        told = step(cases.save_draft, officer, place=f"referral_summary:{case.id}", typed=asked)
        with db.unit_of_work():  # of two drafts of long ago one is deleted and one is told of
            notices.tell(told.member_id, NoticeKind.DRAFT_ENDS, "draft", told.id)
        handed = self._open_case(officer)
        self.accept(self.worker, self.send(handed, self.social.circle_id(), [], kind="custody"))
        ended = self._open_case(officer)
        self.accept(self.worker, self.send(ended, self.social.circle_id(), [], kind="custody"))
        mine = case_queries.visible_case(self.worker, ended.id)
        closing = {"closed_on": str(clock.today()), "reason": "goals_met"}
        step(cases.close_case, self.worker, mine, answers=closing)
        self.put(
            reported_case=reported.id, case_id=case.id, handed_case=handed.id, basis_id=consent,
            ended_case=ended.id,
            unsigned_basis=unsigned, referral_id=waiting.id, accepted_referral=accepted.id,
            section_id=self.section(case, "needs"), paper_section=written.id,
            other_section=self.section(handed, "needs"),
        )  # fmt: skip
        self.case = case

    def _open_case(self, actor: Actor) -> CaseFile:
        sections = {kind: answers(kind, self.plant) for kind in KINDS}
        made: CaseFile = self.step(cases.open_case, actor, sections=sections)
        return made

    def _claim(self, officer: Actor, case: CaseFile) -> UUID:
        account = self.plant("claim.account")
        terms = {"reason": "danger_to_life", "account": account, "kinds": ["incident"]}
        basis: SharingBasis = self.step(
            cases.claim_legal_basis, officer, case, agency_id=self.social.id, **terms
        )
        return basis.id

    @staticmethod
    def section(case: CaseFile, kind: str) -> UUID:
        """The section of a kind."""
        query = select(Section.id).where(Section.case_id == case.id, Section.kind == kind)
        found = db.session().scalars(query).first()
        db.rollback()
        assert found is not None
        return found

    def at_the_shelter(self) -> None:
        """One who is expected, one promised a place, one who stays, one without a place yet."""
        step, keeper, circle_id = self.step, self.keeper, self.shelter.circle_id("shelter")
        site, beds = self._house(circle_id, rooms=6)
        closed, _ = self._house(circle_id, rooms=1)
        step(shelters.close_site, keeper, closed)
        step(shelters.confirm_places, keeper, site)
        nights = {"from_on": clock.today(), "to_on": clock.today() + 3 * DAY}
        step(shelters.block_bed, keeper, site, bed_id=beds[4], **nights)
        self.consent(self.case, ["needs"], circle_id=circle_id)
        stays = []
        for bed in beds[:3]:
            asked = self.accept(keeper, self._ask_for_a_bed(circle_id))
            held = {
                "bed_ids": [bed],
                "referral_id": asked.id,
                "party": {"adults": 1, "children": 0},
            }
            about = {"case_id": self.case.id, "case_code": self.case.code}
            stays.append(step(shelters.hold_beds, keeper, site, **held, **nights, **about))
        held_stay, confirmed, arrived = stays
        for stay in (confirmed, arrived):
            step(shelters.confirm_stay, keeper, stay)
        step(
            shelters.check_in,
            keeper,
            arrived,
            at=clock.now().replace(second=0, microsecond=0),
            answers={},
        )
        unplaced = self.accept(keeper, self._ask_for_a_bed(circle_id))
        empty, _ = self._house(circle_id, rooms=1)
        self.put(
            site_id=site.id, closed_site=closed.id, empty_site=empty.id, bed_id=beds[4],
            free_bed=beds[5], stay_id=held_stay.id, confirmed_stay=confirmed.id,
            arrived_stay=arrived.id, unplaced_referral=unplaced.id,
        )  # fmt: skip

    def _house(self, circle_id: UUID, *, rooms: int) -> tuple[Site, list[UUID]]:
        """A place with a bed in each room, so that several may stay there."""
        site: Site = self.step(
            shelters.register_site, self.keeper, circle_id=circle_id, site_class="public",
            kind="commune_room", code_name=self.plant("site.code"), unit_codes=[UNIT],
            details={"address": self.plant("site.address")},
            rooms=[{"name": f"P{n}", "beds": [f"G{n}"]} for n in range(rooms)], accepts=["women"],
        )  # fmt: skip
        query = select(Bed.id).join(Room, Room.id == Bed.room_id).where(Room.site_id == site.id)
        beds = list(db.session().scalars(query.order_by(Bed.code)))
        db.rollback()
        return site, beds

    def _ask_for_a_bed(self, circle_id: UUID) -> Any:
        return self.send(self.case, circle_id, ["needs"], kind="shelter")

    def at_the_office(self) -> None:
        """A draft of the figures that waits for a second person; the approved one is there."""
        statistician = self.province.worker(self.statistics, "statistician")
        facts = self.step(reporting.read_facts, statistician)
        draft = compose.compose(facts, compose.units_on_system(), year=clock.today().year)
        db.rollback()
        edition = self.step(reporting.freeze_edition, statistician, draft=draft)
        rows = reporting_queries.visible_editions(statistician)
        approved = next(row.id for row in rows if row.state == "approved")
        db.rollback()
        self.put(edition_id=edition.id, approved_edition=approved)

    def people(self) -> None:
        """Colleagues in each state of an account, a listed agency, a task and a notice."""
        step, police = self.step, self.police
        administrator = self.province.actor(police.administrator)
        newcomer, code = self._invited(administrator, "ca.nguoimoi")
        with db.unit_of_work():
            accounts.enrol("ca.nguoimoi", code, PASSPHRASE)
        invited, invitation = self._invited(administrator, "ca.duocmoi")
        idle, code_of_idle = self._invited(administrator, "ca.chuavao")
        with db.unit_of_work():
            accounts.enrol("ca.chuavao", code_of_idle, PASSPHRASE)
        idle = self._row("ca.chuavao")
        read = {"fingerprint_read": accounts.fingerprint_of(idle)}
        step(accounts.confirm_member, administrator, idle, **read)
        self.province.member(police, "police_officer", "ca.dongnghiep")
        police.users["police_officer"] = self.cast["police_officer"]
        colleague = self._member("ca.dongnghiep")
        listed = step(
            agencies.create_agency, FIRST_HAND, kind="school", name_vi=self.plant("agency.vi"),
            name_en=self.plant("agency.en"), unit_code=UNIT, unit_valid_from=date(2021, 7, 1),
            valid_from=clock.today(),
        )  # fmt: skip
        with db.unit_of_work():
            db.begin_write()
            circle_id, case_id = police.circle_id(), self.case.id
            notice = notices.post(
                circle_id, NoticeKind.TASK_DUE, "case", case_id, self.officer.member_id
            )
        self.put(
            member_id=colleague, newcomer=newcomer.id, invited=invited.id, agency_id=police.id,
            listed_agency=listed.id, circle_id=police.circle_id(), notice_id=notice.id,
            task_id=self._task(self.officer, police.circle_id()),
            recipient_circle=self.hospital.circle_id(),
            recipient_agency=self.hospital.id, nurse=self.nurse.member_id,
            social_agency=self.social.id,
            social_circle=self.social.circle_id(), shelter_circle=self.shelter.circle_id("shelter"),
            idle=idle.id, invitation=invitation, passphrase=PASSPHRASE,
            newcomer_code=accounts.fingerprint_of(self._row("ca.nguoimoi")),
            member_version=named_at(self._row("ca.dongnghiep")),
        )  # fmt: skip

    def _invited(self, administrator: Actor, username: str) -> Any:
        return self.step(
            accounts.invite_member, administrator, self.police.agency, username=username,
            display_name=self.plant(f"member.{username}"), role="police_officer",
        )  # fmt: skip

    @staticmethod
    def _row(username: str) -> Any:
        row = accounts.member_by_username(username)
        db.rollback()
        return row

    def _member(self, username: str) -> UUID:
        return UUID(str(self._row(username).id))

    @staticmethod
    def _task(actor: Actor, circle_id: UUID) -> UUID:
        """A task of a circle that may be ticked off by hand."""
        lines = [line for line in followup_queries.visible_tasks(actor) if line.kind in BY_HAND]
        rows = [followup_queries.visible_task(actor, line.id) for line in lines]
        found = next(row.id for row in rows if row.circle_id == circle_id)
        db.rollback()
        return found

    def next_door(self) -> None:
        """The same in another district, whose people have no part in anything here."""
        house, near = self.province.house, (self.police, self.hospital, self.shelter)
        police = house("ca2", "commune_police", "police_officer", unit="20053")
        hospital = house("yt2", "health_facility", "health_worker", unit="20053")
        shelter = house("nt2", "shelter", "shelter_keeper", unit="20053")
        here = self.officer, self.nurse, self.keeper
        self.officer, self.nurse, self.keeper = (
            self.province.worker(police, "police_officer"),
            self.province.worker(hospital, "health_worker"),
            self.province.worker(shelter, "shelter_keeper"),
        )
        self.police, self.hospital, self.shelter = police, hospital, shelter
        try:
            self._next_door(police, hospital, shelter)
        finally:
            self.police, self.hospital, self.shelter = near
            self.officer, self.nurse, self.keeper = here

    def _next_door(self, police: House, hospital: House, shelter: House) -> None:
        case = self._open_case(self.officer)
        consent = self.consent(case, ["needs"], agency_id=hospital.id)
        sent = self.send(case, hospital.circle_id(), ["needs"])
        circle_id = shelter.circle_id("shelter")
        site, beds = self._house(circle_id, rooms=1)
        self.consent(case, ["needs"], circle_id=circle_id)
        asked = self.accept(self.keeper, self.send(case, circle_id, ["needs"], kind="shelter"))
        nights = {"from_on": clock.today(), "to_on": clock.today() + 3 * DAY}
        held = {
            "bed_ids": [beds[0]],
            "referral_id": asked.id,
            "party": {"adults": 1, "children": 0},
        }
        stay = self.step(
            shelters.hold_beds, self.keeper, site, case_id=case.id, case_code=case.code,
            **held, **nights,
        )  # fmt: skip
        (notice, *_) = notice_queries.visible_notices(self.nurse)
        db.rollback()
        self.put(foreign_channel_id=under_way.channel_of(self, self.officer))
        self.put(
            foreign_case_id=case.id, foreign_basis_id=consent, foreign_referral_id=sent.id,
            foreign_section_id=self.section(case, "needs"), foreign_site_id=site.id,
            foreign_stay_id=stay.id, foreign_task_id=self._task(self.officer, police.circle_id()),
            foreign_notice_id=notice.id, foreign_agency_id=police.id,
            foreign_circle_id=police.circle_id(), foreign_member_id=self.officer.member_id,
            foreign_grant_id=under_way.grant_of(case.id),
        )  # fmt: skip


def built(plant: Plant | None = None) -> dict[str, Any]:
    """Build it all in the database at hand; what the sweeps need to know, in JSON values."""
    living = Living(plant or Hostile())
    living.run()
    tokens = under_way.tokens(living)
    found = {"objects": living.objects, "tokens": tokens, "cast": living.cast}
    found["soon"] = (clock.now() + HOUR).isoformat()
    db.rollback()
    return found
