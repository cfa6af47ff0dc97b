#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: stage_jq.sh FILE < records
jq -c . | gzip -1 > "$1" && sync "$1"
