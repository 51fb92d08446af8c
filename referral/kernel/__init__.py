"""What every room stands on: database, clock, ids, errors, actors, permissions, states, events."""
