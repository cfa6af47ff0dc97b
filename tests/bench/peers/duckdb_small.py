# SPDX-License-Identifier: Apache-2.0
"""What small.json does, in DuckDB on one thread: two queries, one file.

    duckdb_small.py INVOICES MUTATIONS
"""

import sys

import duckdb

TS = 1795456800000000
COLUMNS = """{CreateDate: 'VARCHAR', EmissionDate: 'VARCHAR',
    Discount: 'VARCHAR', NFeNumber: 'VARCHAR', NFeID: 'VARCHAR',
    ItemList: 'STRUCT(ProductName VARCHAR, "Value" VARCHAR,
                      Quantity VARCHAR)[]'}"""
QUERY = """COPY (
    WITH invoice AS MATERIALIZED (
        SELECT *, lpad(NFeID, 10, '0') AS key FROM
        read_json('%s', format='newline_delimited', columns=%s))
    SELECT 'invoices' AS "table", key AS "row", %d AS ts,
        json_object('nf', json_object('number', NFeNumber,
            'created', CreateDate, 'emitted', EmissionDate,
            'discount', Discount)) AS cells
        FROM invoice
    UNION ALL
    SELECT 'items', key || '#' || lpad(n::VARCHAR, 3, '0'), %d,
        json_object('it', json_object('product', item.ProductName,
            'value', item."Value", 'quantity', item.Quantity))
        FROM (SELECT key, unnest(ItemList) AS item,
                     generate_subscripts(ItemList, 1) AS n FROM invoice)
) TO '%s' (FORMAT json, USE_TMP_FILE false)"""


def main():
    db = duckdb.connect()
    db.execute("SET threads = 1")
    db.execute(QUERY % (sys.argv[1], COLUMNS, TS, TS, sys.argv[2]))


if __name__ == "__main__":
    main()
