// SPDX-License-Identifier: Apache-2.0
//
// What a dashboard's JSON must be, from Grafana's own types: methods of its
// builders taken away, enumerations as their values, and the targets as those
// of the data source.
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { CloudMonitoringQuery } from "@grafana/grafana-foundation-sdk/googlecloudmonitoring";
import type { dataquery } from "@grafana/grafana-foundation-sdk/prometheus";

type Json<T, Q> =
    T extends string ? `${T}`
    : T extends number | boolean | null | undefined ? T
    : T extends (infer U)[] ? Json<U, Q>[]
    : T extends object ? {
        [K in keyof T as K extends `_implements${string}` ? never : K]:
            K extends "targets" ? Json<Q, never>[] : Json<T[K], Q>
    } : T;

export type ForPrometheus = Json<Dashboard, dataquery>;
export type ForCloud = Json<Dashboard, CloudMonitoringQuery>;
