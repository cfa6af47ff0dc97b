# SPDX-License-Identifier: Apache-2.0
"""Invoices and mutations to race with: the same bytes on every machine.

    data.py small|full N         invoices, one a line
    data.py mutations|salted N   mutation lines, three cells each
    data.py again FILE BYTES     FILE again and again, BYTES or a little more
"""

import sys

PRODUCTS = ("Rice", "Flour", "Bean", "Tomate", "Pasta", "Beer",
            "French fries", "Ice cream", "A\u00e7\u00facar refinado",
            "Caf\u00e9 torrado em gr\u00e3os 500 g", "P\u00e3o de queijo",
            "Sab\u00e3o em p\u00f3 \"Lar\"")
CITIES = (("3550308", "S\u00e3o Paulo", "SP"),
          ("3304557", "Rio de Janeiro", "RJ"),
          ("2927408", "Salvador", "BA"), ("4106902", "Curitiba", "PR"))


class Random:
    """A linear congruential generator (Knuth's MMIX): nothing of it changes
    with the version of Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005
                      + 1442695040888963407) & 0xffffffffffffffff
        return (self.state >> 33) % n

    def pick(self, choices):
        return choices[self.below(len(choices))]

    def digits(self, n):
        return "%0*d" % (n, self.below(10 ** min(n, 9)))


def quoted(text):
    return '"' + text.replace('"', '\\"') + '"'


def date(r):
    return "20%02d-%02d-%02d" % (20 + r.below(6), 1 + r.below(12),
                                 1 + r.below(28))


def small(r, n):
    """The mission's invoice: 4 items, 370 bytes on average."""
    items = []
    for _ in range(1 + r.below(6) + r.below(2)):
        items.append('{"ProductName":%s,"Value":%d.%02d,"Quantity":%d}'
                     % (quoted(r.pick(PRODUCTS)), r.below(300), r.below(100),
                        1 + r.below(20)))
    day = date(r)
    return ('{"CreateDate":"%sT%02d:%02d:%02d.%02d","EmissionDate":'
            '"%sT00:00:00","Discount":%d.%d,"NFeNumber":%d,"NFeID":%d,'
            '"ItemList":[%s]}\n'
            % (day, r.below(24), r.below(60), r.below(60), r.below(100), day,
               r.below(5), r.below(10), 500 + n, n, ",".join(items)))


def check_digit(digits, weights):
    """Modulo 11, as CNPJ and access key have it."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights))
    return "0" if total % 11 < 2 else str(11 - total % 11)


def cnpj(r):
    digits = r.digits(8) + "0001"
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    digits += check_digit(digits, weights[1:])
    return digits + check_digit(digits, weights)


def access_key(r, day, emitter, n):
    key = "35" + day[2:4] + day[5:7] + emitter + "55001%09d1" % n + r.digits(8)
    weights = [2 + i % 8 for i in range(43)][::-1]
    return key + check_digit(key, weights)


def party(r, name, number):
    code, city, state = r.pick(CITIES)
    return ('"%s":{"CNPJ":"%s","xNome":%s,"ender":{"xLgr":"Rua Quinze de '
            'Novembro","nro":"%d","xBairro":"Centro","cMun":"%s","xMun":%s,'
            '"UF":"%s","CEP":"%s","cPais":"1058","xPais":"BRASIL"},'
            '"IE":"%s"}'
            % (name, number,
               quoted("Com\u00e9rcio de %s Ltda" % r.pick(PRODUCTS)),
               r.below(3000), code, quoted(city), state, r.digits(8), r.digits(9)))


def cents(value):
    return "%d.%02d" % divmod(value, 100)


def full_item(r, n):
    quantity, price = 1 + r.below(20), 50 + r.below(30000)
    total = quantity * price
    return total, (
        '{"nItem":"%d","prod":{"cProd":"%s","cEAN":"%s","xProd":%s,'
        '"NCM":"%s","CFOP":"5102","uCom":"UN","qCom":"%d.0000",'
        '"vUnCom":"%s%s","vProd":"%s","cEANTrib":"SEM GTIN","uTrib":"UN",'
        '"qTrib":"%d.0000","vUnTrib":"%s00000000","indTot":"1"},'
        '"imposto":{"vTotTrib":"%s","ICMS":{"ICMS00":{"orig":"0","CST":"00",'
        '"modBC":"3","vBC":"%s","pICMS":"18.0000","vICMS":"%s"}},"PIS":{'
        '"PISAliq":{"CST":"01","vBC":"%s","pPIS":"1.6500","vPIS":"%s"}},'
        '"COFINS":{"COFINSAliq":{"CST":"01","vBC":"%s","pCOFINS":"7.6000",'
        '"vCOFINS":"%s"}}}}'
        % (n, r.digits(6), r.digits(13), quoted(r.pick(PRODUCTS)), r.digits(8),
           quantity, cents(price), r.digits(8), cents(total), quantity,
           cents(price), cents(total // 3), cents(total),
           cents(total * 18 // 100), cents(total), cents(total // 60),
           cents(total), cents(total // 13)))


def full(r, n):
    """A whole NF-e of layout 4.00 as gateways serve it: 3.4 KB, 3.5 items."""
    made = [full_item(r, i + 1) for i in range(1 + r.below(6))]
    total = sum(value for value, _ in made)
    day = date(r)
    emitter = cnpj(r)
    key = access_key(r, day, emitter, n)
    return ('{"NFe":{"infNFe":{"versao":"4.00","Id":"NFe%s","ide":{"cUF":"35",'
            '"cNF":"%s","natOp":"Venda de mercadoria","mod":"55","serie":"1",'
            '"nNF":"%d","dhEmi":"%sT%02d:%02d:%02d-03:00","tpNF":"1",'
            '"idDest":"1","cMunFG":"3550308","tpImp":"1","tpEmis":"1",'
            '"tpAmb":"1","finNFe":"1","indFinal":"1","indPres":"1",'
            '"procEmi":"0","verProc":"1.0"},%s,%s,"det":[%s],"total":{'
            '"ICMSTot":{"vBC":"%s","vICMS":"%s","vICMSDeson":"0.00",'
            '"vBCST":"0.00","vST":"0.00","vProd":"%s","vFrete":"0.00",'
            '"vSeg":"0.00","vDesc":"0.00","vII":"0.00","vIPI":"0.00",'
            '"vPIS":"%s","vCOFINS":"%s","vOutro":"0.00","vNF":"%s"}},'
            '"transp":{"modFrete":"9"},"pag":{"detPag":[{"tPag":"03",'
            '"vPag":"%s"}]},"infAdic":{"infCpl":"Documento emitido por ME ou '
            'EPP optante pelo Simples Nacional"}}},"protNFe":{"infProt":{'
            '"tpAmb":"1","chNFe":"%s","nProt":"%s","cStat":"100",'
            '"xMotivo":"Autorizado o uso da NF-e"}}}\n'
            % (key, key[35:43], n, day, r.below(24), r.below(60), r.below(60),
               party(r, "emit", emitter), party(r, "dest", cnpj(r)),
               ",".join(item for _, item in made), cents(total),
               cents(total * 18 // 100), cents(total), cents(total // 60),
               cents(total // 13), cents(total), cents(total), key,
               r.digits(15)))


def mutation(r, n):
    """A row of three cells, about 130 bytes, keys spread."""
    return ('{"table":"bench","row":"%08d","ts":1795456800000000,"cells":'
            '{"nf":{"product":%s,"value":"%d.%02d","quantity":"%d"}}}\n'
            % (n * 7919 % 100000000, quoted(r.pick(PRODUCTS)), r.below(300),
               r.below(100), 1 + r.below(20)))


def salted(r, n):
    """The same with keys that a hash has spread."""
    return ('{"table":"bench","row":"%08x#%08d","ts":1795456800000000,"cells":'
            '{"nf":{"product":%s,"value":"%d.%02d","quantity":"%d"}}}\n'
            % (n * 0x9e3779b1 % 2 ** 32, n, quoted(r.pick(PRODUCTS)),
               r.below(300), r.below(100), 1 + r.below(20)))


MAKERS = {"small": (small, 1), "full": (full, 2), "mutations": (mutation, 3),
          "salted": (salted, 4)}


def write(kind, count, out):
    make, seed = MAKERS[kind]
    r = Random(seed)
    for start in range(0, count, 1000):
        out.write("".join(make(r, n + 1) for n in
                          range(start, min(start + 1000, count))).encode())


def again(path, size, out):
    with open(path, "rb") as f:
        block = f.read()
    for _ in range(max(1, -(-size // len(block)))):
        out.write(block)


def main():
    if len(sys.argv) != 3 and sys.argv[1:2] != ["again"]:
        sys.exit(__doc__)
    out = open(sys.stdout.fileno(), "wb", buffering=0, closefd=False)
    try:
        if sys.argv[1] == "again":
            again(sys.argv[2], int(sys.argv[3]), out)
        else:
            write(sys.argv[1], int(sys.argv[2]), out)
    except BrokenPipeError:
        pass


if __name__ == "__main__":
    main()
