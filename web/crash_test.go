package web

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// program is the real binary with its own private database.
type program struct {
	t      *testing.T
	binary string
	data   string
	cmd    *exec.Cmd
	url    string
}

var printedURL = regexp.MustCompile(`http://[0-9.:]+`)

// start runs `xiaohe serve` until it prints its address.
func (p *program) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.binary, "serve", "--listen", "127.0.0.1:0", "--data", p.data)
	stderr, err := p.cmd.StderrPipe()
	must(p.t, err)
	must(p.t, p.cmd.Start())
	p.url = ""
	lines := bufio.NewScanner(stderr)
	var seen []string
	for p.url == "" && lines.Scan() {
		seen = append(seen, lines.Text())
		p.url = printedURL.FindString(lines.Text())
	}
	if p.url == "" {
		p.t.Fatalf("serve printed no address: %s", strings.Join(seen, "\n"))
	}
	go func() { _, _ = io.Copy(io.Discard, stderr) }()
}

// burst is one visitor's part of the load: its messages, and the receipts that came before the program died.
type burst struct {
	*visitor
	mu       sync.Mutex
	receipts map[string]receiptData
}

const (
	burstVisitors = 40
	burstMessages = 5 // as many as a member may send at once: 200 together
	killAfter     = 60
)

func burstID(i int) string   { return fmt.Sprintf("message-%d", i) }
func burstBody(i int) string { return fmt.Sprintf("第 %d 问：孩子看病钱不够怎么办", i) }

func TestEveryAcknowledgedMessageSurvivesKillNine(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and starts the program")
	}
	t.Parallel()
	p := newProgram(t)
	p.start()
	bursts := make([]*burst, burstVisitors)
	for i := range bursts {
		bursts[i] = &burst{visitor: p.site().visit(), receipts: map[string]receiptData{}}
	}
	var acked atomic.Int64
	killed := make(chan struct{})
	kill := sync.OnceFunc(func() {
		if err := p.cmd.Process.Kill(); err != nil { // SIGKILL
			t.Error(err)
		}
		close(killed)
	})
	var group sync.WaitGroup
	for i, b := range bursts {
		for j := range burstMessages {
			group.Go(func() {
				receipt, ok := b.try(i%2 == 0, j)
				if !ok {
					return
				}
				b.mu.Lock()
				b.receipts[burstID(j)] = receipt
				b.mu.Unlock()
				if acked.Add(1) == killAfter {
					kill()
				}
			})
		}
	}
	group.Wait()
	<-killed
	_ = p.cmd.Wait()
	t.Logf("%d of %d messages were acknowledged before the kill", acked.Load(), burstVisitors*burstMessages)

	p.start()
	for _, b := range bursts {
		b.site = p.site()
		b.checkReceipts()
	}
	for _, b := range bursts { // what was not acknowledged is sent again, as a page does
		for j := range burstMessages {
			if _, ok := b.try(false, j); !ok {
				t.Errorf("%s was refused after the restart", burstID(j))
			}
		}
		b.checkReceipts()
		b.checkAnswers()
	}
	must(t, p.cmd.Process.Signal(os.Interrupt))
	must(t, p.cmd.Wait())
}

// builtProgram builds the program once for all tests of this package; TestMain removes it.
var builtProgram = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "xiaohe-program-")
	if err != nil {
		return "", err
	}
	buildDir = dir
	path := filepath.Join(dir, "xiaohe")
	out, err := exec.Command("go", "build", "-o", path, "xiaohe").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})

// buildDir is the folder of the program, empty until it is built.
var buildDir string

func TestMain(m *testing.M) {
	status := m.Run()
	if buildDir != "" {
		_ = os.RemoveAll(buildDir)
	}
	os.Exit(status)
}

func newProgram(t *testing.T) *program {
	t.Helper()
	path, err := builtProgram()
	must(t, err)
	// Not t.TempDir: PostgreSQL runs as another user when this is root, and must reach its directory.
	dir, err := os.MkdirTemp("", "xiaohe-crash-")
	must(t, err)
	must(t, os.Chmod(dir, 0o755))
	p := &program{t: t, binary: path, data: filepath.Join(dir, "postgres")}
	t.Cleanup(func() {
		if p.cmd != nil && p.cmd.ProcessState == nil {
			_ = p.cmd.Process.Signal(os.Interrupt)
			_ = p.cmd.Wait()
		}
		_ = os.RemoveAll(dir)
	})
	return p
}

func (p *program) site() *site {
	s := &site{t: p.t}
	s.Server = &httptest.Server{URL: p.url}
	return s
}

// try sends one message over a socket or HTTP; false where the program died before its receipt.
func (b *burst) try(socket bool, j int) (receiptData, bool) {
	return b.deliver(socket, sendData{ClientMsgID: burstID(j), Kind: "text", Body: burstBody(j)})
}

func (b *burst) deliver(socket bool, d sendData) (receiptData, bool) {
	if socket {
		return b.trySocket(d)
	}
	body, err := json.Marshal(d)
	must(b.t, err)
	r, err := http.NewRequest("POST", b.URL+"/v1/conv/"+b.conv+"/messages", strings.NewReader(string(body)))
	must(b.t, err)
	r.Header.Set("Authorization", "Bearer "+b.token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return receiptData{}, false
	}
	defer response.Body.Close()
	var receipt receiptData
	err = json.NewDecoder(response.Body).Decode(&receipt)
	return receipt, err == nil && response.StatusCode == http.StatusOK
}

func (b *burst) trySocket(d sendData) (receiptData, bool) {
	r, err := http.NewRequest("POST", b.URL+"/v1/ws-ticket", nil)
	must(b.t, err)
	r.Header.Set("Authorization", "Bearer "+b.token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return receiptData{}, false
	}
	defer response.Body.Close()
	var ticket ticketAnswer
	if json.NewDecoder(response.Body).Decode(&ticket) != nil {
		return receiptData{}, false
	}
	dialer := websocket.Dialer{Subprotocols: []string{subprotocol}}
	c, _, err := dialer.Dial(strings.Replace(b.URL, "http", "ws", 1)+"/v1/ws", http.Header{"Origin": {b.URL}})
	if err != nil {
		return receiptData{}, false
	}
	defer c.Close()
	_ = c.WriteJSON(outbound{V: 1, T: "hello", D: helloData{Ticket: ticket.Ticket, V: []int{1}}})
	_ = c.WriteJSON(outbound{V: 1, T: "msg.send", Conv: b.conv, D: d})
	_ = c.SetReadDeadline(time.Now().Add(hangs))
	for {
		var f frame
		if c.ReadJSON(&f) != nil {
			return receiptData{}, false
		}
		if f.T == "ack" {
			return f.receipt(), true
		}
	}
}

// stored reads the whole conversation.
func (b *burst) stored() []frame {
	b.t.Helper()
	var all struct {
		Events []frame `json:"events"`
	}
	b.do("GET", "/v1/conv/"+b.conv+"/messages", b.token, nil).into(b.t, &all)
	return all.Events
}

// checkReceipts checks that every acknowledged message is there once, where its receipt says, and nothing is missing
// in between.
func (b *burst) checkReceipts() {
	b.t.Helper()
	at := map[string]int64{}
	for i, f := range b.stored() {
		if f.Seq != int64(i+1) {
			b.t.Fatalf("place %d has seq %d", i+1, f.Seq)
		}
		if m := f.message(); m.Sender.Kind == "user" {
			if at[m.ClientMsgID] != 0 {
				b.t.Errorf("%s is there twice", m.ClientMsgID)
			}
			at[m.ClientMsgID] = f.Seq
		}
	}
	for id, receipt := range b.receipts {
		if at[id] != receipt.Seq {
			b.t.Errorf("%s was acknowledged as seq %d and is at %d", id, receipt.Seq, at[id])
		}
	}
}

// checkAnswers waits until every question has exactly one answer or notice, also those that the dead program owed.
func (b *burst) checkAnswers() {
	b.t.Helper()
	for {
		answers := map[int64]int{}
		for _, f := range b.stored() {
			if m := f.message(); m.Sender.Kind != "user" {
				var meta answerMeta
				must(b.t, json.Unmarshal(m.Meta, &meta))
				answers[meta.UserSeq]++
			}
		}
		for seq, n := range answers {
			if n != 1 {
				b.t.Fatalf("%d answers to seq %d", n, seq)
			}
		}
		if len(answers) == burstMessages {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// The program dies with messages of danger stored and perhaps not answered. After the restart each has one script and
// one ticket.
func TestDangerSurvivesKillNine(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and starts the program")
	}
	t.Parallel()
	const children = 12
	p := newProgram(t)
	p.start()
	visitors := make([]*burst, children)
	for i := range visitors {
		visitors[i] = &burst{visitor: p.site().visit(), receipts: map[string]receiptData{}}
	}
	var group sync.WaitGroup
	kill := sync.OnceFunc(func() { _ = p.cmd.Process.Kill() })
	for i, b := range visitors {
		group.Go(func() {
			if _, ok := b.deliver(i%2 == 0, sendData{ClientMsgID: burstID(0), Kind: "text", Body: beaten}); ok {
				kill()
			}
		})
	}
	group.Wait()
	_ = p.cmd.Wait()

	p.start()
	left := 0
	for _, b := range visitors {
		b.site = p.site()
		for n := len(b.stored()); n == 1 || n == 2; n = len(b.stored()) { // with the script and the notice of the ticket it is three
			time.Sleep(20 * time.Millisecond)
		}
		all := b.stored()
		if len(all) == 0 {
			continue // it died before it had the message, and has said so
		}
		left++
		var meta answerMeta
		must(t, json.Unmarshal(all[1].message().Meta, &meta))
		if len(all) != 3 || meta.Danger == nil || meta.Danger.Care || meta.UserSeq != 1 {
			t.Errorf("the child reads %d messages, the last with %s", len(all), all[len(all)-1].D)
		}
	}
	out, err := exec.Command(p.binary, "db", "tickets", "--json", "--data", p.data).Output()
	must(t, err)
	var tickets []struct {
		Conversation string `json:"conversation"`
		Priority     int    `json:"priority"`
	}
	must(t, json.Unmarshal(out, &tickets))
	seen := map[string]bool{}
	for _, ticket := range tickets {
		if seen[ticket.Conversation] || ticket.Priority != 0 {
			t.Errorf("a second or late ticket: %+v", ticket)
		}
		seen[ticket.Conversation] = true
	}
	if len(tickets) != left || left == 0 {
		t.Errorf("%d tickets for %d children", len(tickets), left)
	}
	must(t, p.cmd.Process.Signal(os.Interrupt))
	must(t, p.cmd.Wait())
}
