"""One page: what the stack in this process is doing."""

from django.urls import path
from quotes import views

urlpatterns = [path("stack", views.stack)]
