"""Administrative units, agencies, circles, and the signed directory of whose keys are whose."""
