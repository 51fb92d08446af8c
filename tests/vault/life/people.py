"""What is done with people and circles: who joins and leaves, and which keys are made for it."""

from collections.abc import Iterable

from referral.vault.boxes import seal_circle_secret
from referral.vault.directory import RENEWAL_DELAY, write_entry
from referral.vault.keys import MemberKeys
from tests.vault.life.growing import GrowingAgency
from tests.vault.life.scene import Scene
from tests.vault.province import START, Person, circle_payload, renewed

MOST_PEOPLE = 5


class People(Scene):
    """Each step does it with the product and tells the oracle; False when it cannot happen now."""

    def circle_rotates(self) -> None:
        circle = self._any(self.circles)
        self._close_to([circle])
        self._key(circle)
        self.oracle.rotated(circle, self.file.now)

    def _key(self, circle: str, *without: str) -> None:
        """A new generation for whoever is in the circle now, as the oracle's names say."""
        members = self.oracle.is_now.members[circle] - set(without)
        self._agency(circle).key_circle(circle, tuple(sorted(members)))
        self.world.refresh()
        self.world.bury("key", [self._id(circle)], self.file.now)

    def _close_to(self, circles: Iterable[str]) -> None:
        self.file.close_to([self._id(circle) for circle in circles])

    def _circles_of(self, person: str) -> list[str]:
        return [c for c in self.circles if person in self.oracle.is_now.members[c]]

    def _replaceable(self) -> set[str]:
        """People without whom every circle of theirs still has somebody who has its keys."""
        members = self.oracle.is_now.members
        people = {person for circle in members.values() for person in circle}
        return {p for p in people if all(len(members[c]) > 1 for c in self._circles_of(p))}

    def somebody_leaves(self) -> bool | None:
        name = self._any(self._replaceable())
        if name is None:
            return False
        circles = self._circles_of(name)
        self._close_to(circles)
        self._remove(self._agency(circles[0]), name)
        for circle in circles:
            self._key(circle, name)
        self.world.sign_in()
        self.oracle.left(name, self.file.now)
        return None

    def _remove(self, agency: GrowingAgency, name: str) -> None:
        member_id = agency.people[name].member_id
        agency.log.append(agency.say("member_removed", (member_id,)))
        agency.wraps = {place: w for place, w in agency.wraps.items() if place[2] != member_id}
        self.world.bury("member", [member_id], self.file.now)

    def somebody_joins(self) -> bool | None:
        members = self.oracle.is_now.members
        circle = self._any(c for c in self.circles if len(members[c]) < MOST_PEOPLE)
        if circle is None:
            return False
        agency, name = self._agency(circle), self._name("n")
        person = agency.add(name, "supervisor")
        newest, inside = agency.circles[circle], tuple(sorted({*members[circle], name}))
        agency.log.append(agency.say("circle_keyed", circle_payload(newest, agency, inside)))
        self.world.refresh()
        self._share_keys(circle, person)
        self.world.sign_in()
        self.oracle.joined(name, circle)
        self._watch(person)
        return None

    def _share_keys(self, circle: str, person: Person) -> None:
        """Every generation, from the session of somebody who is in the circle."""
        inside = self.oracle.is_now.members[circle] - {person.name} - self.oracle.locked()
        ring, agency = self.world.person(min(inside)).ring, self._agency(circle)
        member = agency.directory.member(person.member_id)
        for generation in ring.generations(self._id(circle)):
            secret = ring.circle(self._id(circle), generation)
            place = (secret.circle_id, generation, person.member_id)
            agency.wraps[place] = seal_circle_secret(secret, member)

    def somebody_is_enrolled_anew(self) -> bool | None:
        name = self._any(self._replaceable())
        if name is None:
            return False
        self._enrol_anew(name)
        return None

    def _enrol_anew(self, name: str) -> None:
        """A lost passphrase: other keys for the same person; the wraps are sealed anew."""
        circles = self._circles_of(name)
        agency = self._agency(circles[0])
        person = agency.people[name]
        person.keys = MemberKeys.generate()
        self._state_new_keys(agency, person)
        for place in [place for place in agency.wraps if place[2] == person.member_id]:
            del agency.wraps[place]
        for circle in circles:
            self._share_keys(circle, person)
        self.world.bury("passphrase", [person.member_id], self.file.now)
        self.world.sign_in()
        self.oracle.enrolled_anew(name)
        self._watch(person)

    def _state_new_keys(self, agency: GrowingAgency, person: Person) -> None:
        """Begun by another, and stated a day later."""
        agency.log.append(agency.say("renewal_begun", (person.member_id,)))
        later = {"at": START + RENEWAL_DELAY, "kind": "member_renewed", "payload": renewed(person)}
        ring = agency.people["admin"].ring
        agency.log.append(write_entry(ring, agency.directory, **later))
        self.world.refresh()
