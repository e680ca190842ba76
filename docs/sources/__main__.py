"""`python -m docs.sources FOLDER`: lay the site's pages and its configuration out in a folder."""

from __future__ import annotations

import sys
from pathlib import Path

from docs.sources.layout import laid_out

laid_out(Path(sys.argv[1]))
