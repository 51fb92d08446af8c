"""Every change of claims at a site is made one after the other: the site's row is the lock.

Always taken after a case and the keys of the site's agency, and before a referral or a chain, so
that no two can wait for each other.
"""

from referral.agencies.locks import hold_keys
from referral.kernel.db import session
from referral.shelters.model import Site, Stay


def lock_site(site: Site) -> None:
    """Hold the keys of the site's agency and then its row until the end, and read it again."""
    hold_keys([site.agency_id])
    session().refresh(site, with_for_update=True)


def lock_stay(stay: Stay) -> Site:
    """Hold the row of the stay's site, then read the stay again; gives the site."""
    site = stay.site
    lock_site(site)
    session().refresh(stay)
    return site
