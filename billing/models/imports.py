"""One import of the first run: what was sent, what it would do, and whether it was done."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ground.ids import new_public_id


class FirstRunImport(models.Model):
    """Files with tables, read once: `tables` are what was read, `outcomes` what each row does, as it was shown.

    `reading` until they are shown; then a person imports exactly what was shown, or sends other files. The files
    themselves are kept no longer than it takes to read them; their names and digests stay.
    """

    class State(models.TextChoices):
        READING = "reading", "being read"
        SHOWN = "shown", "shown, not imported"
        IMPORTING = "importing", "being imported"
        IMPORTED = "imported", "imported"
        REFUSED = "refused", "refused"

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    # One object for each file, with its name, its storage_key, its sha256 and its size.
    files = models.JSONField()
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    # Why it was refused, or why it has to be looked at again.
    problem = models.TextField(blank=True, default="")
    tables = models.JSONField(default=list, blank=True)
    outcomes = models.JSONField(default=list, blank=True)
    imported_by = models.CharField(max_length=200, blank=True, default="")
    imported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(name="first_run_has_files", condition=~Q(files=[])),
            models.CheckConstraint(name="first_run_refused_with_words", condition=~Q(state="refused") | ~Q(problem="")),
            models.CheckConstraint(
                name="first_run_imported_by_somebody",
                condition=Q(imported_at__isnull=True) | (Q(state="imported") & ~Q(imported_by="")),
            ),
        )

    def __str__(self) -> str:
        return f"import of {', '.join(file['name'] for file in self.files)}"
