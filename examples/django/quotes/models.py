"""A table of the site's own, so that there is something to migrate."""

from django.db import models


class Note(models.Model):
    symbol = models.CharField(max_length=16)
    text = models.TextField()
