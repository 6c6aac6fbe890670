"""Second factors at rest: the keys of authenticator apps and recovery codes are sealed like all secrets here."""

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import PermissionDenied

from licenses.sealing import FACTORS, NotOpened, seal, unseal


class SealedFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Stores nothing with which somebody who reads the database could make codes."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(seal(text.encode(), purpose=FACTORS)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return unseal(base64.b64decode(encrypted_text), purpose=FACTORS).decode()
        except NotOpened as refused:
            raise PermissionDenied(
                "Your second factor cannot be read: ROLLCALL_KEY_SECRET is not the one it was sealed with. "
                "Whoever runs this portal can set the earlier value again, or remove your second factor."
            ) from refused

    def get_totp_issuer(self) -> str:
        return f"Rollcall {self._get_site_name()}"
