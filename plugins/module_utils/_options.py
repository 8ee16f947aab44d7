# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The one table of options. Argument specs and the lookup are derived from it, documentation is tested against it.

Providers receive a plain dict of canonical option name -> value (unset = None). The well-known environment variables
of a cloud's *sign-in* are not read here: its credential chain reads them, as a whole set, so that two halves of a key
pair never come from two places.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible.module_utils.basic import env_fallback
from ansible.module_utils.errors import AnsibleFallbackNotFound

ALIBABA = "alibaba"
HUAWEI = "huawei"
PROVIDERS: Tuple[str, ...] = (ALIBABA, HUAWEI)

INI_SECTION = "cloud_vpn"


class Option(NamedTuple):
    """One option: what Ansible needs to know, and which clouds have it.

    `aliases` hold for every cloud that has the option, `module_aliases` only for one cloud's module, because the
    lookup serves both clouds and there the name belongs to the other one. `well_known` maps a cloud to environment
    variables that are read when the option is unset; `sign_in` options have no variable of our own (see above).
    """

    name: str
    type: str = "str"
    default: Any = None
    choices: Tuple[str, ...] = ()
    aliases: Tuple[str, ...] = ()
    module_aliases: Mapping[str, Tuple[str, ...]] = {}
    no_log: Optional[bool] = None
    elements: Optional[str] = None
    required: bool = False
    providers: Tuple[str, ...] = PROVIDERS
    sign_in: bool = False
    per_call: bool = False
    well_known: Mapping[str, Tuple[str, ...]] = {}
    suboptions: Tuple[Option, ...] = ()

    @property
    def env(self) -> Optional[str]:
        """Environment variable of our own, read by modules (on the target) and by the lookup (on the controller)."""
        return None if self.sign_in or self.per_call else "CLOUD_VPN_" + self.name.upper()

    @property
    def var(self) -> Optional[str]:
        """Variable that the lookup reads."""
        return None if self.per_call else "cloud_vpn_" + self.name

    def all_aliases(self, provider: str) -> Tuple[str, ...]:
        """Aliases in the module of one cloud."""
        return self.aliases + tuple(self.module_aliases.get(provider, ()))


def _alibaba(name: str, **more: Any) -> Option:
    return Option(name, providers=(ALIBABA,), **more)


def _huawei(name: str, **more: Any) -> Option:
    return Option(name, providers=(HUAWEI,), **more)


_ASSUME_ROLE = (
    Option("role_arn", required=True),
    Option("session_name"),
    Option("session_expiration", type="int", aliases=("duration",)),
    Option("policy"),
    Option("external_id"),
)

OPTIONS: Tuple[Option, ...] = (
    # What to fetch.
    Option("vpn_connection_ids", "list", elements="str", aliases=("vpn_connection_id",), required=True, per_call=True),
    _alibaba("tunnel_ids", type="list", elements="str", aliases=("tunnel_id",)),
    Option("since"),
    Option("until"),
    Option("limit", "int", 1000),
    Option("query"),
    _alibaba("log_timezone", default="auto"),
    Option("wait", "bool", False),
    Option("wait_timeout", "int", 300),
    Option("wait_sleep", "int", 10),
    Option("wait_fail_fast", "bool", False),
    # How to connect.
    Option(
        "region",
        aliases=("region_id",),
        module_aliases={ALIBABA: ("alicloud_region",), HUAWEI: ("region_name",)},
        well_known={
            ALIBABA: (
                "ALIBABA_CLOUD_REGION",
                "ALIBABA_CLOUD_REGION_ID",
                "ALICLOUD_REGION",
                "ALICLOUD_REGION_ID",
                "ALIBABACLOUD_REGION_ID",
            ),
            HUAWEI: ("HW_REGION_NAME", "OS_REGION_NAME", "OS_REGION", "ANSIBLE_HWC_REGION"),
        },
    ),
    Option("endpoint", well_known={ALIBABA: ("ALIBABA_CLOUD_ENDPOINT_VPC",)}),
    Option("timeout", "int", 30),
    Option("deadline", "int", 300),
    Option("max_retries", "int", 5),
    Option("concurrency", "int", 8),
    Option("validate_certs", "bool", True, module_aliases={HUAWEI: ("verify",)}),
    Option("ca_path", "path", module_aliases={HUAWEI: ("ca_cert", "cacert")}, well_known={HUAWEI: ("OS_CACERT",)}),
    # Sign-in, Alibaba Cloud.
    _alibaba(
        "access_key_id",
        aliases=("alicloud_access_key",),
        module_aliases={ALIBABA: ("access_key",)},
        no_log=False,
        sign_in=True,
    ),
    _alibaba(
        "access_key_secret",
        aliases=("alicloud_secret_key", "secret_access_key"),
        module_aliases={ALIBABA: ("secret_key",)},
        no_log=True,
        sign_in=True,
    ),
    Option("security_token", module_aliases={ALIBABA: ("alicloud_security_token",)}, no_log=True, sign_in=True),
    _alibaba("signature_version", default="v3", choices=("v3", "v1")),
    _alibaba("network", default="public", choices=("public", "vpc")),
    _alibaba("profile", sign_in=True),
    _alibaba("shared_credentials_file", type="path", sign_in=True),
    _alibaba("ecs_role_name", aliases=("role_name",), sign_in=True),
    _alibaba("credentials_uri", sign_in=True),
    _alibaba("assume_role", type="dict", aliases=("alicloud_assume_role",), sign_in=True, suboptions=_ASSUME_ROLE),
    _alibaba("assume_role_arn", aliases=("alicloud_assume_role_arn",), sign_in=True),
    _alibaba("assume_role_session_name", aliases=("alicloud_assume_role_session_name",), sign_in=True),
    _alibaba(
        "assume_role_session_expiration",
        type="int",
        aliases=("alicloud_assume_role_session_expiration",),
        sign_in=True,
    ),
    # Sign-in, Huawei Cloud and Open Telekom Cloud.
    _huawei(
        "auth_url",
        aliases=("identity_endpoint",),
        well_known={
            HUAWEI: ("HW_AUTH_URL", "OS_AUTH_URL", "HUAWEICLOUD_SDK_IAM_ENDPOINT", "ANSIBLE_HWC_IDENTITY_ENDPOINT")
        },
    ),
    _huawei("token", aliases=("auth_token",), no_log=True, sign_in=True),
    _huawei("access_key", no_log=False, sign_in=True),
    _huawei("secret_key", no_log=True, sign_in=True),
    _huawei("username", aliases=("user", "user_name"), sign_in=True),
    _huawei("user_id", sign_in=True),
    _huawei("password", no_log=True, sign_in=True),
    _huawei("passcode", no_log=True, sign_in=True),
    _huawei("domain_name", aliases=("domain", "user_domain_name"), sign_in=True),
    _huawei("domain_id", aliases=("user_domain_id",), sign_in=True),
    _huawei("project_id", sign_in=True),
    _huawei("project_name", aliases=("project", "tenant_name"), sign_in=True),
    _huawei("agency_name", sign_in=True),
    _huawei("agency_domain_name", sign_in=True),
    _huawei("cloud", sign_in=True),
    _huawei("token_cache", no_log=False, sign_in=True),
)

# What the event source has besides; its events go on for ever, so that all which ends or narrows a look has no meaning there.
EVENT_OPTIONS: Tuple[Option, ...] = (
    Option("provider", default="auto", choices=("auto",) + PROVIDERS),
    Option("delay", "int", 60, aliases=("interval",), per_call=True),
    Option("max_delay", "int", 900, per_call=True),
    Option("overlap", "int", 300, per_call=True),
    Option("history", default="1h", per_call=True),
    Option("entries", "bool", True, per_call=True),
    Option("state_file", "path", per_call=True),
    # ansible-rulebook's own: it confirms each event.
    Option("feedback", "bool", False, per_call=True),
)
NOT_FOR_EVENTS = ("until", "limit", "query", "wait", "wait_timeout", "wait_sleep", "wait_fail_fast")

BY_NAME: Mapping[str, Option] = {option.name: option for option in OPTIONS}
SECRETS: Tuple[str, ...] = tuple(option.name for option in OPTIONS if option.no_log)


def options_of(provider: str) -> Tuple[Option, ...]:
    """The options of one cloud, in the order of the table."""
    return tuple(option for option in OPTIONS if provider in option.providers)


def _spec_entry(option: Option, aliases: Tuple[str, ...]) -> Dict[str, Any]:
    entry: Dict[str, Any] = {"type": option.type}
    if option.default is not None:
        entry["default"] = option.default
    if option.choices:
        entry["choices"] = list(option.choices)
    if aliases:
        entry["aliases"] = list(aliases)
    if option.elements:
        entry["elements"] = option.elements
    if option.required:
        entry["required"] = True
    if option.no_log is not None:
        entry["no_log"] = option.no_log
    if option.suboptions:
        entry["options"] = {sub.name: _spec_entry(sub, sub.aliases) for sub in option.suboptions}
    return entry


def argument_spec(provider: str) -> Dict[str, Any]:
    """The argument specification of the module of one cloud."""
    return {option.name: _with_fallback(option, option.all_aliases(provider)) for option in options_of(provider)}


def own_variable(name: str) -> str:
    """Value of a variable of our own. Fallback of an option; one that is set to nothing is as good as unset."""
    value = str(env_fallback(name))
    if not value:
        raise AnsibleFallbackNotFound
    return value


def _with_fallback(option: Option, aliases: Tuple[str, ...]) -> Dict[str, Any]:
    entry = _spec_entry(option, aliases)
    if option.env:
        entry["fallback"] = (own_variable, [option.env])
    return entry


def lookup_names() -> Dict[str, str]:
    """Every keyword that the lookup knows (aliases too) -> canonical name. The IDs are its terms, hence no option."""
    names = {"provider": "provider"}
    for option in OPTIONS:
        if option.required:
            continue
        for name in (option.name,) + lookup_aliases(option):
            names[name] = option.name
    return names


def event_names() -> Dict[str, str]:
    """Every argument that the event source knows (aliases too) -> canonical name."""
    return {name: option.name for option in _event_options() for name in (option.name,) + lookup_aliases(option)}


def event_spec() -> Dict[str, Any]:
    """The argument specification of the event source, by canonical names, for the options of all clouds."""
    return {option.name: _with_fallback(option, ()) for option in _event_options()}


def _event_options() -> List[Option]:
    return [option for option in OPTIONS if option.name not in NOT_FOR_EVENTS] + list(EVENT_OPTIONS)


def lookup_aliases(option: Option) -> Tuple[str, ...]:
    """Aliases in the lookup: all but those that are another option's own name there."""
    extra: List[str] = []
    for provider in option.providers:
        extra.extend(alias for alias in option.module_aliases.get(provider, ()) if alias not in BY_NAME)
    return option.aliases + tuple(extra)


def with_environment(options: Mapping[str, Any], provider: str, environ: Mapping[str, str]) -> Dict[str, Any]:
    """Only the options of `provider`, unset ones taken from the variables that users of that cloud already have.

    A named `cloud` of clouds.yaml brings its own region and URL; variables of another set-up must not reach into it.
    An empty text counts as unset, but for the ends of the window: there it is a marker that got lost on its way.
    """
    filled = {option.name: options.get(option.name) for option in options_of(provider)}
    for option in options_of(provider):
        names = () if filled.get("cloud") else option.well_known.get(provider, ())
        if filled[option.name] is None or (filled[option.name] == "" and option.name not in ("since", "until")):
            filled[option.name] = next((environ[name] for name in names if environ.get(name)), None)
    return filled
