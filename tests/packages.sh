# packages.sh: the Debian packages that building, testing and the demonstration
# need, in one place, and how they are installed.  Sourced; POSIX shell.

# Each line: package, and a file that tells that it (or a self-built
# replacement) is there.
packages_table() {
    cat <<'LIST'
build-essential     /usr/bin/gcc
autoconf            /usr/bin/autoreconf
automake            /usr/bin/automake
libtool             /usr/bin/libtoolize
pkg-config          /usr/bin/pkg-config
python3             /usr/bin/python3
python3-prometheus-client /usr/lib/python3/dist-packages/prometheus_client/__init__.py
openvswitch-source  /usr/src/openvswitch/openvswitch.tar.gz
libmnl-dev          /usr/include/libmnl/libmnl.h
libcmocka-dev       /usr/include/cmocka.h
libssl-dev          /usr/include/openssl/ssl.h
libcap-ng-dev       /usr/include/cap-ng.h
clang               /usr/bin/clang
debhelper           /usr/bin/dh
lintian             /usr/bin/lintian
logrotate           /usr/sbin/logrotate
man-db              /usr/bin/man
strace              /usr/bin/strace
valgrind            /usr/bin/valgrind
libc6-dbg           /usr/share/doc/libc6-dbg/copyright
python3-sphinx      /usr/bin/sphinx-build
openvswitch-switch  /usr/sbin/ovs-vswitchd
ovn-central         /usr/bin/ovn-northd
ovn-host            /usr/bin/ovn-controller
frr                 /usr/lib/frr/bgpd
user-mode-linux     /usr/bin/linux.uml
iproute2            /bin/ip
iputils-ping        /bin/ping
ethtool             /sbin/ethtool
procps              /bin/ps
LIST
}

# packages_missing: the packages of the table whose file is not there.
packages_missing() {
    packages_table | while read -r package file; do
        test -e "$file" || test -e "/usr$file" || echo "$package"
    done
}

# packages_need COMMAND-FILE...: fails, and names the package, for each file of
# the table that is not there.
packages_need() {
    local f bad=0
    for f; do
        test -e "$f" || {
            echo "$f is missing: install the package $(packages_table |
                 awk -v f="$f" '$2 == f { print $1 }')" >&2
            bad=1
        }
    done
    return $bad
}

# packages_install: installs what is missing, and nothing else: no package that
# is already there is upgraded (that could restart a running OVN), and no
# service of the new ones is started.
packages_install() {
    local missing rc
    missing=$(packages_missing | tr '\n' ' ')
    test -n "$missing" || return 0
    if test "$(id -u)" != 0; then
        echo "not root, so install these packages yourself: $missing" >&2
        return 1
    fi
    echo "installing: $missing"
    apt-get update -q || return 1
    ( policy_deny
      # shellcheck disable=SC2086  # a list of words
      DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-upgrade \
          --no-install-recommends $missing ) < /dev/null
    rc=$?
    policy_restore
    return $rc
}

# Debian asks /usr/sbin/policy-rc.d whether a service may be started while its
# package is installed; 101 means no.  A file that is already there is kept
# aside and put back, also by the next run after one that was killed.
policy=/usr/sbin/policy-rc.d
policy_deny() {
    policy_restore
    trap policy_restore 0
    trap 'exit 1' 1 2 13 15
    test ! -e $policy || mv $policy $policy.route-exchange-saved
    printf '#!/bin/sh\n# route-exchange-tests: no service starts\nexit 101\n' > $policy
    chmod 755 $policy
}
policy_restore() {
    if grep -qs route-exchange-tests $policy; then
        rm -f $policy
    fi
    if test -e $policy.route-exchange-saved; then
        mv $policy.route-exchange-saved $policy
    fi
}
