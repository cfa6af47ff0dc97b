# SPDX-License-Identifier: Apache-2.0
"""What small.json and full.json do, in Python.

    transform.py json|orjson|msgspec small|full < invoices > mutations
"""

import sys

TS = 1795456800000000


def small(doc, dumps):
    row = "%010d" % doc["NFeID"]
    yield {"table": "invoices", "row": row, "ts": TS, "cells": {"nf": {
        "number": str(doc["NFeNumber"]), "created": doc["CreateDate"],
        "emitted": doc["EmissionDate"], "discount": str(doc["Discount"])}}}
    for i, item in enumerate(doc["ItemList"], 1):
        yield {"table": "items", "row": "%s#%03d" % (row, i), "ts": TS,
               "cells": {"it": {"product": item["ProductName"],
                                "value": str(item["Value"]),
                                "quantity": str(item["Quantity"])}}}


def full(doc, dumps):
    prot, nf = doc["protNFe"]["infProt"], doc["NFe"]["infNFe"]
    ide, emit, dest = nf["ide"], nf["emit"], nf["dest"]
    total = nf["total"]["ICMSTot"]
    key = prot["chNFe"]
    yield {"table": "invoices", "row": key, "ts": TS, "cells": {
        "nf": {"number": ide["nNF"], "series": ide["serie"],
               "model": ide["mod"], "emitted": ide["dhEmi"],
               "nature": ide["natOp"], "protocol": prot["nProt"],
               "status": prot["cStat"]},
        "emit": {"cnpj": emit["CNPJ"], "name": emit["xNome"],
                 "state": emit["ender"]["UF"], "city": emit["ender"]["xMun"]},
        "dest": {"cnpj": dest["CNPJ"], "name": dest["xNome"],
                 "state": dest["ender"]["UF"], "city": dest["ender"]["xMun"]},
        "total": {"products": total["vProd"], "icms": total["vICMS"],
                  "pis": total["vPIS"], "cofins": total["vCOFINS"],
                  "invoice": total["vNF"]}}}
    for item in nf["det"]:
        prod = item["prod"]
        yield {"table": "items", "row": key + "#" + item["nItem"].zfill(3),
               "ts": TS, "cells": {"it": {
                   "code": prod["cProd"], "name": prod["xProd"],
                   "ncm": prod["NCM"], "cfop": prod["CFOP"],
                   "unit": prod["uCom"], "quantity": prod["qCom"],
                   "price": prod["vUnCom"], "value": prod["vProd"],
                   "taxes": dumps(item["imposto"])}}}


def library(name):
    """loads, dumps to bytes, dumps to text."""
    if name == "orjson":
        import orjson
        return (orjson.loads, orjson.dumps,
                lambda value: orjson.dumps(value).decode())
    if name == "msgspec":
        import msgspec
        encode = msgspec.json.Encoder().encode
        return (msgspec.json.Decoder().decode, encode,
                lambda value: encode(value).decode())
    import json
    encode = json.JSONEncoder(ensure_ascii=False,
                              separators=(",", ":")).encode
    return json.loads, lambda value: encode(value).encode(), encode


def main():
    loads, dump, dumps = library(sys.argv[1])
    rows = {"small": small, "full": full}[sys.argv[2]]
    write = sys.stdout.buffer.write
    for line in sys.stdin.buffer:
        for row in rows(loads(line), dumps):
            write(dump(row))
            write(b"\n")


if __name__ == "__main__":
    main()
