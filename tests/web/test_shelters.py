"""Places on the pages: held, promised, arrived, left; and never where to the sender."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from referral.kernel import clock, db
from referral.referrals import service as referrals
from referral.referrals.queries import visible_referral
from tests.web.neighbours import SHELTER, Neighbours, make_neighbours, make_stay
from tests.web.staff import text_of


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


def nights(first: int = 0, last: int = 3) -> dict[str, str]:
    today = clock.today()
    return {
        "from_on": f"{today + timedelta(days=first):%d/%m/%Y}",
        "to_on": f"{today + timedelta(days=last):%d/%m/%Y}",
    }


def now() -> dict[str, str]:
    moment = clock.local(clock.now())
    return {"at-date": f"{moment:%d/%m/%Y}", "at-time": f"{moment:%H:%M}"}


def site_of(page: str) -> str:
    found = re.search(r'name="beds" value="([0-9a-f-]{36}):', page)
    assert found
    return found[1]


@pytest.mark.promise("shelter-place-stays-secret")
def test_beds_are_chosen_held_and_promised_and_the_sender_learns_no_place(
    here: Neighbours,
) -> None:
    _, waiting = make_stay(here)
    keeper, officer = here.keeper(), here.place.officer()
    page = text_of(keeper.get(f"/referrals/{waiting}/places"))
    assert "Giường 3" in page
    assert "Giường 1<" not in page

    beds = here.beds()
    typed = {"adults": "1", "children": "0", **nights()}
    chosen = f"{site_of(page)}:{beds['P2-1']}"
    answer = keeper.post(f"/referrals/{waiting}/places", data=typed | {"beds": [chosen]})
    assert answer.status_code == 303
    stay = answer.headers["Location"]
    assert "Giữ chỗ" in text_of(keeper.get(stay))
    assert here.state_of(waiting) == "accepted"

    keeper.post(f"{stay}/confirm")

    assert here.state_of(waiting) == "scheduled"
    seen = text_of(officer.get(f"/referrals/{waiting}"))
    assert "Đã bố trí chỗ tạm lánh" in seen
    assert "Giường" not in seen
    assert officer.get(stay).status_code == 404


@pytest.mark.parametrize(
    ("told", "party"),
    [
        ({"age_band": "25_39", "children_count": 2}, ("1", "2")),
        ({"age_band": "16_17", "children_count": 0}, ("1", "0")),
        ({"age_band": "12_15", "sex": "male", "children_count": 0}, ("0", "1")),
        ({"age_band": "0_11", "children_count": 1}, ("0", "2")),
    ],
)
def test_whoever_is_a_child_is_expected_to_sleep_there_as_one(
    here: Neighbours, told: dict[str, Any], party: tuple[str, str]
) -> None:
    referral_id = here.refer(SHELTER, "shelter", "shelter", **told)
    with here.app.app_context():
        keeper = here.actor(here.shelter, "shelter_keeper")
        with db.unit_of_work():
            referrals.accept_referral(
                keeper,
                visible_referral(keeper, referral_id),
                worker_id=keeper.member_id,
                first_contact_at=clock.now() + timedelta(hours=1),
            )
    page = here.keeper().get(f"/referrals/{referral_id}/places").text
    boxes = dict(re.findall(r'name="(adults|children)" type="text" value="(\d+)"', page))
    assert (boxes["adults"], boxes["children"]) == party


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"beds": []}, "Cần chọn chỗ ngủ cho từng người."),
        ({"adults": "3"}, "Mỗi người cần một chỗ ngủ."),
        ({"adults": "hai"}, "Cần ghi một số nguyên."),
        ({"to_on": ""}, "Cần có câu trả lời này."),
        (nights(-2, 2), "Không giữ chỗ được cho ngày đã qua."),
    ],
)
def test_a_hold_that_cannot_be_says_what_to_write(
    here: Neighbours, change: dict[str, Any], said: str
) -> None:
    _, waiting = make_stay(here)
    keeper = here.keeper()
    site = site_of(text_of(keeper.get(f"/referrals/{waiting}/places")))
    right = {"adults": "1", "children": "0", "beds": [f"{site}:{here.beds()['P2-1']}"], **nights()}

    answer = keeper.post(f"/referrals/{waiting}/places", data=right | change)

    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


@pytest.mark.promise("a-bed-is-given-once")
def test_a_bed_taken_meanwhile_is_named(here: Neighbours) -> None:
    _, waiting = make_stay(here)
    keeper = here.keeper()
    site = site_of(text_of(keeper.get(f"/referrals/{waiting}/places")))
    taken = f"{site}:{here.beds()['P1-1']}"

    answer = keeper.post(
        f"/referrals/{waiting}/places",
        data={"adults": "1", "children": "0", "beds": [taken], **nights()},
    )

    assert answer.status_code == 409
    assert "P1-1 vừa có người giữ" in answer.get_data(as_text=True)


def test_a_line_begun_leads_back_to_its_stay_while_the_log_takes_one(here: Neighbours) -> None:
    stay_id, _ = make_stay(here)
    keeper = here.keeper()
    keeper.post(f"/drafts/stay_note:{stay_id}", data={"note": "Hai mẹ con ngủ ngon."})
    assert f'href="/stays/{stay_id}"' in text_of(keeper.get("/"))
    assert keeper.post(f"/stays/{stay_id}/release").status_code == 303
    assert f'href="/stays/{stay_id}"' not in text_of(keeper.get("/"))


def test_arrival_log_and_leaving(here: Neighbours) -> None:
    stay_id, _ = make_stay(here)
    keeper = here.keeper()
    path = f"/stays/{stay_id}"

    assert keeper.post(f"{path}/arrival", data={}).status_code == 422
    assert keeper.post(f"{path}/arrival", data=now()).status_code == 303
    assert "Đang ở" in text_of(keeper.get(path))

    night = here.place.client(here.shelter.users["night_keeper"])
    moment = now()
    note = {
        "noted_at-date": moment["at-date"],
        "noted_at-time": moment["at-time"],
        "kind": "other",
        "note": "Hai mẹ con ngủ ngon.",
    }
    written = night.post(f"{path}/notes", data=note)
    assert written.status_code == 303, written.get_data(as_text=True)
    assert "Hai mẹ con ngủ ngon." in text_of(keeper.get(path))
    assert "Phòng 1, Giường 1" in text_of(keeper.get(path))
    assert "/referrals/" in text_of(keeper.get(path))
    assert "/referrals/" not in text_of(night.get(path))
    assert night.post(f"{path}/leaving", data=now()).status_code in {403, 422}

    assert keeper.post(f"{path}/leaving", data=now() | {"destination": "x"}).status_code == 422
    keeper.post(f"{path}/leaving", data=now() | {"destination": "kin"})
    assert "Đã rời" in text_of(keeper.get(path))


def test_board_shows_the_code_and_one_row_a_bed(here: Neighbours) -> None:
    make_stay(here)
    board = text_of(here.keeper().get("/places"))

    assert 'colspan="4"' in board
    assert here.code in board
    assert "Hồ Thị Mây" not in board
    assert "Thôn Mẫu 7" not in board


def test_each_bed_that_is_free_tonight_shows_a_plus_and_leads_on_where_somebody_waits(
    here: Neighbours,
) -> None:
    keeper = here.keeper()
    free = len(here.beds())
    board = keeper.get("/places").text
    assert (board.count('class="slot free"'), board.count('class="slot open"')) == (free, 0)
    make_stay(here)
    board = keeper.get("/places").text
    assert (board.count('class="slot free"'), board.count('class="slot open"')) == (0, 1), (
        "one room is taken by a household"
    )
    night = here.place.client(here.shelter.users["night_keeper"]).get("/places").text
    assert (night.count('class="slot free"'), night.count('class="slot open"')) == (1, 0)


def test_a_bed_is_taken_out_of_use_and_used_again_on_the_board(here: Neighbours) -> None:
    make_stay(here)
    keeper, path = here.keeper(), f"/places/{here.site()}"
    free = {"bed_id": str(here.beds()["P2-1"]), **nights()}
    taken = free | {"bed_id": str(here.beds()["P1-1"])}

    assert keeper.post(f"{path}/blocks", data=taken).status_code == 409
    wrong = keeper.post(f"{path}/blocks", data=free | {"to_on": "31/02/2025"})
    assert wrong.status_code == 422
    assert 'value="31/02/2025"' in wrong.get_data(as_text=True)
    assert keeper.post(f"{path}/blocks", data=free).status_code == 303
    assert "1</span>chỗ ngừng dùng" in text_of(keeper.get("/places"))

    assert keeper.post(f"{path}/unblocking", data=free).status_code == 303
    board = text_of(keeper.get("/places"))
    assert "Dùng lại từ đêm nay." in board
    assert "0</span>chỗ ngừng dùng" in board
    assert here.place.nurse().post(f"{path}/blocks", data=free).status_code == 404


def test_a_place_is_entered_with_rooms_and_confirmed(here: Neighbours) -> None:
    keeper = here.keeper()
    typed = {
        "circle_id": str(here.circle(SHELTER, "shelter")),
        "site_class": "secret",
        "kind": "host_home",
        "code_name": "Ngọc Lan",
        "unit_codes": ["20050"],
        "address": "Thôn Mẫu 9",
        "beds-1": "Giường to, Giường nhỏ",
        "room-1": "Phòng trong",
        "accepts": ["women"],
    }
    assert keeper.post("/places/new", data=typed | {"code_name": ""}).status_code == 422
    assert keeper.post("/places/new", data=typed | {"beds-1": ""}).status_code == 422

    answer = keeper.post("/places/new", data=typed)

    page = text_of(keeper.get(answer.headers["Location"]))
    assert "Giường nhỏ" in page
    assert "chưa xác nhận" in page
    site = answer.headers["Location"].split("site=")[1]
    keeper.post(f"/places/{site}/confirm")
    assert "chưa xác nhận" not in text_of(keeper.get(answer.headers["Location"]))


def test_where_a_place_is_stands_on_its_own_page_for_its_keepers(here: Neighbours) -> None:
    make_stay(here)
    keeper, path = here.keeper(), f"/places/{here.site()}"
    assert "Thôn Mẫu 7, sau chợ" in text_of(keeper.get(path))
    assert here.place.officer().get(path).status_code == 404

    keeper.post(f"{path}/closing")

    assert "chưa đóng được" in text_of(keeper.get(path))


def test_places_of_others_are_not_there(here: Neighbours) -> None:
    stay_id, waiting = make_stay(here)
    nurse = here.place.nurse()

    assert "Chưa có nơi tạm lánh" in text_of(nurse.get("/places"))
    assert nurse.get(f"/stays/{stay_id}").status_code == 404
    assert nurse.get(f"/referrals/{waiting}/places").status_code == 404
