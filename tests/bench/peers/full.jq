# SPDX-License-Identifier: Apache-2.0
# What full.json does, for jq and gojq.
def pad(n): ("0000000000" + .)[-n:];
.protNFe.infProt as $prot | .NFe.infNFe |
{table: "invoices", row: $prot.chNFe, ts: 1795456800000000, cells: {
    nf: {number: .ide.nNF, series: .ide.serie, model: .ide.mod,
	emitted: .ide.dhEmi, nature: .ide.natOp, protocol: $prot.nProt,
	status: $prot.cStat},
    emit: {cnpj: .emit.CNPJ, name: .emit.xNome, state: .emit.ender.UF,
	city: .emit.ender.xMun},
    dest: {cnpj: .dest.CNPJ, name: .dest.xNome, state: .dest.ender.UF,
	city: .dest.ender.xMun},
    total: {products: .total.ICMSTot.vProd, icms: .total.ICMSTot.vICMS,
	pis: .total.ICMSTot.vPIS, cofins: .total.ICMSTot.vCOFINS,
	invoice: .total.ICMSTot.vNF}}},
(.det[] | {table: "items", row: "\($prot.chNFe)#\(.nItem | pad(3))",
    ts: 1795456800000000, cells: {it: {
	code: .prod.cProd, name: .prod.xProd, ncm: .prod.NCM,
	cfop: .prod.CFOP, unit: .prod.uCom, quantity: .prod.qCom,
	price: .prod.vUnCom, value: .prod.vProd,
	taxes: (.imposto | tojson)}}})
