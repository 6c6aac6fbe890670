"""Addresses of contracts' versions, invoices, credit notes and true-ups in the programming interface."""

from django.urls import path

from billing.api import contracts, views

urlpatterns = [
    path("contracts/<str:public_id>/versions", contracts.AgreedVersions.as_view(), name="versions"),
    path("invoices", views.Invoices.as_view(), name="invoices"),
    path("invoices/<str:public_id>", views.OneInvoice.as_view(), name="invoice"),
    path("invoices/<str:public_id>/pdf", views.Pdf.as_view(), name="invoice_pdf"),
    path("invoices/<str:public_id>/bundle", views.Bundle.as_view(), name="invoice_bundle"),
    path("invoices/<str:public_id>/xml/<str:profile>", views.Xml.as_view(), name="invoice_xml"),
    path("credit-notes", views.CreditNotes.as_view(), name="credit_notes"),
    path("true-ups", views.TrueUps.as_view(), name="true_ups"),
    path("true-ups/<str:public_id>", views.OneTrueUp.as_view(), name="true_up"),
]
