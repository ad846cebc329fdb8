#!/usr/bin/env bash
# make-empty-root.sh DIRECTORY: a new DIRECTORY with the root of a machine on which nobody has installed anything, for KEYWARD_EMPTY_ROOT. Debian's
# packages are only unpacked, which takes seconds: nothing is configured, and no service starts. Tests put Node.js and npm of this machine there.
set -eu
root=$1
mkdir -p "$root"
root=$(cd "$root" && pwd)
debs=$(mktemp -d)
trap 'rm -rf "$debs"' EXIT

# With what these need: a shell with its tools, users, what the guide types, and the libraries of Node.js.
wanted="bash coreutils curl dash findutils grep libatomic1 libstdc++6 login openssl passwd sed util-linux"
cd "$debs"
apt-cache policy libatomic1 | grep -q Candidate || apt-get -qq update
# shellcheck disable=SC2046,SC2086 # lists of names
apt-get -qq download $(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances $wanted |
  grep '^[a-z0-9]' | sort -u | grep -vE '^(debconf|perl|dpkg|tar|init-system-helpers|libpam-runtime|systemd|udev|install-info|cdebconf|ucf|adduser)' |
  xargs apt-cache show --no-all-versions | sed -n 's/^Package: //p' | sort -u) 2>"$debs/said" || { cat "$debs/said" >&2; exit 1; }

# One /usr, as on every Debian.
for name in bin sbin lib lib64; do
  mkdir -p "$root/usr/$name"
  ln -s "usr/$name" "$root/$name"
done
for package in ./*.deb; do dpkg -x "$package" "$root"; done
mkdir -p "$root"/{dev,proc,tmp,root,run,home,etc,opt,var/lib,var/backups,usr/local/bin,etc/systemd/system}
chmod 1777 "$root/tmp"
printf 'root:x:0:0:root:/root:/bin/bash\n' >"$root/etc/passwd"
printf 'root:x:0:\n' >"$root/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
