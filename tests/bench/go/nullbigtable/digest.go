// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"strconv"
)

var (
	errNotCounted = errors.New("not counted")
	errTruncated  = errors.New("truncated message")
	errMutation   = errors.New("a mutation that is no SetCell")
)

func appendVarint(b []byte, v uint64) []byte {
	return binary.AppendUvarint(b, v)
}

// field is one field of a protobuf message: bytes or a number.
type field struct {
	number int
	bytes  []byte
	value  uint64
}

// next cuts the first field off b.
func next(b []byte) (f field, rest []byte, err error) {
	tag, n := binary.Uvarint(b)
	if n <= 0 {
		return f, nil, errTruncated
	}
	b = b[n:]
	f.number = int(tag >> 3)
	switch tag & 7 {
	case 0:
		f.value, n = binary.Uvarint(b)
		if n <= 0 {
			return f, nil, errTruncated
		}
		return f, b[n:], nil
	case 2:
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return f, nil, errTruncated
		}
		f.bytes = b[n : n+int(size)]
		return f, b[n+int(size):], nil
	}
	return f, nil, errors.New("a wire type that the messages do not have")
}

// fields calls each for the fields of b and counts those it accepts.
func fields(b []byte, each func(int, []byte) error) (count uint64, err error) {
	for len(b) > 0 {
		f, rest, err := next(b)
		if err != nil {
			return count, err
		}
		switch err := each(f.number, f.bytes); err {
		case nil:
			count++
		case errNotCounted:
		default:
			return count, err
		}
		b = rest
	}
	return count, nil
}

// sums are independent of the order of the cells.
type sums struct {
	cells, exact, text, loose uint64
}

// entry adds up a MutateRowsRequest.Entry: row_key 1, mutations 2.
func (s *sums) entry(b []byte) error {
	var row []byte
	_, err := fields(b, func(n int, bytes []byte) error {
		if n == 1 {
			row = bytes
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = fields(b, func(n int, bytes []byte) error {
		if n != 2 {
			return errNotCounted
		}
		return s.mutation(row, bytes)
	})
	return err
}

// mutation adds up a SetCell: family 1, qualifier 2, timestamp 3, value 4.
func (s *sums) mutation(row, b []byte) error {
	set, rest, err := next(b)
	if err != nil || set.number != 1 || len(rest) > 0 {
		return errMutation
	}
	var cell [5]field
	for b = set.bytes; len(b) > 0; {
		var f field
		if f, b, err = next(b); err != nil {
			return err
		}
		if f.number < 1 || f.number > 4 {
			return errMutation
		}
		cell[f.number] = f
	}
	s.cells++
	ts := strconv.FormatUint(cell[3].value, 10)
	value := cell[4].bytes
	s.exact += hash(row, cell[1].bytes, cell[2].bytes, []byte(ts), value)
	s.text += hash(row, cell[1].bytes, cell[2].bytes, value)
	if x, err := strconv.ParseFloat(string(value), 64); err == nil {
		value = strconv.AppendFloat(nil, x, 'g', -1, 64)
	}
	s.loose += hash(row, cell[1].bytes, cell[2].bytes, value)
	return nil
}

func hash(parts ...[]byte) uint64 {
	h := fnv.New64a()
	for _, part := range parts {
		var size [4]byte
		binary.LittleEndian.PutUint32(size[:], uint32(len(part)))
		h.Write(size[:])
		h.Write(part)
	}
	return h.Sum64()
}
