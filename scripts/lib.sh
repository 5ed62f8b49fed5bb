# What the scripts share: headings, the Python environment, the servers. Sourced by bash, never run.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONPATH PYTHONHOME

BIN=$PWD/.venv/bin
STEP=

# step NAME COMMAND...: a heading, the command, and its name again when it fails.
step() {
    STEP=$1
    shift
    printf '\n\033[1m== %s ==\033[0m\n' "$STEP"
    "$@"
}

say_where_it_stopped() {
    local code=$?
    [ "$code" -eq 0 ] || printf '\nFAILED in step: %s (exit code %s)\n' "${STEP:-start}" "$code" >&2
    return "$code"
}
trap say_where_it_stopped EXIT

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo "$@"
    else
        echo "This needs root: $*" >&2
        return 1
    fi
}

# install_packages NAME...: from the distribution, with no question and without starting any service.
install_packages() {
    if ! command -v apt-get >/dev/null; then
        echo "Please install with your package manager: $*" >&2
        return 1
    fi
    echo "Installing from the distribution: $*"
    local guard=/usr/sbin/policy-rc.d guarded=no code=0 options
    options=(-q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3)
    if [ ! -e "$guard" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$guard" >/dev/null
        as_root chmod +x "$guard"
        guarded=yes
    fi
    # The lists have a lock that apt does not wait for.
    local tries=0
    until as_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" update >/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 20 ] || break
        sleep 5
    done
    as_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install -y --no-install-recommends "$@" >/dev/null || code=$?
    [ "$guarded" = no ] || as_root rm -f "$guard"
    return "$code"
}

python_of_choice() {
    local name
    for name in python3 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            command -v "$name"
            return
        fi
    done
    echo "Python 3.11 or newer is needed." >&2
    return 1
}

# fresh_venv FOLDER: an empty virtual environment.
fresh_venv() {
    local python
    python=$(python_of_choice)
    "$python" -c 'import ensurepip' 2>/dev/null || install_packages python3-venv
    "$python" -m venv "$1"
}

# stamped NAME FILE...: whether .venv was last made NAME from exactly these files; stamp writes that down.
stamp_of() { cat "${@:2}" | sha256sum | cut -d' ' -f1; }
stamped() { [ "$(cat ".venv/$1.stamp" 2>/dev/null)" = "$(stamp_of "$@")" ]; }
stamp() { stamp_of "$@" >".venv/$1.stamp"; }

# ensure_python [LOCK]: .venv holds what requirements/LOCK.txt says (dev, or bench) and this tree, editable.
ensure_python() {
    local lock=requirements/${1:-dev}.txt
    mkdir -p .cache
    exec 9>.cache/environment.lock
    flock 9
    [ -x "$BIN/python" ] || fresh_venv .venv
    if ! stamped "${1:-dev}" "$lock"; then
        "$BIN/python" -m pip install -qq --require-hashes --no-deps -r "$lock"
        stamp "${1:-dev}" "$lock"
    fi
    if ! stamped tree pyproject.toml; then
        "$BIN/python" -m pip install -qq --no-deps --no-build-isolation --editable .
        stamp tree pyproject.toml
    fi
    exec 9>&-
}

has_rabbitmq() { [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || command -v rabbitmq-server >/dev/null; }
has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || compgen -G '/usr/pgsql-*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }

# ensure_soap_clients: PHP, Perl, Node and C++ can speak SOAP, for the tests of the SOAP door.
ensure_soap_clients() {
    local missing=() place=.cache/soap-client folder=tests/acceptance/soap_clients
    command -v php >/dev/null || missing+=(php-cli)
    command -v php >/dev/null && php -r 'exit(class_exists("SoapClient") ? 0 : 1);' || missing+=(php-soap)
    perl -MSOAP::Lite -e 1 2>/dev/null || missing+=(libsoap-lite-perl)
    perl -MJSON::PP -e 1 2>/dev/null || missing+=(perl)
    command -v wsdl2h >/dev/null || missing+=(gsoap)
    [ -e /usr/include/stdsoap2.h ] || missing+=(libgsoap-dev)
    command -v g++ >/dev/null || missing+=(g++)
    command -v node >/dev/null || missing+=(nodejs)
    command -v npm >/dev/null || missing+=(npm)
    [ "${#missing[@]}" -eq 0 ] || install_packages "${missing[@]}"
    cmp -s "$folder/package-lock.json" "$place/installed.json" && return
    rm -rf "$place"
    mkdir -p "$place"
    cp "$folder/package.json" "$folder/package-lock.json" "$place"
    npm ci --prefix "$place" --ignore-scripts --no-audit --no-fund --silent
    cp "$folder/package-lock.json" "$place/installed.json"
}

# ensure_servers: RabbitMQ and PostgreSQL are installed. Tests and demo start private ones; the system's stay off.
ensure_servers() {
    local missing=()
    has_rabbitmq || missing+=(rabbitmq-server)
    has_postgres || missing+=(postgresql)
    [ "${#missing[@]}" -eq 0 ] || install_packages "${missing[@]}"
}
