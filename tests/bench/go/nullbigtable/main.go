// SPDX-License-Identifier: Apache-2.0

// nullbigtable acknowledges every MutateRows entry and keeps nothing, so that
// what a benchmark measures is the client.
//
//	nullbigtable [-digest] [-addr 127.0.0.1:0] [-tls CERTIFICATE,KEY]
//
// The first line on stdout is the address.  At SIGTERM it prints one line of
// JSON: requests, rows, cells and, with -digest, three sums over all cells that
// do not depend on their order: exact, over row, family, qualifier, ts, value;
// text, without ts; loose, without ts and with numbers equal as doubles.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
)

// raw hands messages over as the bytes they are.
type raw struct{}

func (raw) Name() string { return "proto" }

func (raw) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}

func (raw) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

// totals is what came so far.
type totals struct {
	sync.Mutex
	Requests uint64 `json:"requests"`
	Rows     uint64 `json:"rows"`
	Cells    uint64 `json:"cells"`
	Exact    string `json:"exact,omitempty"`
	Text     string `json:"text,omitempty"`
	Loose    string `json:"loose,omitempty"`
	exact    uint64
	text     uint64
	loose    uint64
}

type server struct {
	totals
	digest bool
}

func (s *server) handle(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	var request []byte
	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	switch {
	case strings.HasSuffix(method, "/MutateRows"):
		return s.mutateRows(request, stream)
	case strings.HasSuffix(method, "/PingAndWarm"):
		return stream.SendMsg(&[]byte{})
	}
	return status.Error(codes.Unimplemented, method)
}

func (s *server) mutateRows(request []byte, stream grpc.ServerStream) error {
	var part sums
	rows, err := fields(request, func(n int, entry []byte) error {
		if n != 2 {
			return errNotCounted
		}
		if !s.digest {
			return nil
		}
		return part.entry(entry)
	})
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	s.Lock()
	s.Requests++
	s.Rows += rows
	s.Cells += part.cells
	s.exact += part.exact
	s.text += part.text
	s.loose += part.loose
	s.Unlock()
	answer := acknowledge(rows)
	return stream.SendMsg(&answer)
}

// acknowledge packs a MutateRowsResponse: rows entries, index i, status OK.
func acknowledge(rows uint64) []byte {
	answer := make([]byte, 0, rows*8)
	for i := uint64(0); i < rows; i++ {
		var entry []byte
		if i > 0 {
			entry = appendVarint(append(entry, 1<<3), i)
		}
		entry = append(entry, 2<<3|2, 0)
		answer = append(answer, 1<<3|2, byte(len(entry)))
		answer = append(answer, entry...)
	}
	return answer
}

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "where to listen")
	digest := flag.Bool("digest", false, "sum up the cells")
	pair := flag.String("tls", "", "CERTIFICATE,KEY")
	flag.Parse()
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	s := &server{digest: *digest}
	const window = 16 << 20
	options := []grpc.ServerOption{grpc.ForceServerCodecV2(raw{}),
		grpc.UnknownServiceHandler(s.handle),
		grpc.MaxRecvMsgSize(256 << 20),
		grpc.InitialWindowSize(window),
		grpc.InitialConnWindowSize(window)}
	if cert, key, ok := strings.Cut(*pair, ","); ok {
		creds, err := credentials.NewServerTLSFromFile(cert, key)
		if err != nil {
			log.Fatal(err)
		}
		options = append(options, grpc.Creds(creds))
	}
	g := grpc.NewServer(options...)
	fmt.Println(listener.Addr())
	go func() {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
		<-stop
		g.Stop()
	}()
	if err := g.Serve(listener); err != nil && err != io.EOF {
		log.Fatal(err)
	}
	if s.digest {
		s.Exact = fmt.Sprintf("%016x", s.exact)
		s.Text = fmt.Sprintf("%016x", s.text)
		s.Loose = fmt.Sprintf("%016x", s.loose)
	}
	json.NewEncoder(os.Stdout).Encode(&s.totals)
}
