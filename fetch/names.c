/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define MAX_PLAIN 48 /* bytes of a name, with its NUL; longer: ignored */

/* The meaning of a word; a name combines those of its words. */
enum {
	NEXT = 1 << 0,    /* what comes after */
	PLACE = 1 << 1,   /* a place to continue from */
	MORE = 1 << 2,    /* that there is more */
	HAS = 1 << 3,     /* "is there ...?" */
	LAST = 1 << 4,    /* the end */
	TOTAL = 1 << 5,   /* of all */
	COUNT = 1 << 6,   /* how many */
	NUMBER = 1 << 7,  /* how many, or which one */
	UNITS = 1 << 8,   /* records, by whatever name */
	PAGES = 1 << 9,   /* pages */
	PAGE = 1 << 10,   /* one page */
	FILLER = 1 << 11, /* says nothing */
	CUT = 1 << 12,    /* cut off */
	BOX = 1 << 13,    /* holds counts and cursors */
	DATA = 1 << 14    /* records, or a date in Portuguese */
};

static const struct word {
	const char *text;
	int is;
} words[] = {
	{ "next", NEXT }, { "proximo", NEXT }, { "proxima", NEXT },
	{ "prox", NEXT }, { "seguinte", NEXT }, { "continuation", NEXT },
	{ "continue", NEXT }, { "continuacao", NEXT }, { "token", PLACE },
	{ "cursor", PLACE }, { "range", PLACE }, { "url", PLACE },
	{ "uri", PLACE }, { "link", PLACE }, { "href", PLACE },
	{ "offset", PLACE }, { "key", PLACE }, { "chave", PLACE },
	{ "start", PLACE }, { "inicio", PLACE }, { "skip", PLACE },
	{ "index", PLACE }, { "indice", PLACE }, { "marker", PLACE },
	{ "batch", PLACE }, { "lote", PLACE }, { "nsu", PLACE },
	{ "hash", PLACE }, { "id", PLACE }, { "path", PLACE },
	{ "position", PLACE }, { "posicao", PLACE }, { "query", PLACE },
	{ "params", PLACE }, { "set", PLACE }, { "from", PLACE },
	{ "more", MORE }, { "mais", MORE }, { "has", HAS },
	{ "have", HAS }, { "tem", HAS }, { "ha", HAS }, { "possui", HAS },
	{ "existe", HAS }, { "existem", HAS }, { "available", FILLER },
	{ "last", LAST }, { "ultima", LAST }, { "ultimo", LAST },
	{ "final", LAST }, { "done", LAST }, { "finished", LAST },
	{ "finalizado", LAST }, { "complete", LAST }, { "completo", LAST },
	{ "eof", LAST }, { "end", LAST }, { "fim", LAST },
	{ "max", LAST }, { "truncated", CUT }, { "truncado", CUT },
	{ "total", TOTAL }, { "found", TOTAL }, { "encontrados", TOTAL },
	{ "matched", TOTAL }, { "filtered", TOTAL }, { "count", COUNT },
	{ "contagem", COUNT }, { "quantidade", NUMBER },
	{ "qtd", NUMBER }, { "qtde", NUMBER }, { "numero", NUMBER },
	{ "num", NUMBER }, { "nro", NUMBER }, { "number", NUMBER },
	{ "records", UNITS }, { "record", UNITS }, { "registros", UNITS },
	{ "registro", UNITS }, { "items", UNITS }, { "item", UNITS },
	{ "itens", UNITS }, { "elements", UNITS }, { "elementos", UNITS },
	{ "results", UNITS }, { "result", UNITS }, { "resultados", UNITS },
	{ "rows", UNITS }, { "linhas", UNITS }, { "entries", UNITS },
	{ "objects", UNITS }, { "objetos", UNITS }, { "documents", UNITS },
	{ "documentos", UNITS }, { "docs", UNITS }, { "notas", UNITS },
	{ "nfe", UNITS }, { "nfes", UNITS }, { "nfse", UNITS },
	{ "nfses", UNITS }, { "invoices", UNITS }, { "faturas", UNITS },
	{ "pedidos", UNITS }, { "orders", UNITS }, { "lancamentos", UNITS },
	{ "entradas", UNITS }, { "hits", UNITS }, { "resources", UNITS },
	{ "size", UNITS }, { "pages", PAGES }, { "paginas", PAGES },
	{ "page", PAGE }, { "pagina", PAGE }, { "pg", PAGE },
	{ "paging", BOX }, { "paginacao", BOX }, { "pagination", BOX },
	{ "cursors", BOX }, { "meta", BOX }, { "info", BOX },
	{ "odata", FILLER }, { "x", FILLER }, { "wp", FILLER },
	{ "of", FILLER }, { "de", FILLER }, { "da", FILLER },
	{ "do", FILLER }, { "dos", FILLER }, { "das", FILLER },
	{ "the", FILLER }, { "is", FILLER }, { "e", FILLER },
	{ "a", FILLER }, { "list", FILLER }, { "lista", FILLER },
	{ "data", DATA }, { "dados", DATA }, { "response", FILLER },
	{ "resposta", FILLER },
};

/* Names whose words do not show their meaning. */
static const struct {
	const char *name;
	enum name_says says;
} whole[] = {
	{ "lastevaluatedkey", NAME_NEXT }, { "recordstotal", NAME_NOTHING },
	{ "cursor", NAME_TOKEN }, { "endcursor", NAME_TOKEN },
	{ "aftercursor", NAME_TOKEN }, { "cursorafter", NAME_TOKEN },
	{ "after", NAME_TOKEN }, { "bookmark", NAME_TOKEN },
	{ "size", NAME_NOTHING }, { "item", NAME_NOTHING },
	{ "nextindex", NAME_NEXT }, { "shards", NAME_ASIDE },
	{ "aggregations", NAME_ASIDE }, { "aggs", NAME_ASIDE },
	{ "facets", NAME_ASIDE }, { "facetcounts", NAME_ASIDE },
	{ "request", NAME_ASIDE }, { "requisicao", NAME_ASIDE },
	{ "query", NAME_ASIDE }, { "params", NAME_ASIDE },
	{ "parameters", NAME_ASIDE }, { "parametros", NAME_ASIDE },
	{ "filter", NAME_ASIDE }, { "filters", NAME_ASIDE },
	{ "filtro", NAME_ASIDE }, { "filtros", NAME_ASIDE },
	{ "rate", NAME_ASIDE }, { "ratelimit", NAME_ASIDE },
	{ "quota", NAME_ASIDE }, { "limits", NAME_ASIDE },
};

/* The base letter of one of U+00C0 to U+00FF without its accent, or 0. */
static char
strip_accent(uint8_t second)
{
	static const char plain[] = "aaaaaaaceeeeiiii nooooo ouuuuy  ";
	char c = plain[(second - 0x80) % 32];

	return (c == ' ' ? '\0' : c);
}

/* Reduce to lower case letters and digits; false if impossible or too long. */
static bool
make_plain(const uint8_t *p, size_t n, char out[MAX_PLAIN])
{
	size_t i, len = 0;
	char c;

	for (i = 0; i < n; i++) {
		c = (char)p[i];
		if (c == '_' || c == '-' || c == '@' || c == '.' || c == '$' ||
		    c == ' ' || c == ':')
			continue;
		if (p[i] == 0xc3 && i + 1 < n)
			c = strip_accent(p[++i]);
		else if (c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		if (len == MAX_PLAIN - 1 || !((c >= 'a' && c <= 'z') ||
		    (c >= '0' && c <= '9')))
			return (false);
		out[len++] = c;
	}
	out[len] = '\0';
	return (len > 0);
}

/*
 * The meanings of the words of ${p}, combined with ${so_far}, in the first way
 * to split it that makes sense; 0 if there is no such way.
 */
static int
split_words(const char *p, int so_far)
{
	const struct word *w;
	size_t n;
	int all;

	if (*p == '\0')
		return (so_far);
	for (w = words; w < words + sizeof(words) / sizeof(words[0]); w++) {
		if (w->text[0] != *p)
			continue;
		n = strlen(w->text);
		if (strncmp(p, w->text, n) == 0 &&
		    (all = split_words(p + n, so_far | w->is)) != 0)
			return (all);
	}
	return (0);
}

/* Does ${is} have only flags of ${allowed}? */
static bool
says_only(int is, int allowed)
{

	return ((is & ~(allowed | FILLER)) == 0);
}

enum name_says
names_read(const void *p, size_t n)
{
	char plain[MAX_PLAIN];
	size_t i;
	int is;

	if (!make_plain(p, n, plain))
		return (NAME_NOTHING);
	for (i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		if (plain[0] == whole[i].name[0] &&
		    strcmp(plain, whole[i].name) == 0)
			return (whole[i].says);
	is = split_words(plain, 0);
	if ((is & HAS) != 0 && (is & (MORE | NEXT)) != 0)
		return (says_only(is, HAS | MORE | NEXT | UNITS | PAGES | PAGE |
		    DATA)
		    ?
		    NAME_MORE : NAME_NOTHING);
	if ((is & MORE) != 0 &&
	    says_only(is, MORE | UNITS | PAGES | PAGE | CUT | DATA))
		return (NAME_MORE);
	if ((is & CUT) != 0)
		return (says_only(is, CUT | UNITS) ? NAME_MORE : NAME_NOTHING);
	if ((is & (NEXT | MORE)) != 0)
		return (says_only(is, NEXT | MORE | PLACE | UNITS | PAGES |
		    PAGE) ? NAME_NEXT : NAME_NOTHING);
	if ((is & LAST) != 0)
		return (!says_only(is, LAST | PAGES | PAGE) ? NAME_NOTHING :
		    (is & (PAGES | PAGE)) != 0 ? NAME_LAST_PAGE : NAME_LAST);
	if ((is & PAGES) != 0 && says_only(is, PAGES))
		return (NAME_PAGEBOX);
	if ((is & PAGES) != 0 || ((is & PAGE) != 0 &&
	    (is & (TOTAL | COUNT)) != 0))
		return (says_only(is, PAGES | PAGE | TOTAL | COUNT | NUMBER) ?
		    NAME_PAGES : NAME_NOTHING);
	if ((is & TOTAL) != 0)
		return (says_only(is, TOTAL | COUNT | NUMBER | UNITS | BOX | DATA) ?
		    NAME_TOTAL : NAME_NOTHING);
	if ((is & (COUNT | NUMBER)) != 0 && (is & UNITS) != 0)
		return (says_only(is, COUNT | NUMBER | UNITS) ? NAME_COUNT :
		    NAME_NOTHING);
	if ((is & COUNT) != 0 && says_only(is, COUNT))
		return (NAME_COUNT);
	return ((is & (BOX | PAGE)) != 0 && says_only(is, BOX | PAGE) ?
	    NAME_BOX : NAME_NOTHING);
}
