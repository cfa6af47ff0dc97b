/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_XML_H
#define NF_TRANSFORM_RECORD_XML_H

#include <stdbool.h>

/*
 * XML that was made JSON, whichever way, in one way: elements by their names
 * without a prefix; attributes as "@name", be they "@_name", "-name" or in
 * "$", "_attributes" or "@attributes"; an element of text alone as that text,
 * the text of one with attributes as "#text"; an array of one as its item;
 * without declarations, comments and names of namespaces.
 */
struct buf;
struct scan;

/**
 * xml_differs(s):
 * Would xml_write write the scanned record ${s} otherwise than it is?
 */
bool xml_differs(const struct scan *s);

/**
 * xml_write(s, out):
 * Append the scanned record ${s} to ${out}, which may fail.  Two members that
 * differ in their prefixes alone come out with one name.
 */
void xml_write(const struct scan *s, struct buf *out);

#endif /* !NF_TRANSFORM_RECORD_XML_H */
