"""Signing in: the addresses of the account pages, second factors, and people whom an identity provider names.

Owns: which pages of django-allauth exist here; how the keys of second factors are sealed; whom a provider's word may
let in.
Does not own: the walls before views and the ends of sessions (``ground.sign_in``).
Invariants: nobody and no membership comes to be by signing in; a provider speaks for the addresses and customers that
the settings name, and for nobody else; the key of a factor is never stored in the clear.
"""
