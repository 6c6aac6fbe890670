"""Template tags of the pages about what is owed."""
