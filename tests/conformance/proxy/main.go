// SPDX-License-Identifier: Apache-2.0

// A test proxy for github.com/googleapis/cloud-bigtable-clients-test that
// runs the nf-load binary for every operation.
//
//	proxy -nf-load build/nf-load [-listen 127.0.0.1:0]
//
// The address it listens on is its first line on stdout.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	btpb "cloud.google.com/go/bigtable/apiv2/bigtablepb"
	pb "github.com/googleapis/cloud-bigtable-clients-test/testproxypb"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
)

var nfLoad = flag.String("nf-load", "nf-load", "the binary under test")

// The suite counts a timeout from when the request arrives, in whole seconds;
// nf-load from before it connects, which each run does anew.
const connecting = 500 * time.Millisecond

var listen = flag.String("listen", "127.0.0.1:0", "address to listen on")

type client struct {
	conf   *pb.CreateClientRequest
	closed bool
}

type proxy struct {
	pb.UnimplementedCloudBigtableV2TestProxyServer
	mu      sync.Mutex
	clients map[string]*client
}

func (p *proxy) CreateClient(_ context.Context, r *pb.CreateClientRequest) (
	*pb.CreateClientResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.ClientId == "" || r.DataTarget == "" {
		return nil, grpcstatus.Error(codes.InvalidArgument, "no id or target")
	}
	if p.clients[r.ClientId] != nil {
		return nil, grpcstatus.Error(codes.AlreadyExists, r.ClientId)
	}
	p.clients[r.ClientId] = &client{conf: r}
	return &pb.CreateClientResponse{}, nil
}

// CloseClient lets what is under way end, and refuses what comes later.
func (p *proxy) CloseClient(_ context.Context, r *pb.CloseClientRequest) (
	*pb.CloseClientResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.clients[r.ClientId]
	if c == nil {
		return nil, grpcstatus.Error(codes.NotFound, r.ClientId)
	}
	c.closed = true
	return &pb.CloseClientResponse{}, nil
}

func (p *proxy) RemoveClient(_ context.Context, r *pb.RemoveClientRequest) (
	*pb.RemoveClientResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clients[r.ClientId] == nil {
		return nil, grpcstatus.Error(codes.NotFound, r.ClientId)
	}
	delete(p.clients, r.ClientId)
	return &pb.RemoveClientResponse{}, nil
}

func (p *proxy) open(id string) (*pb.CreateClientRequest, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.clients[id]
	if c == nil {
		return nil, grpcstatus.Error(codes.NotFound, id)
	}
	if c.closed {
		return nil, grpcstatus.Error(codes.FailedPrecondition, "closed")
	}
	return c.conf, nil
}

// outcome is what a run of nf-load said.
type outcome struct {
	exit   int
	code   codes.Code
	stdout []byte
	text   string
}

// run starts nf-load for a table ("projects/P/instances/I/tables/T").
func run(c *pb.CreateClientRequest, verb, table string, input []byte,
	args ...string) (*outcome, error) {
	dir, err := os.MkdirTemp("", "nf-conformance")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	summary := filepath.Join(dir, "summary")
	argv := []string{verb, "-q", "--plaintext", "--endpoint", c.DataTarget,
		"--summary", summary}
	if c.AppProfileId != "" {
		argv = append(argv, "--app-profile", c.AppProfileId)
	}
	if t := c.PerOperationTimeout; t != nil {
		argv = append(argv, "--timeout", strconv.FormatInt(
			(t.AsDuration()+connecting).Milliseconds(), 10)+"ms")
	}
	argv = append(argv, args...)
	part := strings.Split(table, "/")
	if len(part) != 6 {
		return nil, fmt.Errorf("%s: no table", table)
	}
	argv = append(argv, fmt.Sprintf("bigtable://%s/%s/%s", part[1], part[3],
		part[5]))
	cmd := exec.Command(*nfLoad, argv...)
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stderr = os.Stderr
	o := &outcome{}
	o.stdout, err = cmd.Output()
	if _, isExit := err.(*exec.ExitError); err != nil && !isExit {
		return nil, err
	}
	o.exit = cmd.ProcessState.ExitCode()
	var s struct{ Code, Error string }
	text, err := os.ReadFile(summary)
	if err != nil {
		return nil, err
	}
	if err = json.Unmarshal(text, &s); err != nil {
		return nil, err
	}
	o.text = s.Error
	if o.exit != 0 {
		o.code = codes.Internal
		_ = o.code.UnmarshalJSON([]byte(strconv.Quote(strings.ToUpper(s.Code))))
	}
	return o, nil
}

func raw(b []byte) map[string]string {
	return map[string]string{"base64": base64.StdEncoding.EncodeToString(b)}
}

func lines(r *btpb.MutateRowsRequest) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	for _, e := range r.Entries {
		var cells []any
		for _, m := range e.Mutations {
			c := m.GetSetCell()
			if c == nil {
				return nil, grpcstatus.Error(codes.Unimplemented, "SetCell only")
			}
			cells = append(cells, map[string]any{"family": c.FamilyName,
				"qualifier": raw(c.ColumnQualifier), "value": raw(c.Value),
				"ts": c.TimestampMicros})
		}
		if err := enc.Encode(map[string]any{"row": raw(e.RowKey),
			"cells": cells}); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// BulkMutateRows is one run of nf-load apply.  A run that fails has the status
// of the first row that failed.
func (p *proxy) BulkMutateRows(_ context.Context, r *pb.MutateRowsRequest) (
	*pb.MutateRowsResult, error) {
	c, err := p.open(r.ClientId)
	if err != nil {
		return nil, err
	}
	input, err := lines(r.Request)
	if err != nil {
		return nil, err
	}
	o, err := run(c, "apply", r.Request.TableName, input, "--results", "-")
	if err != nil {
		return nil, err
	}
	res := &pb.MutateRowsResult{Status: &status.Status{}}
	dec := json.NewDecoder(bytes.NewReader(o.stdout))
	for dec.More() {
		var l struct {
			Index   int64
			Code    int32
			Message string
		}
		if err := dec.Decode(&l); err != nil {
			return nil, err
		}
		s := &status.Status{Code: l.Code, Message: l.Message}
		res.Entries = append(res.Entries,
			&btpb.MutateRowsResponse_Entry{Index: l.Index, Status: s})
		if o.exit != 0 && len(res.Entries) == 1 {
			res.Status = s
		}
	}
	if o.exit != 0 && len(res.Entries) == 0 {
		res.Status = &status.Status{Code: int32(o.code), Message: o.text}
	}
	return res, nil
}

// bound is a key of --range; "" is no bound.
func rangeText(g *btpb.RowRange) string {
	left, right := "[", ")"
	var start, end []byte
	switch k := g.StartKey.(type) {
	case *btpb.RowRange_StartKeyClosed:
		start = k.StartKeyClosed
	case *btpb.RowRange_StartKeyOpen:
		start, left = k.StartKeyOpen, "("
	}
	switch k := g.EndKey.(type) {
	case *btpb.RowRange_EndKeyClosed:
		end, right = k.EndKeyClosed, "]"
	case *btpb.RowRange_EndKeyOpen:
		end = k.EndKeyOpen
	}
	return left + string(start) + "," + string(end) + right
}

// value is a JSON string or {"base64":...}.
type value []byte

func (v *value) UnmarshalJSON(text []byte) error {
	var s string
	if json.Unmarshal(text, &s) == nil {
		*v = []byte(s)
		return nil
	}
	var b struct{ Base64 []byte }
	err := json.Unmarshal(text, &b)
	*v = b.Base64
	return err
}

type line struct {
	Row   value
	Ts    int64
	Cells json.RawMessage
}

type cell struct {
	Family           string
	Qualifier, Value value
	Ts               int64
}

// cells of a line, in its order, whichever form it has.
func (l *line) cells() ([]cell, error) {
	var list []cell
	if json.Unmarshal(l.Cells, &list) == nil {
		return list, nil
	}
	var families map[string]map[string]value
	if err := json.Unmarshal(l.Cells, &families); err != nil {
		return nil, err
	}
	for f, columns := range families {
		for q, v := range columns {
			list = append(list, cell{f, []byte(q), v, l.Ts})
		}
	}
	return list, nil
}

func row(l *line) (*btpb.Row, error) {
	cells, err := l.cells()
	if err != nil {
		return nil, err
	}
	r := &btpb.Row{Key: l.Row}
	family := map[string]*btpb.Family{}
	column := map[string]*btpb.Column{}
	for _, c := range cells {
		f := family[c.Family]
		if f == nil {
			f = &btpb.Family{Name: c.Family}
			family[c.Family] = f
			r.Families = append(r.Families, f)
		}
		id := c.Family + ":" + string(c.Qualifier)
		q := column[id]
		if q == nil {
			q = &btpb.Column{Qualifier: c.Qualifier}
			column[id] = q
			f.Columns = append(f.Columns, q)
		}
		q.Cells = append(q.Cells, &btpb.Cell{TimestampMicros: c.Ts,
			Value: c.Value})
	}
	return r, nil
}

// ReadRows is one run of nf-load scan.
func (p *proxy) ReadRows(_ context.Context, r *pb.ReadRowsRequest) (
	*pb.RowsResult, error) {
	c, err := p.open(r.ClientId)
	if err != nil {
		return nil, err
	}
	q := r.Request
	if q.Filter != nil {
		return nil, grpcstatus.Error(codes.Unimplemented, "a filter")
	}
	var args []string
	for _, k := range q.GetRows().GetRowKeys() {
		args = append(args, "--key", string(k))
	}
	for _, g := range q.GetRows().GetRowRanges() {
		args = append(args, "--range", rangeText(g))
	}
	limit := q.RowsLimit
	if n := int64(r.CancelAfterRows); n > 0 && (limit == 0 || n < limit) {
		limit = n
	}
	if limit > 0 {
		args = append(args, "--limit", strconv.FormatInt(limit, 10))
	}
	if q.Reversed {
		args = append(args, "--reverse")
	}
	o, err := run(c, "scan", q.TableName, nil, args...)
	if err != nil {
		return nil, err
	}
	res := &pb.RowsResult{Status: &status.Status{Code: int32(o.code),
		Message: o.text}}
	dec := json.NewDecoder(bytes.NewReader(o.stdout))
	for dec.More() {
		var l line
		if err := dec.Decode(&l); err != nil {
			return nil, err
		}
		x, err := row(&l)
		if err != nil {
			return nil, err
		}
		res.Rows = append(res.Rows, x)
	}
	return res, nil
}

func main() {
	flag.Parse()
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(l.Addr())
	s := grpc.NewServer()
	pb.RegisterCloudBigtableV2TestProxyServer(s,
		&proxy{clients: map[string]*client{}})
	// Nobody is left to stop us if the one who started us is gone.
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1))
		time.Sleep(time.Second)
		os.Exit(0)
	}()
	log.Fatal(s.Serve(l))
}
