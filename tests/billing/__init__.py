"""Stories of billing, told with exact amounts on a real database as the application's role."""
