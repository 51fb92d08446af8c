"""What a log takes in of circles: made, admitted to, given new keys, their old keys ended."""

from dataclasses import replace

from referral.kernel.errors import NotVerified
from referral.vault.directory import circles
from referral.vault.directory.circles import CircleState
from referral.vault.directory.state import LogState
from referral.vault.directory.statements import Statement


class CircleEntries(LogState):
    """Each takes one verified entry in, or raises `NotVerified`."""

    def take_circle(self, statement: Statement) -> None:
        """A circle is made, gets a new generation, or the members of its generation change."""
        circle_id, purpose, generation, public, member_ids = statement.payload
        known = self.circles.get(circle_id)
        if known is not None and known.is_named:
            raise NotVerified("a named circle is kept by those in it")
        before = known.generation if known else 0
        same_key = known is not None and (generation, public) == (known.generation, known.public)
        if not same_key and generation != before + 1:
            raise NotVerified("generations of a circle are consecutive")
        self._state(statement, CircleState(purpose, generation, public, frozenset(member_ids)))

    def take_named(self, statement: Statement) -> None:
        """A circle for a few named people, whose maker need not be one of them."""
        circle_id, public, member_ids = statement.payload
        circles.check_first(circle_id, self.circles.get(circle_id), member_ids)
        chosen = frozenset(member_ids)
        inside = statement.author_id in chosen
        self._state(statement, CircleState(circles.CASES, 1, public, chosen, chosen, inside))

    def take_admission(self, statement: Statement) -> None:
        """Those in a named circle take somebody in; the key stays."""
        circle_id, member_ids = statement.payload
        state = circles.named(self.circles.get(circle_id))
        wider = frozenset(member_ids)
        circles.check_admission(state, wider)
        self._state(statement, replace(state, member_ids=wider))

    def take_renewal(self, statement: Statement) -> None:
        """One of a named circle gives it a new key, sealed to all who are still there."""
        circle_id, generation, public, member_ids = statement.payload
        state = circles.named(self.circles.get(circle_id))
        staying = frozenset(member_ids)
        circles.check_renewal(state, generation, staying, self.staying(circle_id))
        fresh = replace(
            state,
            generation=generation,
            public=public,
            member_ids=staying,
            keyed_inside=True,
            opens_to_lost_keys=False,
        )
        self._state(statement, fresh)

    def take_generations_end(self, statement: Statement) -> None:
        """Generations of a circle up to one are over: nothing is sealed under them any more."""
        circle_id, over = statement.payload
        state = self.circles.get(circle_id)
        if state is None or not self.oldest_generation(circle_id) <= over < state.generation:
            raise NotVerified("ends no older generation")
        self._ended[circle_id] = over

    def _state(self, statement: Statement, state: CircleState) -> None:
        circle_id = statement.payload[0]
        if not all(self._holds_keys_now(member_id) for member_id in state.member_ids):
            raise NotVerified("a circle lists somebody who may not hold keys")
        self._publics[circle_id, state.generation] = state.public
        self.circles[circle_id] = state
        self._circle_spells.setdefault(circle_id, []).append((statement.seq, state))
