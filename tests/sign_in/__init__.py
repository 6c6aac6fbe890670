"""Signing in: second factors, fresh proofs, the ends of sessions, identity providers."""
