"""The host's own models: no clash with those of clusterlane."""

from django.db import models


class SavedPlan(models.Model):
    """A plan that the host keeps."""

    network = models.CharField(max_length=100)
    objective = models.FloatField()

    class Meta:
        app_label = "django_host"
