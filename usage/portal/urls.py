"""Addresses of the portal pages whose facts belong to usage."""

from django.urls import path

from usage.portal import confirm, coverage, downloads, help, lines, quarantine, report, reports, upload

app_name = "usage"

urlpatterns = [
    path("", reports.reports, name="reports"),
    path("upload/", upload.upload, name="upload"),
    path("formats/", help.formats, name="formats"),
    path("days/", coverage.coverage_page, name="coverage"),
    path("lines/", lines.lines, name="lines"),
    path("reports/<str:report>/", report.report, name="report"),
    path("reports/<str:report>/progress/", report.progress, name="progress"),
    path("reports/<str:report>/confirm/", confirm.confirm, name="confirm"),
    path("reports/<str:report>/again/", confirm.look_again, name="look_again"),
    path("reports/<str:report>/cancel/", report.cancel, name="cancel"),
    path("reports/<str:report>/aside/", confirm.put_aside, name="put_aside"),
    path("reports/<str:report>/rows.csv", downloads.findings, name="findings"),
    path("reports/<str:report>/quarantine/", quarantine.quarantine, name="quarantine"),
    path("reports/<str:report>/quarantine/tables/", quarantine.tables, name="tables"),
    path("reports/<str:report>/quarantine/correct/", quarantine.send_corrected, name="send_corrected"),
    path("reports/<str:report>/quarantine/make/", quarantine.make_table, name="make_table"),
    path("reports/<str:report>/file", downloads.raw_file, name="raw_file"),
    path("reports/<str:report>/receipt", downloads.receipt, name="receipt"),
]
