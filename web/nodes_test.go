package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"xiaohe/database"
)

// pair is the real program twice, over one private cluster.
type pair struct {
	t        *testing.T
	programs [2]*program
	client   *http.Client

	mu   sync.Mutex
	urls [2]string

	acked atomic.Int64
	over  atomic.Bool // the faults have been; whoever talks ends
}

const (
	pairTalkers = 40
	pairCallers = 10 // of them ask for a person, too
	pairPause   = 40 // acknowledged messages between two faults
	pairLimit   = 2 * time.Minute
)

func newPair(t *testing.T) *pair {
	t.Helper()
	first := newProgram(t)
	second := &program{t: t, binary: first.binary, data: first.data}
	p := &pair{t: t, programs: [2]*program{first, second}, client: &http.Client{Timeout: hangs}}
	t.Cleanup(func() { // before the first one ends, and takes the folder away
		if second.cmd != nil && second.cmd.ProcessState == nil {
			_ = second.cmd.Process.Signal(os.Interrupt)
			_ = second.cmd.Wait()
		}
	})
	p.start(0)
	p.start(1)
	return p
}

func (p *pair) start(i int) {
	p.t.Helper()
	p.programs[i].start()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.urls[i] = p.programs[i].url
}

func (p *pair) url(i int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.urls[i%2]
}

// kill ends a node without a warning and starts it anew.
func (p *pair) kill(i int) {
	p.t.Helper()
	must(p.t, p.programs[i].cmd.Process.Kill())
	_ = p.programs[i].cmd.Wait()
	p.start(i)
}

// strike sends a signal to the database server's first process.
func (p *pair) strike(signal syscall.Signal) {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.programs[0].data, "cluster", "postmaster.pid"))
	must(p.t, err)
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	must(p.t, err)
	must(p.t, syscall.Kill(pid, signal))
}

// open is a connection of the test's own. It must be closed before a node is killed: a program that is attached may
// become the keeper.
func (p *pair) open() *database.DB {
	p.t.Helper()
	db, err := database.Open(p.t.Context(), database.Options{Dir: p.programs[0].data, NoMigrate: true})
	must(p.t, err)
	return db
}

// call sends a request to a node; ok is false where no answer came, or one that asks to come again.
func (p *pair) call(i int, method, path string, header http.Header, body, into any) (status int, ok bool) {
	text, err := json.Marshal(body)
	must(p.t, err)
	r, err := http.NewRequest(method, p.url(i)+path, strings.NewReader(string(text)))
	must(p.t, err)
	r.Header = header.Clone()
	response, err := p.client.Do(r)
	if err != nil {
		return 0, false
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusTooManyRequests {
		time.Sleep(time.Second)
	}
	if response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests {
		return response.StatusCode, false
	}
	if into != nil && response.StatusCode < 300 && json.NewDecoder(response.Body).Decode(into) != nil {
		return response.StatusCode, false
	}
	return response.StatusCode, true
}

// talker is somebody's page: it sends one message after the other, each until it is acknowledged, to whichever node is
// there.
type talker struct {
	*pair
	header   http.Header
	conv     string
	at       int             // the node it talks to
	bySocket bool            // or by single requests
	socket   *websocket.Conn // nil while there is none
	seen     int64           // the last seq that the page has shown
	receipts []int64         // by the number of the message
}

func (p *pair) talker(i int) *talker {
	p.t.Helper()
	v := p.programs[i%2].site().visit()
	return &talker{pair: p, header: http.Header{"Authorization": {"Bearer " + v.token}}, conv: v.conv, at: i, bySocket: i%2 == 0}
}

// again runs a step, at one node after the other, until it is done.
func (p *pair) again(what string, step func() bool) {
	for late := time.Now().Add(pairLimit); !step(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(late) {
			p.t.Errorf("never done: %s", what)
			p.over.Store(true)
			return
		}
	}
}

func (k *talker) talk(caller bool) {
	for n := 0; n < 4 || !k.over.Load(); n++ {
		d := sendData{ClientMsgID: fmt.Sprintf("message-%03d", n), Kind: "text", Body: fmt.Sprintf("第%d句：孩子看病钱不够怎么办", n)}
		k.again(d.ClientMsgID, func() bool {
			receipt, ok := k.try(d)
			if !ok {
				k.at++
				return false
			}
			k.receipts = append(k.receipts, receipt.Seq)
			return true
		})
		k.acked.Add(1)
		if caller && n%3 == 1 {
			k.again("ask for a person", func() bool {
				status, ok := k.call(k.at, "POST", "/v1/conv/"+k.conv+"/handoff", k.header, struct{}{}, nil)
				if !ok {
					k.at++
				}
				return ok && status == http.StatusOK
			})
		}
	}
	if k.socket != nil {
		_ = k.socket.Close()
	}
}

func (k *talker) try(d sendData) (receiptData, bool) {
	if k.bySocket {
		receipt, ok := k.trySocket(d)
		if !ok && k.socket != nil {
			_ = k.socket.Close()
			k.socket = nil
		}
		return receipt, ok
	}
	var receipt receiptData
	status, ok := k.call(k.at, "POST", "/v1/conv/"+k.conv+"/messages", k.header, d, &receipt)
	if ok && status != http.StatusOK {
		k.t.Errorf("a message was refused with %d", status)
	}
	return receipt, ok && status == http.StatusOK
}

// trySocket sends over the socket that is there, or a new one that goes on where the last one ended.
func (k *talker) trySocket(d sendData) (receiptData, bool) {
	if k.socket == nil && !k.connect() {
		return receiptData{}, false
	}
	if k.socket.WriteJSON(outbound{V: 1, T: "msg.send", Conv: k.conv, D: d}) != nil {
		return receiptData{}, false
	}
	for {
		_ = k.socket.SetReadDeadline(time.Now().Add(hangs))
		var f frame
		if k.socket.ReadJSON(&f) != nil {
			return receiptData{}, false
		}
		switch f.T {
		case "msg":
			if k.seen++; f.Seq != k.seen {
				k.t.Errorf("a page got seq %d in place of %d", f.Seq, k.seen)
				k.seen = f.Seq
			}
		case "ack":
			if r := f.receipt(); r.ClientMsgID == d.ClientMsgID {
				return r, true
			}
		case "nack":
			n := f.nack()
			if n.Code != codeRate && n.Code != codeTryAgain {
				k.t.Errorf("nack %s", f.D)
			}
			time.Sleep(time.Duration(n.RetryAfterMS) * time.Millisecond)
			return receiptData{}, false
		case "reset", "drain":
			k.t.Errorf("%s %s", f.T, f.D)
		}
	}
}

func (k *talker) connect() bool {
	var ticket ticketAnswer
	if status, ok := k.call(k.at, "POST", "/v1/ws-ticket", k.header, struct{}{}, &ticket); !ok || status != http.StatusCreated {
		return false
	}
	c, err := dialTo(k.url(k.at))
	if err != nil {
		return false
	}
	k.socket = c
	return c.WriteJSON(outbound{V: 1, T: "hello", D: helloData{Ticket: ticket.Ticket, V: []int{1}, Resume: []resumeData{{Conv: k.conv, AfterSeq: k.seen}}}}) == nil
}

// Forty people talk and two social workers work while each node and the database are killed in turn. What was
// acknowledged is there, once and in its order; each message was answered or given up once; each ticket has one history.
func TestTwoNodesLoseNothingThroughKillsOfEachAndOfTheDatabase(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and starts the program")
	}
	t.Parallel()
	p := newPair(t)
	p.staff("wang", "li")
	talkers := make([]*talker, pairTalkers)
	for i := range talkers {
		talkers[i] = p.talker(i)
	}
	helpers := []*helper{p.helper("wang"), p.helper("li")}
	var group sync.WaitGroup
	for i, k := range talkers {
		group.Go(func() { k.talk(i < pairCallers) })
	}
	for _, h := range helpers {
		group.Go(h.work)
	}
	for _, fault := range []struct {
		what string
		make func()
	}{
		{"kill the node that is attached", func() { p.kill(1) }},
		{"crash the database", func() { p.strike(syscall.SIGQUIT) }},
		{"kill the node that keeps the database", func() { p.kill(0) }},
		{"restart the database", func() { p.strike(syscall.SIGINT) }},
	} {
		before := p.acked.Load()
		p.again("40 messages before: "+fault.what, func() bool { return p.acked.Load() >= before+pairPause || t.Failed() })
		began := time.Now()
		fault.make()
		next := p.acked.Load()
		p.again("a message after: "+fault.what, func() bool { return p.acked.Load() >= next+10 || t.Failed() })
		t.Logf("%s: ten more acknowledged after %d ms", fault.what, time.Since(began).Milliseconds())
	}
	p.over.Store(true)
	group.Wait()
	db := p.open()
	defer db.Close()
	p.check(db, talkers, helpers)
}
