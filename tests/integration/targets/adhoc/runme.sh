#!/usr/bin/env bash
# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Ad hoc calls, the lookup's env and ini sources, and what is shown at -vvv: things that need a process of their own.

set -eux -o pipefail

tests=$(python -c 'import os; print(next(p for d in os.environ["ANSIBLE_COLLECTIONS_PATH"].split(os.pathsep) for p in [d + "/ansible_collections/netops/cloud_vpn/tests"] if os.path.isdir(p)))')
work=${OUTPUT_DIR}/adhoc
mkdir -p "${work}"
PYTHONPATH=${tests} python -m simulator --work-dir "${work}" --ready-file "${work}/ready.json" > "${work}/log" 2>&1 &
simulator=$!
trap 'kill "${simulator}"' EXIT
for _ in $(seq 300); do
    [ -e "${work}/ready.json" ] && break
    sleep 0.1
done

said() { python -c 'import functools, json, sys; print(functools.reduce(lambda d, k: d[k], sys.argv[2:], json.load(open(sys.argv[1]))))' "${work}/ready.json" "$@"; }

module=netops.cloud_vpn.alibaba_vpn_connection_logs
connection=vco-m5edemo0tunnel000001
region=$(said alibaba region)
endpoint=$(said alibaba https)
ca=$(said ca_file)
ALIBABA_CLOUD_ACCESS_KEY_ID=$(said alibaba access_key_id)
ALIBABA_CLOUD_ACCESS_KEY_SECRET=$(said alibaba access_key_secret)
export ALIBABA_CLOUD_ACCESS_KEY_ID ALIBABA_CLOUD_ACCESS_KEY_SECRET
export ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0

# As the documents show it: key=value, the redirected name, options from the environment.
CLOUD_VPN_ENDPOINT=${endpoint} CLOUD_VPN_CA_PATH=${ca} ansible localhost -m "${module}" \
    -a "vpn_connection_id=${connection} region=${region} since=1h limit=0" -vvv 2>&1 | tee "${work}/kv.txt"
grep -q '"state": "up"' "${work}/kv.txt"
# At -vvv it says where the key came from, and never the key's secret.
grep -q 'alibaba: signed in with .*environment' "${work}/kv.txt"
if grep -rF "${ALIBABA_CLOUD_ACCESS_KEY_SECRET}" "${work}/kv.txt"; then exit 1; fi

# JSON arguments, two IDs, one of them unknown: a failure that can be read.
if ansible localhost -m "${module}_facts" -a "{\"vpn_connection_ids\": [\"${connection}\", \"vco-nobody\"], \"region\": \"${region}\",
    \"endpoint\": \"${endpoint}\", \"ca_path\": \"${ca}\", \"limit\": 0}" 2>&1 | tee "${work}/json.txt"; then
    exit 1
fi
grep -q '"kind": "not_found"' "${work}/json.txt"

# The lookup: environment.
CLOUD_VPN_REGION=${region} CLOUD_VPN_ENDPOINT=${endpoint} CLOUD_VPN_CA_PATH=${ca} CLOUD_VPN_SINCE=1h CLOUD_VPN_LIMIT=1 \
    ansible localhost -m ansible.builtin.debug \
    -a "msg={{ lookup('netops.cloud_vpn.vpn_connection_logs', '${connection}').logs | length }}" | tee "${work}/env.txt"
grep -q '"msg": "\?1"\?' "${work}/env.txt"

# The lookup: ini, with the region from a variable that users of the cloud have already.
cat > "${work}/ansible.cfg" << INI
[cloud_vpn]
endpoint = ${endpoint}
ca_path = ${ca}
since = 1h
limit = 2
INI
ANSIBLE_CONFIG=${work}/ansible.cfg ALIBABA_CLOUD_REGION=${region} ansible localhost -m ansible.builtin.debug \
    -a "msg={{ lookup('netops.cloud_vpn.vpn_connection_logs', '${connection}').logs | length }}" | tee "${work}/ini.txt"
grep -q '"msg": "\?2"\?' "${work}/ini.txt"
