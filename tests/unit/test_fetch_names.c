/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/names.h"

#include <string.h>

#include "tests/unit/check.h"

/* Real names, and what they say. */
static void
test_real_names(void)
{
	static const struct {
		enum name_says says;
		const char *names;
	} rows[] = {
		{ NAME_NEXT, "next nextPage next_page_url nextPageToken "
		    "@odata.nextLink nextRecordsUrl hash_next next_cursor "
		    "nextCursorToken NextToken ContinuationToken nextOffset "
		    "proximaPagina proxima_url próximaPágina LastEvaluatedKey "
		    "next_page_link NextMarker Next-Page Next-Range "
		    "X-Next-Page X-Next-Cursor nextbatch proximo_nsu" },
		{ NAME_MORE, "hasMore has_more hasNext hasNextPage has_next "
		    "more moreRecords more_items temMais tem_proxima_pagina "
		    "possuiProximaPagina haMais IsTruncated X-Has-More "
		    "HasMoreItems existeProximaPagina maisRegistros" },
		{ NAME_LAST, "last isLast done finished fim ultima" },
		{ NAME_LAST_PAGE, "is_last_page ultimaPagina ultima_pagina "
		    "lastPage last_page maxPage" },
		{ NAME_TOTAL, "total totalCount total_count TotalRecords "
		    "totalElements totalResults totalSize numFound total_rows "
		    "total_de_registros totalRegistros quantidadeTotal "
		    "qtdTotalRegistros recordsFiltered X-Total-Count "
		    "X-WP-Total Total-Records found total_itens "
		    "numberMatched totalItens" },
		{ NAME_COUNT, "count recordCount itemCount numeroRegistros "
		    "qtd_registros quantidade_registros record_count "
		    "numberOfElements resultCount @odata.count" },
		{ NAME_PAGES, "totalPages total_pages pageCount "
		    "numero_paginas numeroDePaginas total_de_paginas "
		    "X-WP-TotalPages X-Total-Pages qtdPaginas page_count "
		    "totalPaginas num_pages" },
		{ NAME_PAGEBOX, "pages paginas" },
		{ NAME_TOKEN, "endCursor end_cursor cursor after bookmark" },
		{ NAME_BOX, "paging pagination page meta pageInfo cursors" },
		{ NAME_ASIDE, "_shards facets request query params filtros" },
		{ NAME_NOTHING, "data_proxima nextSyncToken next_due_date next_payment "
		    "proximo_vencimento proxima_parcela total_tributos "
		    "valor_total totalValor total_icms numero_nota "
		    "numero_pagina pageNumber page_size pageSize per_page "
		    "registros_por_pagina limit offset quantidade numero "
		    "subtotal totals current_page paginaAtual has_errors "
		    "recordsTotal ultimo_nsu ultNSU maxNSU max_valor "
		    "last_updated lastModified complete_name total_desconto "
		    "discount account counter discount_total country "
		    "amount_total total_amount vNF scroll_id size "
		    "remaining next_invoice_number deltaLink" },
	};
	char word[64];
	const char *p;
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (p = rows[i].names; *p != '\0'; p += n) {
			p += strspn(p, " ");
			n = strcspn(p, " ");
			memcpy(word, p, n);
			word[n] = '\0';
			if (names_read(p, n) != rows[i].says)
				fprintf(stderr, "%s: %d, not %d\n", word,
				    (int)names_read(p, n), (int)rows[i].says);
			CHECK(names_read(p, n) == rows[i].says);
		}
	}
}

static void
test_odd_names(void)
{

	CHECK(names_read("", 0) == NAME_NOTHING);
	CHECK(names_read("_", 1) == NAME_NOTHING);
	CHECK(names_read("\xc3", 1) == NAME_NOTHING);
	CHECK(names_read("total\0x", 7) == NAME_NOTHING);
	CHECK(names_read("totaltotaltotaltotaltotaltotaltotaltotaltotaltotal",
	    50) == NAME_NOTHING);
	CHECK(names_read("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx1",
	    47) == NAME_NOTHING);
}

int
main(void)
{

	TEST(test_real_names);
	TEST(test_odd_names);
	return (check_done());
}
