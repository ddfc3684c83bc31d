#!/bin/sh
# A node of the Ray cluster:   ray-node.sh head | worker | launcher [COMMAND] STUDY [ARGUMENT...]
# What trains or logs a model joins as a node without processors, since Ray lets nobody in who is not on a node.
set -eu
kind=$1
shift
head=${RAY_HEAD:-ray-head}

# A container in two networks has two addresses: the one that counts lies towards the head.
own_address() {
  python -c 'import socket, sys
probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
probe.connect((sys.argv[1], 6379))
print(probe.getsockname()[0])' "$head"
}

node() {  # ARGUMENT...: ray start, with the ports that docs/security.md lists, and most of /dev/shm for its objects
  shared=$(df --block-size=1 --output=avail /dev/shm | tail -1)
  ray start --node-ip-address="$(own_address)" --object-store-memory="$((shared * 7 / 10))" --disable-usage-stats \
    --node-manager-port=6380 --object-manager-port=6381 --dashboard-agent-grpc-port=6382 \
    --dashboard-agent-listen-port=6383 --runtime-env-agent-port=6384 --metrics-export-port=6385 \
    --min-worker-port=10002 --max-worker-port=10999 "$@"
}

case $kind in
  head) node --head --port=6379 --num-cpus=0 --dashboard-host=0.0.0.0 --dashboard-port=8265 --block ;;
  worker) node --address="$head:6379" --num-cpus="${WORKER_CPUS:-1}" --block ;;
  launcher)
    case ${1:-} in
      --help) ;;
      *.yaml | *.yml | -*) set -- launch "$@" ;;
    esac
    case $1 in
      launch | sync)  # in a session of its own, so that Ctrl-C reaches the launcher alone
        said=$(setsid --wait "$0" join 2>&1) || { echo "$said" >&2; exit 69; }
        ;;
    esac
    exec sweep "$@"
    ;;
  join) node --address="$head:6379" --num-cpus=0 --num-gpus=0 ;;
esac
