# SPDX-License-Identifier: Apache-2.0
"""What nf-transform with flat.json and nf-load do, as a Spark job: read JSON,
explode the items, write with the spark-bigtable connector, as Dataproc's
GCS to Bigtable template does.

    spark-submit load_spark.py PORT INVOICES
"""

import json
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

SCHEMA = """CreateDate STRING, EmissionDate STRING, Discount STRING,
    NFeNumber STRING, NFeID STRING, ItemList ARRAY<STRUCT<
    ProductName: STRING, Value: STRING, Quantity: STRING>>"""
COLUMNS = {"id": "nf", "number": "nf", "created": "nf", "emitted": "nf",
           "discount": "nf", "product": "it", "value": "it", "quantity": "it"}


def catalog():
    columns = {name: {"cf": family, "col": name, "type": "string"}
               for name, family in COLUMNS.items()}
    columns["key"] = {"cf": "rowkey", "col": "key", "type": "string"}
    return json.dumps({"table": {"name": "bench", "tableCoder":
                                 "PrimitiveType"},
                       "rowkey": "key", "columns": columns})


def rows(invoices):
    items = invoices.select(
        f.lpad("NFeID", 10, "0").alias("invoice"),
        f.col("NFeID").alias("id"), f.col("NFeNumber").alias("number"),
        f.col("CreateDate").alias("created"),
        f.col("EmissionDate").alias("emitted"),
        f.col("Discount").alias("discount"),
        f.posexplode("ItemList").alias("n", "item"))
    return items.select(
        f.concat("invoice", f.lit("#"),
                 f.lpad((f.col("n") + 1).cast("string"), 3, "0"))
        .alias("key"),
        "id", "number", "created", "emitted", "discount",
        f.col("item.ProductName").alias("product"),
        f.col("item.Value").alias("value"),
        f.col("item.Quantity").alias("quantity"))


def main():
    spark = SparkSession.builder.getOrCreate()
    rows(spark.read.schema(SCHEMA).json(sys.argv[2])).write \
        .format("bigtable").options(catalog=catalog()) \
        .option("spark.bigtable.project.id", "p") \
        .option("spark.bigtable.instance.id", "i") \
        .option("spark.bigtable.emulator.port", sys.argv[1]) \
        .option("spark.bigtable.batch.mutate.size", "1000") \
        .option("spark.bigtable.write.timestamp.milliseconds",
                "1795456800000") \
        .save()
    spark.stop()


if __name__ == "__main__":
    main()
