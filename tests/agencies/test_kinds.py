"""What an agency is, the root says in the founding entry."""

import pytest

from referral.accounts.founding import agency_reports, countersign
from referral.agencies import directory, service
from referral.agencies.model import Agency
from referral.kernel import clock, db, deployment
from referral.kernel.errors import InvalidInput
from referral.vault import primitives
from referral.vault.codec import pack
from referral.vault.directory import LABEL, NO_ENTRY, VERSION, SignedStatement
from tests.agencies.conftest import Directory
from tests.agencies.newcomer import pending


def test_the_root_founds_an_agency_of_the_kind_that_its_holder_named(listed: Directory) -> None:
    agency, founder = pending("loai1")
    db.rollback()
    with pytest.raises(InvalidInput) as error:
        countersign(listed.province.root, agency.id, founder.id, kind="lead_department")
    assert set(error.value.fields) == {"kind"}
    assert not directory.directory_of(agency.id).is_founded
    countersign(listed.province.root, agency.id, founder.id, kind="health_facility")
    overwritten = db.session().get_one(Agency, agency.id)
    overwritten.kind = "lead_department"
    assert directory.stated_kind(overwritten) == "health_facility"
    db.rollback()
    reported = {line.agency_id: line.kind for line in agency_reports()}
    assert reported[agency.id] == "health_facility"


def test_a_log_founded_before_kinds_were_stated_goes_by_the_row(listed: Directory) -> None:
    agency, founder = pending("loai2")
    here = deployment.current().id
    payload = (founder.id, founder.exchange_public, founder.signing_public)
    entry = (LABEL, VERSION, here, agency.id, 1, NO_ENTRY, "founded", clock.now(), None, payload)
    raw = pack(entry)
    signature = primitives.sign(listed.province.root.signing, LABEL, raw)
    with db.unit_of_work():
        db.begin_write()
        service.found(db.session().get_one(Agency, agency.id), SignedStatement(raw, signature))
    assert directory.directory_of(agency.id).kind is None
    assert directory.stated_kind(db.session().get_one(Agency, agency.id)) == "health_facility"
