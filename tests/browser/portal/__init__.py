"""The portal's pages of an upload in a real browser."""
