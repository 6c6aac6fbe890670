"""Addresses of the portal pages whose facts belong to billing, and the two pages that work without a customer."""

from django.urls import include, path

from billing.portal import (
    as_known,
    bundles,
    contract,
    declarations,
    e_invoice,
    explain,
    home,
    invoices,
    people,
    preview,
    recall,
)
from licenses.portal import views
from usage.portal import instances

# Behind the portal's wall; the namespace is what puts them there.
walled = [
    path("", home.home, name="home"),
    path("counted/", people.counted, name="counted"),
    path("counted/people.csv", people.counted_csv, name="counted_csv"),
    path("counted/<int:count>/", explain.count_explained, name="count_explained"),
    path("counted/<int:count>/people.csv", explain.count_csv, name="count_csv"),
    path("counted/<int:count>/people.xlsx", explain.count_xlsx, name="count_xlsx"),
    path("counted/<int:count>/people/<str:user_ref>/", explain.count_person, name="count_person"),
    path("invoices/", invoices.invoices, name="invoices"),
    path("invoices/<str:invoice>/", invoices.invoice, name="invoice"),
    path("invoices/<str:invoice>/known/", as_known.as_known, name="as_known"),
    path("invoices/<str:invoice>/pdf", invoices.pdf, name="invoice_pdf"),
    path("invoices/<str:invoice>/xml/<str:profile>/", e_invoice.export, name="e_invoice"),
    path("invoices/<str:invoice>/explain/", explain.invoice_explained, name="invoice_explained"),
    path("invoices/<str:invoice>/bundle", bundles.bundle, name="invoice_bundle"),
    path("invoices/<str:invoice>/bundle/work/", bundles.bundle_work, name="bundle_work"),
    path("invoices/<str:invoice>/bundle/names/", bundles.order_names, name="order_names"),
    path("invoices/<str:invoice>/bundle-with-names", bundles.bundle_with_names, name="bundle_with_names"),
    path("invoices/<str:invoice>/vendor.pub", bundles.vendor_key, name="vendor_key"),
    path("invoices/<str:invoice>/people/", people.invoice_people, name="invoice_people"),
    path("invoices/<str:invoice>/people.csv", people.invoice_csv, name="invoice_csv"),
    path("invoices/<str:invoice>/people.xlsx", people.invoice_xlsx, name="invoice_xlsx"),
    path("invoices/<str:invoice>/people/<str:user_ref>/", explain.invoice_person, name="invoice_person"),
    path("contract/", contract.contract, name="contract"),
    path("usage/reports/<str:report>/preview/", preview.preview, name="preview"),
    path("usage/reports/<str:report>/preview/work/", preview.preview_work, name="preview_work"),
    path("usage/reports/<str:report>/preview/stop/", preview.stop_preview, name="stop_preview"),
    path("usage/reports/<str:report>/preview/count/", preview.count, name="count_previewed"),
    path("usage/reports/<str:report>/recall/", recall.recall, name="recall"),
    path("usage/days/<str:report>/undo/", declarations.undo_declaration, name="undo_declaration"),
    path("instances/", instances.instances, name="instances"),
]

urlpatterns = [
    path("colors/", views.colors, name="colors"),
    path("customers/", views.customers, name="customers"),
    path("robots.txt", views.robots, name="robots"),
    path("", include((walled, "billing"))),
]
