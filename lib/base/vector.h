/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_VECTOR_H
#define NF_LIB_BASE_VECTOR_H

#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__AARCH64EL__) && defined(__ARM_NEON)
#include <arm_neon.h>
#endif

/*
 * Bytes, 16 at a time.  The compiler has operators for vectors, on every
 * machine: (v < ' ') has 0xff in each byte of ${v} that is less than ' ', as
 * (v == '"') has in each quote.  Only the step from such a vector to a number
 * differs between machines.
 */
#define VECTOR_BYTES 16

typedef uint8_t vector_u8 __attribute__((vector_size(VECTOR_BYTES)));
typedef int8_t vector_s8 __attribute__((vector_size(VECTOR_BYTES)));

/**
 * vector_load(p):
 * Return the VECTOR_BYTES bytes at ${p}.
 */
static inline vector_u8
vector_load(const uint8_t *p)
{
	vector_u8 v;

	memcpy(&v, p, sizeof(v));
	return (v);
}

/**
 * vector_mask_plain(hits):
 * Return a number whose bit i is set if byte i of ${hits}, which are 0 or
 * 0xff, is.
 */
static inline unsigned
vector_mask_plain(vector_s8 hits)
{
	unsigned mask = 0, i;

	for (i = 0; i < VECTOR_BYTES; i++)
		mask |= ((unsigned)hits[i] & 1) << i;
	return (mask);
}

/**
 * vector_mask(hits):
 * The same, by what the machine has for it.
 */
static inline unsigned
vector_mask(vector_s8 hits)
{
#if defined(__SSE2__)
	return ((unsigned)_mm_movemask_epi8((__m128i)hits));
#elif defined(__AARCH64EL__) && defined(__ARM_NEON)
	const uint8x16_t bit = { 1, 2, 4, 8, 16, 32, 64, 128,
	    1, 2, 4, 8, 16, 32, 64, 128 };
	uint8x16_t sum = vandq_u8((uint8x16_t)hits, bit);

	/* Each addition halves what is left: a byte of eight bits at last. */
	sum = vpaddq_u8(sum, sum);
	sum = vpaddq_u8(sum, sum);
	sum = vpaddq_u8(sum, sum);
	return (vgetq_lane_u16(vreinterpretq_u16_u8(sum), 0));
#else
	return (vector_mask_plain(hits));
#endif
}

#endif /* !NF_LIB_BASE_VECTOR_H */
