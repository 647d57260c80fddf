# Settings shared by every script here; each can be set in the environment.
#
# What the lab is made of lies outside the checkout, in folders named after what they depend on: the services after
# their pinned versions, their state after everything here. So a change makes a new one, and nothing is made twice.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
digest() { cat "$@" | sha256sum | cut -c1-12; }
: "${CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/appc-openstack-lab}"
: "${VENV:=$CACHE/services-$(digest "$HERE/constraints.txt")}"
: "${LAB:=$CACHE/state-$(digest "$HERE"/*.sh "$HERE/constraints.txt" "$HERE"/services/*.py "$HERE"/services/novavirt/*.py)}"
: "${LAB_COMPUTES:=compute1 compute2 compute3 compute4}"
# Below the ports that Linux gives to clients, one of which might hold it.
: "${P_KEYSTONE:=25000}" "${P_PLACEMENT:=25778}" "${P_GLANCE:=25292}" "${P_NOVA:=25774}" "${P_CINDER:=25776}" "${P_NEUTRON:=25696}"
export HERE VENV LAB LAB_COMPUTES P_KEYSTONE P_PLACEMENT P_GLANCE P_NOVA P_CINDER P_NEUTRON
export PYTHONPATH=$HERE/services PYTHONWARNINGS=ignore
export OS_NOVA_DISABLE_EVENTLET_PATCHING=1 OS_CINDER_DISABLE_EVENTLET_PATCHING=1
export no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost
