package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// peoplePerPlace is how many share a source address: fewer than the sockets that the server allows to one.
const peoplePerPlace = 125

// place is a source address of the loopback network. The server counts sockets and sessions by address, as it should;
// a run from 127.0.0.1 alone would measure that limit.
type place struct {
	web    *http.Client
	socket *websocket.Dialer
}

// The pool of write buffers is shared by all sockets: most of them rest.
var writeBuffers = &sync.Pool{}

func newPlace(number int) *place {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, byte(number/250), byte(1+number%250))}, Timeout: 20 * time.Second}
	return &place{
		web: &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{
			DialContext: dialer.DialContext, MaxIdleConnsPerHost: 4, IdleConnTimeout: 5 * time.Second,
		}},
		socket: &websocket.Dialer{NetDialContext: dialer.DialContext, HandshakeTimeout: 30 * time.Second, Subprotocols: []string{"xiaohe.v1"},
			ReadBufferSize: 512, WriteBufferSize: 512, WriteBufferPool: writeBuffers},
	}
}

// refusal is an answer that is no success.
type refusal struct {
	Status       int    `json:"-"`
	Code         string `json:"code"`
	Owner        string `json:"owner"`
	RetryAfterMS int64  `json:"retry_after_ms"`
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.Status, r.Code) }

// call makes a request with a JSON body and reads a JSON answer; it returns a *refusal for any other answer.
func (p *place) call(ctx context.Context, method, address string, authorise func(http.Header), in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if authorise != nil {
		authorise(request.Header)
	}
	response, err := p.web.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		r := &refusal{Status: response.StatusCode}
		_ = json.NewDecoder(response.Body).Decode(r) // the status says enough
		return r
	}
	if out == nil {
		_, err = io.Copy(io.Discard, response.Body)
		return err
	}
	return json.NewDecoder(response.Body).Decode(out)
}
