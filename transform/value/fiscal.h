/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_VALUE_FISCAL_H
#define NF_TRANSFORM_VALUE_FISCAL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Check digits of Brazilian fiscal numbers, without punctuation.  A character
 * counts as its ASCII code minus 48, so the rules for letters (Nota Técnica
 * conjunta 2025.001) are the same as those for digits.
 */

/**
 * fiscal_cnpj(p, n):
 * Return whether it is a CNPJ: 12 digits or capital letters, 2 check digits.
 */
bool fiscal_cnpj(const char *p, size_t n);

/**
 * fiscal_cpf(p, n):
 * Return whether it is a CPF: 9 digits, 2 check digits.
 */
bool fiscal_cpf(const char *p, size_t n);

/**
 * fiscal_access_key(p, n):
 * Return NULL if it is an access key (chave de acesso) of an NF-e, NFC-e, CT-e
 * or another electronic document, else the reason why not.  Checked are 44
 * characters, state, year and month, CNPJ or CPF of the issuer, model, number,
 * form of issue (except for a CF-e SAT and an NF-e until 2011, which have
 * none), check digit.  Facts that only the authority knows are not checked:
 * whether the model has this series and form.
 */
const char *fiscal_access_key(const char *p, size_t n);

/**
 * fiscal_nfse_key(p, n):
 * Return NULL if it is the key of a national NFS-e, else the reason why not:
 * 50 digits (a CNPJ may have letters), municipality, environment, CPF or CNPJ
 * of the issuer, month, check digit.
 */
const char *fiscal_nfse_key(const char *p, size_t n);

/**
 * fiscal_dps_id(p, n):
 * Return NULL if it is the id of the declaration (DPS) of an NFS-e, with or
 * without the prefix "DPS", else the reason why not: 42 digits (a CNPJ may
 * have letters), municipality, CPF or CNPJ of the issuer.
 */
const char *fiscal_dps_id(const char *p, size_t n);

#endif /* !NF_TRANSFORM_VALUE_FISCAL_H */
