"""Addresses of reports and counts in the programming interface."""

from django.urls import path

from usage.api import confirm, events, reports, views

urlpatterns = [
    path("usage/events", events.Events.as_view(), name="events"),
    path("usage/signed-reports", reports.SignedReports.as_view(), name="signed_reports"),
    path("usage/reports", reports.Reports.as_view(), name="reports"),
    path("usage/reports/<str:public_id>", views.OneReport.as_view(), name="report"),
    path("usage/reports/<str:public_id>/confirmation", confirm.Confirm.as_view(), name="confirm_report"),
    path("counts", views.Counts.as_view(), name="counts"),
    path("counts/<int:pk>", views.OneCount.as_view(), name="count"),
]
