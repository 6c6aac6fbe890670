"""Addresses of the portal pages whose facts belong to licenses."""

from django.urls import URLPattern

app_name = "licenses"

urlpatterns: list[URLPattern] = []
