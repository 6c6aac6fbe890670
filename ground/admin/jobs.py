"""Background work: what runs, how far it is, what failed and why."""

from django.contrib import admin
from unfold.decorators import display

from ground.desk import RecordAdmin
from ground.models import Job


@admin.register(Job)
class JobAdmin(RecordAdmin):
    """Jobs, newest first."""

    list_display = ("kind", "state_shown", "progress", "attempts", "created_at", "finished_at")
    list_filter = ("state",)
    search_fields = ("=public_id", "^key")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("kind", "state"), "key", "args")}),
        ("Course", {"fields": ("progress", ("attempts", "max_attempts"), ("created_at", "started_at", "finished_at"))}),
        ("Outcome", {"fields": ("result", "error")}),
    )

    @display(
        description="State",
        ordering="state",
        label={
            Job.State.SUCCEEDED: "success",
            Job.State.FAILED: "danger",
            Job.State.RUNNING: "info",
        },
    )
    def state_shown(self, job: Job) -> tuple[str, str]:
        return job.state, job.get_state_display()

    @display(description="Progress")
    def progress(self, job: Job) -> str:
        if job.progress_total:
            return f"{job.progress_words} ({job.progress_done:,} of {job.progress_total:,})"
        return job.progress_words or "\u2013"
