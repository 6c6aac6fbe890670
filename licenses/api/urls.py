"""Addresses of customers, contracts, instances and plans in the programming interface."""

from django.urls import path

from licenses.api import license_files, views

urlpatterns = [
    path("customers", views.Customers.as_view(), name="customers"),
    path("customers/<str:public_id>", views.OneCustomer.as_view(), name="customer"),
    path("contracts", views.Contracts.as_view(), name="contracts"),
    path("contracts/<str:public_id>", views.OneContract.as_view(), name="contract"),
    path("instances", views.Instances.as_view(), name="instances"),
    path("instances/<str:public_id>", views.OneInstance.as_view(), name="instance"),
    path("licenses", license_files.LicenseFiles.as_view(), name="licenses"),
    path("licenses/newest", license_files.NewestLicense.as_view(), name="newest_license"),
    path("revocations", license_files.NewestRevocations.as_view(), name="revocations"),
    path("licenses/<str:public_id>/file", license_files.OneLicenseFile.as_view(), name="license_file"),
    path("plans", views.Plans.as_view(), name="plans"),
]
