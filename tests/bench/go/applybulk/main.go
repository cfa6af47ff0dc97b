// SPDX-License-Identifier: Apache-2.0

// applybulk is what a Go program would do in nf-load's place: mutation lines
// from stdin by encoding/json, batches by the client's ApplyBulk.
//
//	applybulk [-batch 1000] [-flying 8] [-endpoint HOST:PORT] < mutations
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log"
	"os"
	"sync"

	"cloud.google.com/go/bigtable"
	"golang.org/x/oauth2"
	"google.golang.org/api/option"
)

type line struct {
	Table string                       `json:"table"`
	Row   string                       `json:"row"`
	Ts    int64                        `json:"ts"`
	Cells map[string]map[string]string `json:"cells"`
}

type batch struct {
	table string
	rows  []string
	muts  []*bigtable.Mutation
}

func send(client *bigtable.Client, batches <-chan batch) {
	for b := range batches {
		errs, err := client.Open(b.table).ApplyBulk(
			context.Background(), b.rows, b.muts)
		if err != nil {
			log.Fatal(err)
		}
		for _, err := range errs {
			if err != nil {
				log.Fatal(err)
			}
		}
	}
}

func read(in io.Reader, size int, batches chan<- batch) {
	open := map[string]*batch{}
	decoder := json.NewDecoder(in)
	for {
		var l line
		if err := decoder.Decode(&l); err == io.EOF {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		m := bigtable.NewMutation()
		for family, cells := range l.Cells {
			for qualifier, value := range cells {
				m.Set(family, qualifier, bigtable.Timestamp(l.Ts),
					[]byte(value))
			}
		}
		b := open[l.Table]
		if b == nil {
			b = &batch{table: l.Table}
			open[l.Table] = b
		}
		b.rows = append(b.rows, l.Row)
		b.muts = append(b.muts, m)
		if len(b.rows) == size {
			batches <- *b
			delete(open, l.Table)
		}
	}
	for _, b := range open {
		batches <- *b
	}
}

func main() {
	size := flag.Int("batch", 1000, "rows a request")
	flying := flag.Int("flying", 8, "requests at once")
	endpoint := flag.String("endpoint", "", "over TLS, with any token")
	flag.Parse()
	var options []option.ClientOption
	if *endpoint != "" {
		options = append(options, option.WithEndpoint(*endpoint),
			option.WithTokenSource(oauth2.StaticTokenSource(
				&oauth2.Token{AccessToken: "a-token"})))
	}
	client, err := bigtable.NewClient(context.Background(), "p", "i",
		options...)
	if err != nil {
		log.Fatal(err)
	}
	batches := make(chan batch)
	var workers sync.WaitGroup
	for i := 0; i < *flying; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			send(client, batches)
		}()
	}
	read(bufio.NewReaderSize(os.Stdin, 1<<20), *size, batches)
	close(batches)
	workers.Wait()
	if err := client.Close(); err != nil {
		log.Fatal(err)
	}
}
