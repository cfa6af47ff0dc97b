#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Run the tool of this name with the loader and the libraries of the bundle,
# wherever it lies and whatever the system around it is.  The roots of trust
# are the system's, or the file in SSL_CERT_FILE.
me=$0
while [ -L "$me" ]; do
	to=$(readlink "$me") || exit 74
	case $to in
	/*) me=$to ;;
	*) me=${me%/*}/$to ;;
	esac
done
case $me in
*/*) nf=${me%/*}/.. ;;
*) nf=.. ;;
esac
for f in "${SSL_CERT_FILE-}" \
    /etc/ssl/certs/ca-certificates.crt \
    /etc/pki/tls/certs/ca-bundle.crt \
    /etc/ssl/ca-bundle.pem \
    /etc/ssl/cert.pem
do
	[ -r "$f" ] || continue
	export SSL_CERT_FILE="$f"
	export GRPC_DEFAULT_SSL_ROOTS_FILE_PATH="${GRPC_DEFAULT_SSL_ROOTS_FILE_PATH-$f}"
	break
done
# The time zones of Brazil come along, for systems that have none.
if [ -z "${TZDIR-}" ] && [ ! -e /usr/share/zoneinfo/America/Sao_Paulo ]; then
	export TZDIR="$nf/share/zoneinfo"
fi
# What others preload was made for another C library.
unset LD_PRELOAD LD_AUDIT
exec "$nf/lib/@LOADER@" --inhibit-cache --library-path "$nf/lib" \
    --argv0 "$0" "$nf/libexec/@TOOL@" "$@"
