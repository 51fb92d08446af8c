"""Members, their roles, sign-in and the sealed sessions in which keys are open."""
