// SPDX-License-Identifier: Apache-2.0

// bloblang runs a mapping of Bloblang on each line of stdin, numbers as they
// were written, and prints each item of the array that it makes as a line.
//
//	bloblang MAPPING < INVOICES > MUTATIONS
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log"
	"os"

	"github.com/benthosdev/benthos/v4/public/bloblang"
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	mapping, err := bloblang.Parse(string(text))
	if err != nil {
		log.Fatal(err)
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		var record any
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.UseNumber()
		if err := decoder.Decode(&record); err != nil {
			log.Fatal(err)
		}
		made, err := mapping.Query(record)
		if err != nil {
			log.Fatal(err)
		}
		for _, row := range made.([]any) {
			if err := encoder.Encode(row); err != nil {
				log.Fatal(err)
			}
		}
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}
