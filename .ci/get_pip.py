# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take the place of the script that ansible-test wants to fetch from a web site to put pip into a virtual environment.

The pip that CPython carries (ensurepip) installs the pip that ansible-test asks for from the package index.
"""

from __future__ import annotations

import os
import subprocess
import sys

if __name__ == "__main__":
    args = [arg for arg in sys.argv[1:] if arg not in ("--no-setuptools", "--no-wheel")]
    env = {key: value for key, value in os.environ.items() if key != "GET_PIP"}
    subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"], env=env, stdout=subprocess.DEVNULL)
    sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--quiet", *args], env=env))
