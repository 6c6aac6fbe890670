"""The pages in a real browser: light, dark and narrow; with axe, without console messages, without sideways scroll."""
