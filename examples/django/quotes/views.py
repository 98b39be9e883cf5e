"""What the stack in this process is doing."""

from django.conf import settings
from django.http import JsonResponse

from . import thor_stack


def stack(request):
    try:
        return JsonResponse(thor_stack.load(settings.THOR_LIBRARY).status())
    except (OSError, thor_stack.Error) as error:
        return JsonResponse({"error": str(error)}, status=503)
