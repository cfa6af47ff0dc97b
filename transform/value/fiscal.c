/* SPDX-License-Identifier: Apache-2.0 */
#include "fiscal.h"

#include <string.h>

/* The characters of a CNPJ before its check digits: digits or letters. */
#define CNPJ_LETTERS 12
/* Where the parts of an access key begin. */
#define KEY_YEAR 2
#define KEY_MONTH 4
#define KEY_ISSUER 6
#define KEY_MODEL 20
#define KEY_SERIES 22
#define KEY_NUMBER 25
#define KEY_FORM 34
#define KEY_LENGTH 44
/* CF-e SAT: nine digits for the device, followed by a number of six. */
#define MODEL_SAT 59
#define SAT_NUMBER 31
#define MODEL_NFE 55
#define MODEL_NFCE 65
/* NF-e: layout 1.10, with a code of nine digits and no form of issue. */
#define LAST_YEAR_110 11
/* NF-e: contingency (SCAN) in series 900 and above, for every issuer. */
#define LAST_YEAR_SCAN 14
/* NFS-e: the same for its key, and for the id of its declaration (DPS). */
#define NFSE_PLACE 7
#define NFSE_KIND 8
#define NFSE_ISSUER 9
#define NFSE_MONTH 38
#define NFSE_LENGTH 50
#define DPS_KIND 7
#define DPS_ISSUER 8
#define DPS_LENGTH 42

static bool
is_digit(char c)
{

	return (c >= '0' && c <= '9');
}

static bool
all_digits(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_digit(p[i]))
			return (false);
	return (true);
}

/* Digits and capital letters. */
static bool
all_alnum(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_digit(p[i]) && !(p[i] >= 'A' && p[i] <= 'Z'))
			return (false);
	return (true);
}

/* Digits; capital letters are allowed in the CNPJ at ${issuer}. */
static bool
has_letters_only_at(const char *p, size_t n, size_t issuer)
{
	size_t rest = issuer + CNPJ_LETTERS;

	return (all_digits(p, issuer) && all_alnum(p + issuer, CNPJ_LETTERS) &&
	    all_digits(p + rest, n - rest));
}

/* Modulo 11: weights 2 to ${max}, repeated, from the last of ${n} back. */
static char
compute_mod11(const char *p, size_t n, int max)
{
	int sum = 0, weight = 2;

	while (n-- > 0) {
		sum += (p[n] - '0') * weight;
		weight = weight == max ? 2 : weight + 1;
	}
	sum = 11 - sum % 11;
	return ((char)(sum > 9 ? '0' : '0' + sum));
}

static bool
all_same(const char *p, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (p[i] != p[0])
			return (false);
	return (true);
}

bool
fiscal_cnpj(const char *p, size_t n)
{

	return (n == 14 && all_alnum(p, CNPJ_LETTERS) &&
	    all_digits(p + CNPJ_LETTERS, 2) &&
	    !all_same(p, 14) && compute_mod11(p, 12, 9) == p[12] &&
	    compute_mod11(p, 13, 9) == p[13]);
}

bool
fiscal_cpf(const char *p, size_t n)
{

	return (n == 11 && all_digits(p, 11) && !all_same(p, 11) &&
	    compute_mod11(p, 9, 11) == p[9] && compute_mod11(p, 10, 11) ==
	    p[10]);
}

static int
read_two(const char *p)
{

	return ((p[0] - '0') * 10 + (p[1] - '0'));
}

/* IBGE's codes of the states. */
static bool
is_state(int code)
{

	return ((code >= 11 && code <= 17) || (code >= 21 && code <= 29) ||
	    (code >= 31 && code <= 33) || code == 35 ||
	    (code >= 41 && code <= 43) || (code >= 50 && code <= 53));
}

/* The possible issuers of a model. */
enum issuers {
	ISSUERS_UNKNOWN,  /* no such model */
	ISSUERS_COMPANY,  /* a CNPJ, in all series */
	ISSUERS_EITHER,   /* a CPF, too, in the series of persons */
	ISSUERS_RESERVED  /* and no CNPJ in those */
};

/*
 * NF-e, CT-e, MDF-e, CF-e SAT, NFCom, BP-e, GTV-e, NFC-e, NF3e, CT-e OS, NFAg,
 * NFGas, DC-e (by the technical note 2025.001 of CT-e, which refers to it).
 */
static enum issuers
find_issuers(int model)
{

	switch (model) {
	case MODEL_NFE:
	case MODEL_NFCE:
		return (ISSUERS_RESERVED);
	case 57:
	case 58:
	case 67:
	case 99:
		return (ISSUERS_EITHER);
	case MODEL_SAT:
	case 62:
	case 63:
	case 64:
	case 66:
	case 75:
	case 76:
		return (ISSUERS_COMPANY);
	default:
		return (ISSUERS_UNKNOWN);
	}
}

/*
 * A CNPJ; or a CPF after three zeros, for the series of issuers who are
 * persons (920 to 969) and those open to both (890 to 899, 910 to 919), in
 * models that have them.
 */
static bool
is_issuer(const char *key)
{
	enum issuers who = find_issuers(read_two(key + KEY_MODEL));
	const char *p = key + KEY_ISSUER;
	int series = read_two(key + KEY_SERIES) * 10 +
	    key[KEY_SERIES + 2] - '0';
	bool person = series >= 920 && series <= 969;
	bool either = (series >= 890 && series <= 899) ||
	    (series >= 910 && series <= 919);

	if (who != ISSUERS_COMPANY && (person || either) &&
	    memcmp(p, "000", 3) == 0 && fiscal_cpf(p + 3, 11))
		return (true);
	if (who == ISSUERS_RESERVED && person &&
	    (read_two(key + KEY_MODEL) != MODEL_NFE ||
	    read_two(key + KEY_YEAR) > LAST_YEAR_SCAN))
		return (false);
	return (fiscal_cnpj(p, 14));
}

/* The digits after the model, as its model and year require. */
static const char *
check_numbering(const char *key)
{
	int model = read_two(key + KEY_MODEL);
	bool sat = model == MODEL_SAT;
	bool form = !sat && (model != MODEL_NFE ||
	    read_two(key + KEY_YEAR) > LAST_YEAR_110);

	if (sat ? memcmp(key + SAT_NUMBER, "000000", 6) == 0 :
	    memcmp(key + KEY_NUMBER, "000000000", 9) == 0)
		return ("the number in the access key is 0");
	return (form && key[KEY_FORM] == '0' ?
	    "the form of issue in the access key is 0" : NULL);
}

const char *
fiscal_access_key(const char *p, size_t n)
{

	if (n != KEY_LENGTH)
		return ("an access key has 44 characters");
	if (!has_letters_only_at(p, n, KEY_ISSUER))
		return ("an access key has digits, and letters only in the "
		    "CNPJ");
	if (compute_mod11(p, KEY_LENGTH - 1, 9) != p[KEY_LENGTH - 1])
		return ("the check digit of the access key is wrong");
	if (!is_state(read_two(p)))
		return ("no state has the code in the access key");
	if (read_two(p + KEY_MONTH) < 1 || read_two(p + KEY_MONTH) > 12)
		return ("the month in the access key is not 01 to 12");
	if (find_issuers(read_two(p + KEY_MODEL)) == ISSUERS_UNKNOWN)
		return ("no document has the model in the access key");
	if (!is_issuer(p))
		return ("the CNPJ or CPF in the access key is wrong");
	return (check_numbering(p));
}

/* 1 and a CPF after three zeros, 2 and a CNPJ. */
static bool
is_kind_of_issuer(const char *kind, const char *issuer)
{

	if (*kind == '1')
		return (memcmp(issuer, "000", 3) == 0 &&
		    fiscal_cpf(issuer + 3, 11));
	return (*kind == '2' && fiscal_cnpj(issuer, 14));
}

const char *
fiscal_nfse_key(const char *p, size_t n)
{

	if (n != NFSE_LENGTH || !has_letters_only_at(p, n, NFSE_ISSUER))
		return ("the key of an NFS-e has 50 digits, and letters only "
		    "in the CNPJ");
	if (compute_mod11(p, NFSE_LENGTH - 1, 9) != p[NFSE_LENGTH - 1])
		return ("the check digit of the NFS-e key is wrong");
	if (!is_state(read_two(p)))
		return ("no state has the municipality in the NFS-e key");
	if (p[NFSE_PLACE] != '1' && p[NFSE_PLACE] != '2')
		return ("the environment in the NFS-e key is not 1 or 2");
	if (!is_kind_of_issuer(p + NFSE_KIND, p + NFSE_ISSUER))
		return ("the CNPJ or CPF in the NFS-e key is wrong");
	if (read_two(p + NFSE_MONTH) < 1 || read_two(p + NFSE_MONTH) > 12)
		return ("the month in the NFS-e key is not 01 to 12");
	return (NULL);
}

const char *
fiscal_dps_id(const char *p, size_t n)
{

	if (n == DPS_LENGTH + 3 && memcmp(p, "DPS", 3) == 0) {
		p += 3;
		n -= 3;
	}
	if (n != DPS_LENGTH || !has_letters_only_at(p, n, DPS_ISSUER))
		return ("the id of a DPS has 42 digits, perhaps after DPS, "
		    "and letters only in the CNPJ");
	if (!is_state(read_two(p)))
		return ("no state has the municipality in the id of the DPS");
	if (!is_kind_of_issuer(p + DPS_KIND, p + DPS_ISSUER))
		return ("the CNPJ or CPF in the id of the DPS is wrong");
	return (NULL);
}
