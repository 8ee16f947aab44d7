# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Keystone with TLS on loopback, as IAM in tests.

Run it with the Python of a virtual environment that has requirements.txt beside this file. It makes all it needs below
``--work-dir``, prints one line of JSON when it is ready (``--ready-file``: writes it there as well), and runs until it
gets SIGTERM or SIGINT. All passwords are made up on the spot.

The database stays in the work directory: the next start with the same one takes 3 seconds instead of 12, and two
servers with different ``--expiration`` may share it (``--port`` differs then).
"""

from __future__ import annotations

import argparse
import base64
import grp
import json
import os
import pwd
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests
import trustme

DOMAIN, PROJECT, SUB_PROJECT = "OTC00000000001000000001", "eu-de", "eu-de_branch"
USER, MFA_USER = "vpn-reader", "vpn-mfa"
CONFIG = """\
[DEFAULT]
log_file = {work}/keystone.log
[database]
connection = sqlite:///{work}/keystone.db
[identity]
password_hash_rounds = 4
[token]
provider = fernet
expiration = {expiration}
[fernet_tokens]
key_repository = {work}/fernet
[credential]
key_repository = {work}/credential
[auth]
methods = password,token,totp
[security_compliance]
{lockout}
[cache]
enabled = {cache}
backend = oslo_cache.dict
"""
GUNICORN = """\
wsgi_app = "keystone.wsgi.api:application"
bind = "127.0.0.1:{port}"
workers = 1
threads = 4
control_socket_disable = True
certfile = "{work}/server.pem"
keyfile = "{work}/server.key"
"""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--expiration", type=int, default=3600, metavar="SECONDS", help="life of a token")
    parser.add_argument(
        "--lockout-attempts", type=int, default=0, metavar="N", help="wrong passwords until an account locks"
    )
    parser.add_argument("--lockout-seconds", type=int, default=900, metavar="SECONDS")
    parser.add_argument("--ready-file", type=Path)
    return parser.parse_args()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def write_certificates(work: Path) -> None:
    if (work / "ca.pem").exists():
        return
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(str(work / "ca.pem"))
    server.private_key_pem.write_to_path(str(work / "server.key"))
    for number, part in enumerate(server.cert_chain_pems):
        part.write_to_path(str(work / "server.pem"), append=number > 0)


def manage(config: Path, *args: str, password: str | None = None) -> None:
    """One command of keystone-manage; its output is shown only when it fails."""
    env = {**os.environ, "PYTHONWARNINGS": "ignore"}
    if password:
        env["OS_BOOTSTRAP_PASSWORD"] = password
    # From the work directory: Keystone would read a gunicorn.conf.py or an etc/ of the current one.
    command = [str(Path(sys.executable).parent / "keystone-manage"), "--config-file", str(config), *args]
    done = subprocess.run(
        command, env=env, cwd=config.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        sys.exit(f"keystone-manage {args[0]} failed:\n{done.stdout.decode(errors='replace')[-3000:]}")


def create_database(work: Path, config: Path, admin_password: str) -> None:
    user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    owner = ("--keystone-user", user, "--keystone-group", group)
    for folder in ("fernet", "credential"):
        (work / folder).mkdir(mode=0o700, exist_ok=True)
    manage(config, "db_sync")
    manage(config, "fernet_setup", *owner)
    manage(config, "credential_setup", *owner)
    manage(config, "bootstrap", "--bootstrap-region-id", "eu-de", password=admin_password)


class Api:
    """The few calls that seed the database, as the administrator."""

    def __init__(self, url: str, ca_file: Path, password: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(ca_file)
        user = {"name": "admin", "domain": {"name": "Default"}, "password": password}
        body = {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"name": "admin", "domain": {"name": "Default"}}},
            }
        }
        answer = self._session.post(f"{url}/auth/tokens", json=body, timeout=60)
        answer.raise_for_status()
        self._session.headers["X-Auth-Token"] = answer.headers["X-Subject-Token"]

    def call(self, method: str, path: str, **body: Any) -> Any:
        answer = self._session.request(method, self._url + path, json=body or None, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None


def seed(api: Api) -> dict[str, Any]:
    """A domain with two projects, a reader, and a reader with multi-factor authentication."""
    domain = api.call("POST", "/domains", domain={"name": DOMAIN})["domain"]["id"]
    projects = {
        name: api.call("POST", "/projects", project={"name": name, "domain_id": domain})["project"]["id"]
        for name in (PROJECT, SUB_PROJECT)
    }
    role = next(one["id"] for one in api.call("GET", "/roles")["roles"] if one["name"] == "reader")
    users = {}
    for name in (USER, MFA_USER):
        password = secrets.token_urlsafe(18)
        user = api.call("POST", "/users", user={"name": name, "domain_id": domain, "password": password})["user"]["id"]
        for project in projects.values():
            api.call("PUT", f"/projects/{project}/users/{user}/roles/{role}")
        users[name] = {"user_id": user, "username": name, "password": password}
    seed_totp = base64.b32encode(secrets.token_bytes(20)).decode()
    mfa = users[MFA_USER]
    api.call("POST", "/credentials", credential={"type": "totp", "blob": seed_totp, "user_id": mfa["user_id"]})
    rules = {"multi_factor_auth_enabled": True, "multi_factor_auth_rules": [["password", "totp"]]}
    api.call("PATCH", f"/users/{mfa['user_id']}", user={"options": rules})
    return {
        "domain_id": domain,
        "domain_name": DOMAIN,
        "project_id": projects[PROJECT],
        "project_name": PROJECT,
        "sub_project_id": projects[SUB_PROJECT],
        "sub_project_name": SUB_PROJECT,
        **users[USER],
        "mfa": {**mfa, "totp_secret": seed_totp},
    }


def wait_until_up(server: subprocess.Popen[bytes], url: str, work: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            # The port accepts connections before the application is loaded, hence the short time-outs.
            session = requests.Session()
            session.trust_env = False
            if session.get(url, verify=str(work / "ca.pem"), timeout=5).status_code == 200:
                return
        except requests.RequestException:
            time.sleep(0.1)
    log = work / "gunicorn.log"
    sys.exit(f"Keystone did not come up:\n{log.read_text(errors='replace')[-3000:]}")


def start(work: Path, config: Path, port: int) -> subprocess.Popen[bytes]:
    # Keystone parses the arguments of its server: gunicorn must have none, all comes from the file in its directory.
    folder = work / f"gunicorn-{port}"
    folder.mkdir(exist_ok=True)
    (folder / "gunicorn.conf.py").write_text(GUNICORN.format(port=port, work=work))
    env = {
        **os.environ,
        "OS_KEYSTONE_CONFIG_DIR": str(config.parent),
        "OS_KEYSTONE_CONFIG_FILES": config.name,
        "PYTHONWARNINGS": "ignore",
    }
    with (work / "gunicorn.log").open("ab") as log:
        command = [str(Path(sys.executable).parent / "gunicorn")]
        return subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def main() -> int:
    args = parse_args()
    work = args.work_dir.absolute()
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_certificates(work)
    port = args.port or free_port()
    lockout = ""
    if args.lockout_attempts:
        lockout = f"lockout_failure_attempts = {args.lockout_attempts}\nlockout_duration = {args.lockout_seconds}"
    config = work / f"keystone-{port}.conf"
    # Its cache would let a revoked or expired token live on for a moment: only without a short life.
    cache = "true" if args.expiration >= 600 else "false"
    config.write_text(CONFIG.format(work=work, expiration=args.expiration, lockout=lockout, cache=cache))
    url = f"https://127.0.0.1:{port}/v3"
    state = work / "seeded.json"
    admin = secrets.token_urlsafe(18)
    if not state.exists():
        create_database(work, config, admin)
    server = start(work, config, port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    try:
        wait_until_up(server, url, work)
        if not state.exists():
            state.touch(mode=0o600)
            state.write_text(json.dumps({**seed(Api(url, work / "ca.pem", admin)), "admin_password": admin}))
        ready = {
            "auth_url": url,
            "ca_file": str(work / "ca.pem"),
            "database": str(work / "keystone.db"),
            "pid": os.getpid(),
            **json.loads(state.read_text()),
        }
        line = json.dumps(ready)
        if args.ready_file:
            temporary = args.ready_file.with_suffix(".part")
            temporary.write_text(line + "\n")
            temporary.replace(args.ready_file)
        print(line, flush=True)
        return server.wait()
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


if __name__ == "__main__":
    sys.exit(main())
