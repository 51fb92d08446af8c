"""Places to stay: sites, rooms, beds, the claims on them, stays and the house log."""
