"""How somebody proves to be who they say, beside the password: second factors, fresh proofs, how long a session lives.

Owns: what a session remembers of proofs; the wall before the desk for staff without a second factor; the mark `step_up`
for views that need a fresh proof, and the page that asks for one; the ends of idle and old sessions; which identity
providers the settings name.
Does not own: people and their invitations (``licenses.sign_in``), the log-in itself and the factors (django-allauth).
Invariants: a code opens one door only, once; a step that needs a fresh proof does nothing without it, and what was
filled in is kept on the page that asks; a session in which a factor was removed proves nothing any more.
"""
