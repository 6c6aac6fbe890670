"""Addresses of the desk's pages of webhooks."""

from django.urls import path

from ground.desk import desk_view
from licenses.admin import webhook, webhooks

app_name = "desk_webhooks"

urlpatterns = [
    path("webhooks/", desk_view(webhooks.webhooks), name="webhooks"),
    path("webhooks/<str:public_id>/", desk_view(webhook.webhook), name="webhook"),
    path("webhooks/<str:public_id>/turn/", desk_view(webhook.turn), name="turn_secret"),
    path("webhooks/<str:public_id>/retire/", desk_view(webhook.retire), name="retire_secret"),
    path("webhooks/<str:public_id>/off/", desk_view(webhook.switch_off), name="switch_off"),
    path("webhooks/<str:public_id>/test/", desk_view(webhook.test), name="test"),
    path("webhooks/<str:public_id>/again/", desk_view(webhook.again), name="again"),
    path("webhooks/<str:public_id>/leave/", desk_view(webhook.leave), name="leave"),
]
