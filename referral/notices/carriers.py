"""The port by which letters leave: one carrier a medium, each with one method.

A carrier says nothing of what it sends or to whom, in no log and no error; a refusal is one of a
few codes. Wherever it cannot know whether the letter arrived, it says so.
"""

import contextlib
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Protocol
from uuid import UUID

from referral.kernel.errors import ReferralError
from referral.notices.kinds import Medium, Outcome
from referral.notices.wording import Words

PATIENCE = 10.0
"""Seconds that a server may take for each step."""
LATER = 400
FOR_GOOD = 500


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A letter as a carrier takes it; `id` is the same at every attempt."""

    id: UUID
    address: str = field(repr=False)
    words: Words
    written_at: datetime


class NotCarried(ReferralError):
    """It did not go out, as far as is known.

    `is_final`: it never will. `is_doubtful`: it may have arrived all the same. `is_down`: the
    server as a whole takes nothing now.
    """

    def __init__(
        self,
        outcome: Outcome,
        *,
        is_final: bool = False,
        is_doubtful: bool = False,
        is_down: bool = False,
    ) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome
        self.is_final = is_final
        self.is_doubtful = is_doubtful
        self.is_down = is_down


class Carrier(Protocol):
    """Sends letters by one medium."""

    def carry(self, dispatch: Dispatch) -> None:
        """Hand one letter over; `NotCarried`."""
        ...


@dataclass(frozen=True, slots=True)
class MailServer:
    """The mail server of the installation; `tls` is `tls`, `starttls` or `none`."""

    host: str
    port: int
    tls: str
    user: str
    password: str = field(repr=False)
    sender: str

    def carry(self, dispatch: Dispatch) -> None:
        """Hand one mail over."""
        try:
            with contextlib.closing(self._connected()) as server:
                self._greet(server)
                self._give(server, dispatch)
                with contextlib.suppress(OSError):  # it has the mail: how it parts is no matter
                    server.quit()
        except smtplib.SMTPAuthenticationError:
            raise NotCarried(Outcome.SIGN_IN, is_down=True) from None
        except OSError:  # of which smtplib's own are kinds
            raise NotCarried(Outcome.UNREACHABLE, is_down=True) from None

    def _connected(self) -> smtplib.SMTP:
        name = self.sender.rpartition("@")[2]
        if self.tls != "tls":
            return smtplib.SMTP(self.host, self.port, local_hostname=name, timeout=PATIENCE)
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(
            self.host, self.port, local_hostname=name, timeout=PATIENCE, context=context
        )

    def _greet(self, server: smtplib.SMTP) -> None:
        if self.tls == "starttls":
            server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()
        if self.user:
            server.login(self.user, self.password)

    def _give(self, server: smtplib.SMTP, dispatch: Dispatch) -> None:
        _expect(server.mail(self.sender), Outcome.REFUSED)
        _expect(server.rcpt(dispatch.address), Outcome.WRONG_ADDRESS)
        try:
            answer = server.data(self._mail(dispatch).as_bytes())
        except smtplib.SMTPDataError as error:  # refused before a word of it was given
            answer = (error.smtp_code, b"")
        except OSError:
            raise NotCarried(Outcome.CUT_OFF, is_doubtful=True, is_down=True) from None
        _expect(answer, Outcome.REFUSED)

    def _mail(self, dispatch: Dispatch) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = self.sender, dispatch.address
        mail["Subject"] = dispatch.words.subject
        mail["Date"] = format_datetime(dispatch.written_at)
        mail["Message-ID"] = f"<{dispatch.id}@{self.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday reply, please
        mail.set_content(dispatch.words.body, cte="quoted-printable")
        return mail


def _expect(answer: tuple[int, bytes], refusal: Outcome) -> None:
    code = answer[0]
    if code >= LATER:
        raise NotCarried(refusal, is_final=code >= FOR_GOOD)


class PostOffice:
    """The carriers of this installation; set once by the composition root."""

    def __init__(self) -> None:
        self._carriers: Mapping[Medium, Carrier] = {}
        self.public_url = ""

    def configure(self, carriers: Mapping[Medium, Carrier], public_url: str) -> None:
        """Take the carriers, none for a medium that is not set up, and where people sign in."""
        self._carriers, self.public_url = dict(carriers), public_url

    @property
    def media(self) -> list[Medium]:
        """By what this installation can tell anybody anything."""
        return [medium for medium in Medium if medium in self._carriers]

    def carry(self, medium: str, dispatch: Dispatch) -> None:
        """Hand a letter to its carrier; `NotCarried`."""
        carrier = self._carriers.get(Medium(medium))
        if carrier is None:
            raise NotCarried(Outcome.NOT_CONFIGURED, is_final=True)
        carrier.carry(dispatch)


post_office = PostOffice()
