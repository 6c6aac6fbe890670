"""Addresses of customers, contracts, instances and plans in the programming interface."""

from django.urls import path

from licenses.api import views

urlpatterns = [
    path("customers", views.Customers.as_view(), name="customers"),
    path("customers/<str:public_id>", views.OneCustomer.as_view(), name="customer"),
    path("contracts", views.Contracts.as_view(), name="contracts"),
    path("contracts/<str:public_id>", views.OneContract.as_view(), name="contract"),
    path("instances", views.Instances.as_view(), name="instances"),
    path("instances/<str:public_id>", views.OneInstance.as_view(), name="instance"),
    path("plans", views.Plans.as_view(), name="plans"),
]
