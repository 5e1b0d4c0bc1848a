"""The routes of the Django host."""

from django.urls import path
from django_host.views import plan

urlpatterns = [path("plans/<str:name>", plan)]
