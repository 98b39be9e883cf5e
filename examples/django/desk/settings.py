"""A trading desk's site, with the stack beside it. For trying out: debug is on, the key is no secret."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
ROOT = BASE_DIR.parent.parent

# Where the library is (cargo build --release puts it there), and the stack's config ("": its own default place).
# No variable of ours begins with THOR_STACK_: those are keys of the stack's config.
THOR_LIBRARY = os.environ.get("THOR_LIBRARY", str(ROOT / "target" / "release" / "libthor_stack.so"))
THOR_CONFIG = os.environ.get("THOR_CONFIG", "")

SECRET_KEY = "not-a-secret-this-is-an-example"
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "desk.urls"
WSGI_APPLICATION = "desk.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "quotes",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static"
TIME_ZONE = "UTC"
USE_TZ = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"quotes": {"handlers": ["stderr"], "level": "INFO"}},
}
