"""The app that starts the stack with its host, and stops it with it."""

import atexit
import logging

from django.apps import AppConfig
from django.conf import settings

from . import thor_stack

log = logging.getLogger(__name__)


class QuotesConfig(AppConfig):
    name = "quotes"

    def ready(self):
        # Every manage.py command and every worker comes by here; the stack's own guards decide where it starts.
        try:
            stack = thor_stack.load(settings.THOR_LIBRARY)
            started, reason = stack.start(settings.THOR_CONFIG)
        except (OSError, thor_stack.Error) as error:
            log.error("thor-stack: %s", error)  # the site goes on without it
            return
        log.info("thor-stack: %s", stack.status()["state"] if started else reason)
        if started:
            atexit.register(stack.stop)
