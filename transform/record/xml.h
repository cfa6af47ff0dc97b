/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_XML_H
#define NF_TRANSFORM_RECORD_XML_H

#include <stdbool.h>

/*
 * XML that some tool converted to JSON, brought into one form: elements are
 * named without a prefix; attributes are "@name", whether they were "@_name",
 * "-name" or in "$", "_attributes" or "@attributes"; an element with only text
 * is that text, and the text of one with attributes is "#text"; an array of
 * one is its item; declarations, comments and namespace names are left out.
 */
struct buf;
struct scan;

/**
 * xml_differs(s):
 * Return whether xml_write would change the scanned record ${s}.
 */
bool xml_differs(const struct scan *s);

/**
 * xml_write(s, out):
 * Append the scanned record ${s} to ${out}, which may fail.  Two members that
 * differ only in their prefixes get the same name.
 */
void xml_write(const struct scan *s, struct buf *out);

#endif /* !NF_TRANSFORM_RECORD_XML_H */
