"""The whole thread through the operations themselves: everything a province does, once.

Each step is counted in the audit chain as it is made: an audited operation leaves exactly one
entry of its name, an unaudited one none.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from referral.accounts import service as accounts
from referral.accounts.founding import FIRST_HAND
from referral.accounts.model import Member
from referral.agencies import service as agencies
from referral.agencies.states import CirclePurpose
from referral.audit import service as log
from referral.audit.model import AuditEntry
from referral.audit.operation import OPERATIONS
from referral.cases import queries as case_queries
from referral.cases import service as cases
from referral.cases.model import CaseFile, Section
from referral.followup import queries as followup_queries
from referral.followup import service as followup
from referral.followup.kinds import BY_HAND
from referral.jobs import heads, purging, shipping
from referral.kernel import clock, db
from referral.kernel.actor import SYSTEM, Actor
from referral.notices import service as notices
from referral.notices.kinds import NoticeKind
from referral.referrals import queries as referral_queries
from referral.referrals import service as referrals
from referral.referrals.model import Referral
from referral.reporting import compose
from referral.reporting import service as reporting
from referral.shelters import service as shelters
from referral.shelters.model import Bed, Room, Site
from tests.factories.province import House, Province
from tests.security import members_life
from tests.security.apart import live_apart
from tests.security.canaries import UNIT, WRITTEN_AS_SECTIONS, Plant, answers
from tests.security.merging import merge
from tests.security.own_account import CARRIED, look_after_account
from tests.security.papers import type_in_and_destroy

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ENOUGH = 6
SETTINGS = {"SECOND_FACTOR": "0", "STATISTICS_THRESHOLD": "3", **CARRIED}
AS_ALWAYS = {"kind": "service", "urgency": "p1"}


class Steps:
    """Performs operations one by one and holds the audit chain against them."""

    def __init__(self) -> None:
        self.performed: set[str] = set()

    def __call__(
        self, verb: Callable[..., Any], actor: Actor, subject: Any = None, **also: Any
    ) -> Any:
        name = f"{verb.__module__.split('.')[1]}.{verb.__name__}"
        before = self._entries(name)
        with db.unit_of_work():
            result = verb(actor, subject, **also)
        expected = 1 if OPERATIONS[name].audited else 0
        assert self._entries(name) - before == expected, f"{name} left another number of entries"
        self.performed.add(name)
        return result

    @staticmethod
    def _entries(name: str) -> int:
        query = select(func.count()).select_from(AuditEntry).where(AuditEntry.operation == name)
        count = int(db.session().scalar(query) or 0)
        db.rollback()
        return count


class Thread:
    """A province and what happens in it; `plant` gives the text of each field."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.step = Steps()
        self.province = province = Province()
        self.statistics = province.house(
            "tk", "lead_department", "statistician", "approver", "coordinator", unit="481"
        )
        self.police = province.house("ca", "commune_police", "police_officer", "supervisor")
        self.hospital = province.house("yt", "health_facility", "health_worker")
        self.shelter = province.house("nt", "shelter", "shelter_keeper", "night_keeper")
        self.social = province.house("xh", "social_services", "social_worker")
        self.officer = province.worker(self.police, "police_officer")
        self.nurse = province.worker(self.hospital, "health_worker")
        self.keeper = province.worker(self.shelter, "shelter_keeper")
        self.worker = province.worker(self.social, "social_worker")

    def run(self) -> None:
        """All of it, in the order in which it would happen."""
        self.set_up()
        case = self.report()
        self.legal_basis(case)
        self.write_everything(case)
        self.hospital_care(case)
        self.unanswered(case)
        self.shelter_stay(case)
        self.custody(case)
        self.jobs()
        self.figures()
        live_apart(self)
        self.leave_open()
        look_after_account(self.step, self.province, self.police)
        members_life.leave(self)
        members_life.change_key(self, self.police)
        members_life.prepare_for_loss(self)
        merge(self.step, self.province, self.police)

    def set_up(self) -> None:
        """An agency, its administrator, a colleague, a circle; as the factory makes them too."""
        step = self.step
        agency = step(
            agencies.create_agency,
            FIRST_HAND,
            kind="school",
            name_vi="Trường học",
            name_en="School",
            unit_code=UNIT,
            unit_valid_from=date(2021, 7, 1),
            valid_from=date(2021, 7, 1),
        )
        step(
            accounts.invite_first_administrator,
            FIRST_HAND,
            agency,
            username="truong.admin",
            display_name="Quản trị",
        )
        administrator = self.province.actor(self.police.administrator)
        member, code = step(
            accounts.invite_member,
            administrator,
            self.police.agency,
            username="ca.moi",
            display_name="Cán bộ mới",
            role="police_officer",
        )
        with db.unit_of_work():
            accounts.enrol("ca.moi", code, self.plant("passphrase"))
        member = db.session().get_one(Member, member.id)
        read = accounts.fingerprint_of(member)
        step(accounts.confirm_member, administrator, member, fingerprint_read=read)
        step(accounts.change_roles, administrator, member, role="police_officer+duty_officer")
        circle = step(
            agencies.make_circle,
            administrator,
            self.police.agency,
            purpose=CirclePurpose.CASES,
            name_vi="Tổ hai",
            name_en="Second team",
        )
        step(agencies.admit_to_circle, administrator, circle, member_id=member.id)

    def report(self) -> CaseFile:
        """A first word from a neighbour; then she is met."""
        step, plant = self.step, self.plant
        place = "incident_report"
        typed = {"least_facts": plant("draft"), "again": plant("draft.second")}
        step(cases.save_draft, self.officer, place=place, typed=typed)
        step(cases.save_draft, self.officer, place="identity", typed=typed)
        assert step(cases.read_draft, self.officer, place=place) == typed
        step(cases.discard_draft, self.officer, place=place)
        taken = answers(place, plant)
        case = step(cases.report_incident, self.officer, answers=taken)
        return step(cases.meet_survivor, self.officer, case)

    def legal_basis(self, case: CaseFile) -> None:
        """Danger to life: shared without consent, a supervisor co-signs."""
        step = self.step
        account = self.plant("legal_basis.account")
        terms = {"reason": "danger_to_life", "account": account, "agency_id": self.social.id}
        claimed = {**terms, "kinds": ["incident_report"]}
        basis = step(cases.claim_legal_basis, self.officer, case, **claimed)
        supervisor = self.province.worker(self.police, "supervisor")
        step(cases.cosign_basis, supervisor, case, basis_id=basis.id)

    def write_everything(self, case: CaseFile) -> None:
        """Every section that the police write, and one of them twice."""
        for kind in sorted(WRITTEN_AS_SECTIONS - {"incident_report", "medical", "service"}):
            self._write(self.officer, case, kind)
        needs = db.session().scalars(select(Section.id).where(Section.kind == "needs")).first()
        self.step(cases.read_history, self.officer, case, section_id=needs)
        type_in_and_destroy(self, case)

    def _write(self, who: Actor, case: CaseFile, form: str, revision: int = 0, **by: Any) -> None:
        terms = {"kind": form, "answers": answers(form, self.plant, **by)}
        self.step(cases.write_section, who, case, expected_revision=revision, **terms)

    def consent(self, case: CaseFile, kinds: list[str], **recipient: UUID) -> UUID:
        """She agrees, in every way at once, so that each name in the receipt is asked for."""
        basis = self.step(
            cases.record_consent,
            self.officer,
            case,
            kinds=kinds,
            purpose="support",
            expires_at=clock.now() + 90 * DAY,
            answers=answers("consent", self.plant),
            **recipient,
        )
        return UUID(str(basis.id))

    def send(self, case: CaseFile, circle_id: UUID, kinds: list[str], **also: Any) -> Referral:
        """A referral with a summary full of canaries."""
        summary = answers("referral_summary", self.plant)
        terms = {**AS_ALWAYS, **also, "circle_id": circle_id, "kinds": kinds, "summary": summary}
        row: Referral = self.step(referrals.send_referral, self.officer, case, **terms)
        return row

    def accept(self, actor: Actor, referral: Referral) -> Referral:
        """Read and accept, as somebody who keeps it."""
        row = referral_queries.visible_referral(actor, referral.id)
        self.step(referrals.list_inbox, actor, None)
        self.step(referrals.read_summary, actor, row)
        terms = {"worker_id": actor.member_id, "first_contact_at": clock.now() + HOUR}
        accepted: Referral = self.step(referrals.accept_referral, actor, row, **terms)
        return accepted

    def hospital_care(self, case: CaseFile) -> None:
        """The hospital accepts, writes its own, completes; then she withdraws."""
        step = self.step
        basis_id = self.consent(case, ["incident", "needs"], agency_id=self.hospital.id)
        sent = self.send(case, self.hospital.circle_id(), ["incident", "needs"])
        row = self.accept(self.nurse, sent)
        step(referrals.start_service, self.nurse, row)
        step(referrals.name_worker, self.nurse, row, worker_id=self.nurse.member_id)
        theirs = case_queries.visible_case(self.nurse, case.id)
        step(cases.list_cases, self.nurse, None)
        step(cases.search_cases, self.nurse, None, words=self.plant("looked for"))
        step(cases.read_case, self.nurse, theirs)
        step(cases.print_case, self.nurse, theirs)
        step(referrals.list_openings, self.officer, case)
        step(log.open_log, self.province.worker(self.police, "supervisor"))
        self._write(self.nurse, theirs, "medical")
        self._write(self.nurse, theirs, "service", kind="health_care")
        step(referrals.complete_referral, self.nurse, row)
        step(cases.withdraw_consent, self.officer, case, basis_id=basis_id)
        self._write(self.officer, case, "incident", revision=1)

    def unanswered(self, case: CaseFile) -> None:
        """One referral is declined, one taken back."""
        self.consent(case, ["needs"], agency_id=self.hospital.id)
        declined = self.send(case, self.hospital.circle_id(), ["needs"])
        self.step(referrals.decline_referral, self.nurse, declined, reason="no_capacity")
        cancelled = self.send(case, self.hospital.circle_id(), ["needs"])
        self.step(referrals.cancel_referral, self.officer, cancelled)

    def register(self, house: House) -> tuple[Site, list[UUID]]:
        """A host's home, whose every detail is a canary."""
        plant = self.plant
        names = ("host_name", "address", "phone", "decision_number", "hours", "note")
        site: Site = self.step(
            shelters.register_site,
            self.keeper,
            circle_id=house.circle_id("shelter"),
            site_class="secret",
            kind="host_home",
            code_name="Hoa Sen",
            unit_codes=[UNIT],
            details={name: plant(f"site.{name}") for name in names},
            rooms=[
                {"name": plant("room"), "beds": [plant("bed.1"), plant("bed.2")]},
                {"name": plant("room.2"), "beds": ["a", "b"]},
            ],
            accepts=["women", "children"],
        )
        query = select(Bed.id).join(Room, Room.id == Bed.room_id).where(Room.site_id == site.id)
        beds = list(db.session().scalars(query.order_by(Bed.code)))
        db.rollback()
        return site, beds

    def shelter_stay(self, case: CaseFile) -> None:
        """Held, given back, held again, confirmed, arrived, noted, left."""
        step, keeper = self.step, self.keeper
        site, beds = self.register(self.shelter)
        step(shelters.confirm_places, keeper, site)
        step(shelters.read_site, keeper, site)
        circle_id = self.shelter.circle_id("shelter")
        self.consent(case, ["needs", "safe_contact"], circle_id=circle_id)
        sent = self.send(case, circle_id, ["needs", "safe_contact"], kind="shelter")
        row = self.accept(keeper, sent)
        nights = {"from_on": clock.today(), "to_on": clock.today() + 3 * DAY}
        terms = {
            **nights,
            "referral_id": row.id,
            "party": {"adults": 1, "children": 1},
            "case_id": case.id,
            "case_code": case.code,
        }
        given_back = step(shelters.hold_beds, keeper, site, bed_ids=beds[:2], **terms)
        step(shelters.release_stay, keeper, given_back)
        stay = step(shelters.hold_beds, keeper, site, bed_ids=beds[:2], **terms)
        step(shelters.confirm_stay, keeper, stay)
        service = answers("service", self.plant)
        service = {n: a for n, a in service.items() if n not in {"kind", "delivered_at"}}
        step(shelters.check_in, keeper, stay, at=clock.now(), answers=service)
        night = self.province.worker(self.shelter, "night_keeper")
        noted_at = f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"
        note = answers("stay_note", self.plant, kind="alarm", noted_at=noted_at)
        step(shelters.write_stay_note, night, stay, answers=note)
        step(shelters.read_stay, keeper, stay)
        step(shelters.check_out, keeper, stay, at=clock.now(), destination="kin")
        tonight = {"from_on": clock.today(), "to_on": clock.today() + DAY}
        step(shelters.block_bed, keeper, site, bed_id=beds[-1], **tonight)
        step(shelters.unblock_bed, keeper, site, bed_id=beds[-1])
        step(shelters.close_site, keeper, site)
        step(shelters.open_site, keeper, site)

    def custody(self, case: CaseFile) -> None:
        """A social worker looks after the case from now on, follows up and closes it."""
        step, worker = self.step, self.worker
        sent = self.send(case, self.social.circle_id(), [], kind="custody")
        self.accept(worker, sent)
        theirs = case_queries.visible_case(worker, case.id)
        today, soon = str(clock.today()), str(clock.today() + DAY)
        taken = answers("follow_up", self.plant, met_on=today, next_on=soon)
        step(followup.record_follow_up, worker, theirs, answers=taken)
        self._complete_something()
        taken = answers("closure", self.plant, closed_on=today)
        step(cases.close_case, worker, theirs, answers=taken)
        taken = answers("reopening", self.plant, next_on=soon)
        step(cases.reopen_case, worker, theirs, answers=taken)

    def _complete_something(self) -> None:
        """Tick off the first task that may be ticked off by hand."""
        with db.unit_of_work():
            db.begin_write()
            notice = notices.post(
                self.social.circle_id(), NoticeKind.TASK_DUE, "case", uuid4(), self.worker.member_id
            )
        self.step(notices.mark_read, self.worker, notice)
        for actor in (self.nurse, self.keeper, self.officer, self.worker):
            for line in followup_queries.visible_tasks(actor):
                task = followup_queries.visible_task(actor, line.id)
                if task.kind in BY_HAND:
                    self.step(followup.complete_task, actor, task)
                    return

    def jobs(self) -> None:
        """What the clock does, without any key."""
        for verb in (
            cases.lapse_bases,
            cases.purge_drafts,
            referrals.expire_referrals,
            referrals.return_referrals,
            referrals.sweep_release_keys,
            shelters.release_expired_holds,
            followup.remind_due,
            purging.purge_sessions,
            heads.export_heads,
            shipping.ship_tombstones,
        ):
            self.step(verb, SYSTEM)

    def figures(self) -> None:
        """Facts opened, frozen, refused by one and approved by another."""
        step = self.step
        self.others()
        statistician = self.province.worker(self.statistics, "statistician")
        approver = self.province.worker(self.statistics, "approver")
        coordinator = self.province.worker(self.statistics, "coordinator")
        facts = step(reporting.read_facts, statistician)
        assert facts.facts
        assert facts.not_verified == 0
        draft = compose.compose(facts, compose.units_on_system(), year=clock.today().year)
        db.rollback()
        refused = step(reporting.freeze_edition, statistician, draft=draft)
        step(reporting.reject_edition, approver, refused)
        edition = step(reporting.freeze_edition, statistician, draft=draft)
        step(reporting.approve_edition, approver, edition)
        step(reporting.export_edition, coordinator, edition, locale="vi")

    def others(self) -> None:
        """So many like her that the figures hide her."""
        for _ in range(ENOUGH):
            sections = {kind: answers(kind, self.plant) for kind in ("incident", "needs")}
            case = self.step(cases.open_case, self.officer, sections=sections)
            self._write(self.officer, case, "service", kind="shelter")
            self._write(self.officer, case, "service", kind="health_care")

    def leave_open(self) -> CaseFile:
        """A second case with a referral that nobody has answered, as on the night of a theft."""
        kinds = ("identity", "safe_contact", "incident", "needs")
        sections = {kind: answers(kind, self.plant) for kind in kinds}
        case: CaseFile = self.step(cases.open_case, self.officer, sections=sections)
        self.consent(case, ["needs"], agency_id=self.hospital.id)
        self.waiting = self.send(case, self.hospital.circle_id(), ["needs"])
        return case
