"""How days and instants are written where no page writes them itself: as on every other page of the product."""
