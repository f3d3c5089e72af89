"""What one request may ask for. Each bound keeps one caller from slowing down all others."""

from __future__ import annotations

BODY = 1 << 20
"""Bytes of a body; a megabyte holds any single question."""
BATCH_BODY = 8 << 20
"""Bytes of the body of a batch: 10,000 questions of some 800 bytes each."""
EVALUATIONS = 10_000
"""Questions in one batch."""
DEPTH = 32
"""How deep a body may be nested."""
NAME = 512
"""Characters of a key: nobody's keys are longer, and looking for the nearest of a book takes long."""
REQUEST_ID = 128
"""Characters of X-Request-ID."""
PAGE = 100
"""Results on a page when nobody says how many."""
LARGEST_PAGE = 1_000
PAST = 100
"""Questions about earlier knowledge in one batch: each opens the journal."""
PAST_AT_ONCE = 4
"""Threads that read the journal; more requests wait for one of them, but not longer than ``PATIENCE``."""
PATIENCE = 10.0
"""Seconds after which a request is answered with what there is, closed where nothing is."""
SLOW_BODY = 15.0
"""Seconds in which a body has to arrive."""
DRAINED = 32 << 20
"""Bytes of a refused body that are thrown away, so that its sender comes to read why it was refused."""
DRAINING = 5.0
"""Seconds for that."""
SLICE = 0.02
"""Seconds for which a long request keeps the others waiting."""
REMEMBERED = 100_000
"""Encoded answers kept for one revision: a kilobyte each, some three where decisions are logged."""
LOOKS = 200
"""Questions of one batch about unknown names that are told the nearest ones; further ones are denied without."""
LOOKS_SECONDS = 3.0
"""Seconds in which a batch may have them looked for, however few there were: the first look at a large catalogue is long."""
LOOKING = 2
"""Threads that look for the nearest of very many names; more requests wait for one of them."""

HEAD = 64 << 10
"""Bytes of a request's line and headers at most."""

HEAD_SECONDS = 15.0
"""Seconds in which a request's head has to be complete."""

CONNECTIONS = 4_096
"""Connections of one worker; whoever comes beyond is told so."""
