# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A short name for a deep folder: ansible-core listens on a socket below TMPDIR, and such a path has 107 characters at most."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def short(folder: Path) -> Path:
    """A link to ``folder`` in the temporary folder of this run."""
    link = Path(tempfile.mkdtemp(prefix="t")) / "t"
    os.symlink(folder, link)
    return link
