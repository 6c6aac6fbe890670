"""Ask the web process of this container whether it is well; the status says so."""

import os
import sys
import urllib.error
import urllib.request

HOST = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0]

request = urllib.request.Request("http://127.0.0.1:8000/health/", headers={"Host": HOST, "X-Forwarded-Proto": "https"})
try:
    with urllib.request.urlopen(request, timeout=4) as answer:
        sys.exit(answer.status != 200)
except (urllib.error.URLError, OSError) as error:
    sys.exit(str(error))
