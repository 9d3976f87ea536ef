#!/bin/sh
# boot.sh: generates configure and Makefile.in from a checkout.
cd "$(dirname "$0")" && exec autoreconf --install --force --warnings=all,no-portability
