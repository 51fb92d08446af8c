"""What follows from an incident stands on the page; of people who did it there may be several."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from referral.kernel import clock
from tests.web.staff import Place, make_place, text_of
from tests.web.test_cases import open_a_case, section_form

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    del compiled_catalogue
    return make_place(settle_whole)


def write(place: Place, address: str, kind: str, **answers: Any) -> None:
    client = place.officer()
    where, revision, once = section_form(client, address, kind)
    sent = client.post(where, data={"revision": revision, "once": once, **answers})
    assert sent.status_code == 303, text_of(sent)


def test_care_is_shown_with_the_time_that_is_left_and_without_reproach_after_it(
    place: Place,
) -> None:
    address = open_a_case(place)
    ended = clock.clock.local(clock.now() - timedelta(hours=100))
    write(
        place,
        address,
        "incident",
        gbvims_type="rape",
        perpetrator_relation="neighbour",
        occurred_on=f"{ended:%d/%m/%Y}",
        occurred_time=f"{ended:%H:%M}",
    )
    page = text_of(place.officer().get(address))
    panel = page.partition('id="care"')[2].partition("</section>")[0]
    assert panel.index("Tránh thai khẩn cấp") < panel.index("Điều trị dự phòng HIV")
    assert re.search(r"Tránh thai khẩn cấp.*?còn (19|20) giờ", panel, re.DOTALL | re.IGNORECASE)
    assert "Đã qua thời hạn; vẫn nên đến khám." in panel
    assert "Gấp" in panel.partition("Phiếu chuyển gửi")[0], "up to 120 hours after a rape"


def test_contexts_are_derived_from_every_person_named_and_asked_of_nobody(place: Place) -> None:
    address = open_a_case(place)
    write(place, address, "incident", gbvims_type="physical_assault", acts=["a", "i"])
    page = text_of(place.officer().get(address))
    assert "Hành vi ở điểm i ứng với loại đứng trước" in page
    assert "Do người đang hoặc đã có quan hệ" not in page
    write(place, address, "perpetrator", relation="other_kin")
    write(place, address, "perpetrator", relation="spouse", perpetrator_name="Hồ Văn Xen")
    assert "Do người đang hoặc đã có quan hệ" in text_of(place.officer().get(address))


def test_one_of_several_is_corrected_by_its_own_address_and_its_draft_leads_there(
    place: Place,
) -> None:
    address = open_a_case(place)
    for relation in ("other_kin", "neighbour"):
        write(place, address, "perpetrator", relation=relation)
    officer = place.officer()
    shown = text_of(officer.get(address))
    edits = re.findall(rf'href="({address}/sections/\w+/[-0-9a-f]{{36}})"', shown)
    assert len(edits) == len(set(edits)) == 2
    where = edits[0]
    case_id, section_id = address.rsplit("/", 1)[1], where.rsplit("/", 1)[1]
    officer.post(f"/drafts/perpetrator:{case_id}:{section_id}", data={"about": "hay qua nhà"})
    today = text_of(officer.get("/"))
    assert f'href="{where}"' in today
    page = text_of(officer.get(where))
    assert "hay qua nhà" in page
    once = re.findall(r'name="once" value="([^"]+)"', page)[0]
    sent = officer.post(where, data={"revision": "1", "once": once, "about": "hay qua nhà"})
    assert sent.status_code == 303
    assert text_of(officer.get(address)).count("hay qua nhà") == 1
    identity, _, _ = section_form(officer, address, "identity")
    for unknown in (where.replace(section_id, case_id), f"{identity}/{section_id}"):
        assert officer.get(unknown).status_code == 404


def test_nobody_is_found_by_the_name_of_who_did_it(place: Place) -> None:
    address = open_a_case(place)
    write(place, address, "perpetrator", relation="spouse", perpetrator_name="Hồ Văn Xen")
    officer = place.officer()
    assert "Hồ Văn Xen" in text_of(officer.get(address))
    found = officer.post("/cases/search", data={"words": "ho van xen"})
    assert address not in text_of(found)
    assert "Hồ Văn Xen" not in text_of(officer.get(f"{address}/print?guarded=0"))
