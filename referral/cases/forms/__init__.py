"""The forms of a case's sections: one versioned file each, and the engine that reads them."""
