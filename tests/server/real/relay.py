# SPDX-License-Identifier: Apache-2.0
"""relay.py PORT ROWS: invoices by Strawberry, as a GraphQL Relay connection,
and by fastapi-pagination; DELETE /notas/ID and POST /notas move the list."""

import decimal
import sys
import typing

import fastapi
import fastapi_pagination
import strawberry
import uvicorn
from strawberry import relay
from strawberry.fastapi import GraphQLRouter

PORT, ROWS = int(sys.argv[1]), int(sys.argv[2])


def amount(i):
    return decimal.Decimal(i * 1000003) / 100


rows = {i: amount(i) for i in range(1, ROWS + 1)}


@strawberry.type
class Nota(relay.Node):
    numero: relay.NodeID[int]
    id_: int
    valor: decimal.Decimal


@strawberry.type
class Query:
    @relay.connection(relay.ListConnection[Nota])
    def notas(self) -> typing.Iterable[Nota]:
        return [Nota(numero=i, id_=i, valor=v) for i, v in
                sorted(rows.items())]


app = fastapi.FastAPI()
app.include_router(GraphQLRouter(strawberry.Schema(query=Query)),
                   prefix="/graphql")


@app.get("/pages")
def pages() -> fastapi_pagination.Page[dict]:
    return fastapi_pagination.paginate(
        [{"id": i, "valor": f"{v:.2f}"} for i, v in sorted(rows.items())])


@app.delete("/notas/{i}")
def delete(i: int):
    del rows[i]


@app.post("/notas")
def create():
    i = max(rows) + 1
    rows[i] = amount(i)


fastapi_pagination.add_pagination(app)
uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="critical")
