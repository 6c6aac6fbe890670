"""Template tags of the pages about usage."""
