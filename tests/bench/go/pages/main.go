// SPDX-License-Identifier: Apache-2.0

// pages serves the lines of a file of NDJSON as an API that pages them.
//
//	pages [-size 100] [-latency 0] [-total N] [-tls CERTIFICATE,KEY] FILE
//
// The first line on stdout is the address.  GET /?page=N answers the JSON
// array of that page with a Link header to the next; beyond the last page
// arrays are empty.  With -total there are that many records: FILE again and
// again.  A page's bytes are made once; latency is slept, not worked.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// cut makes the bodies of the pages of lines.
func cut(lines [][]byte, size int) (pages [][]byte) {
	for len(lines) > 0 {
		n := min(size, len(lines))
		body := append([]byte{'['}, bytes.Join(lines[:n], []byte{','})...)
		pages = append(pages, append(body, ']'))
		lines = lines[n:]
	}
	return pages
}

type api struct {
	bodies  [][]byte
	pages   int
	latency time.Duration
	base    string
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page := 1
	if text := r.URL.Query().Get("page"); text != "" {
		var err error
		if page, err = strconv.Atoi(text); err != nil || page < 1 {
			http.Error(w, `{"error":"bad page"}`, http.StatusBadRequest)
			return
		}
	}
	if a.latency > 0 {
		time.Sleep(a.latency)
	}
	body := []byte("[]")
	if page <= a.pages {
		body = a.bodies[(page-1)%len(a.bodies)]
	}
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	if page < a.pages {
		h["Link"] = []string{fmt.Sprintf(`<%s/?page=%d>; rel="next"`,
			a.base, page+1)}
	}
	w.Write(body)
}

func main() {
	size := flag.Int("size", 100, "records a page")
	latency := flag.Duration("latency", 0, "how long a page takes")
	total := flag.Int("total", 0, "records in all (default: the file's)")
	pair := flag.String("tls", "", "CERTIFICATE,KEY")
	flag.Parse()
	text, err := os.ReadFile(flag.Arg(0))
	if err != nil {
		log.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(text, []byte{'\n'}), []byte{'\n'})
	a := &api{bodies: cut(lines, *size), latency: *latency}
	a.pages = len(a.bodies)
	if *total > 0 {
		if len(lines)%*size != 0 || *total%*size != 0 {
			log.Fatal("-total needs whole pages")
		}
		a.pages = *total / *size
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	cert, key, secure := strings.Cut(*pair, ",")
	if secure {
		a.base = "https://" + listener.Addr().String()
		fmt.Println(a.base)
		log.Fatal(http.ServeTLS(listener, a, cert, key))
	}
	a.base = "http://" + listener.Addr().String()
	fmt.Println(a.base)
	log.Fatal(http.Serve(listener, a))
}
