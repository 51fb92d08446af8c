"""The demo's sign-ins, kept in a file of the installation so that they can be shown again."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from referral.kernel.instance import instance

ACCOUNTS_FILE = "demo-accounts.json"
DEMO_PASSPHRASE = "suối mát chảy qua làng"  # nosec B105  # noqa: S105 - printed, for a demo
ROOT_PASSPHRASE = "gốc đa giếng nước sân đình"  # nosec B105  # noqa: S105 - printed as well


@dataclass(frozen=True, slots=True)
class Account:
    """What is needed to sign in as one member. `role` may name several: `one+other`."""

    username: str
    full_name: str
    role: str
    agency: str
    passphrase: str
    totp_secret: str


def keep_accounts(accounts: Sequence[Account]) -> None:
    """Write the sign-ins (mode 0600). Written last: the file says that a load was finished."""
    rows = [asdict(account) for account in accounts]
    instance.write(ACCOUNTS_FILE, json.dumps(rows, ensure_ascii=False, indent=1).encode())


def kept_accounts() -> list[Account] | None:
    """The sign-ins of the demo that this installation holds; None when there is none, or half."""
    raw = instance.read(ACCOUNTS_FILE)
    return None if raw is None else [Account(**row) for row in json.loads(raw)]
