# SPDX-License-Identifier: Apache-2.0
# What small.json does, for jq and gojq.
def pad(n): tostring | ("0000000000" + .)[-n:];
(.NFeID | pad(10)) as $row |
{table: "invoices", row: $row, ts: 1795456800000000, cells: {nf: {
    number: (.NFeNumber | tostring), created: .CreateDate,
    emitted: .EmissionDate, discount: (.Discount | tostring)}}},
(.ItemList | to_entries[] |
    {table: "items", row: "\($row)#\(.key + 1 | pad(3))",
     ts: 1795456800000000, cells: {it: {
	product: .value.ProductName, value: (.value.Value | tostring),
	quantity: (.value.Quantity | tostring)}}})
