"""Addresses of the portal pages whose facts belong to usage."""

from django.urls import URLPattern

app_name = "usage"

urlpatterns: list[URLPattern] = []
