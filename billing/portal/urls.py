"""Addresses of the portal pages whose facts belong to billing."""

from django.urls import URLPattern

app_name = "billing"

urlpatterns: list[URLPattern] = []
