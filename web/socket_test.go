package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// hangs ends a read that will never be answered; nothing asserts on it.
const hangs = 30 * time.Second

// peer is a client's end of a socket.
type peer struct {
	t testing.TB
	*websocket.Conn
	conv string
}

// frame is what a peer reads.
type frame struct {
	T    string          `json:"t"`
	Conv string          `json:"conv"`
	Seq  int64           `json:"seq"`
	D    json.RawMessage `json:"d"`
}

func (f frame) message() (d messageData) { _ = json.Unmarshal(f.D, &d); return d }
func (f frame) nack() (d nackData)       { _ = json.Unmarshal(f.D, &d); return d }
func (f frame) receipt() (d receiptData) { _ = json.Unmarshal(f.D, &d); return d }
func (f frame) head() (d headData)       { _ = json.Unmarshal(f.D, &d); return d }
func (f frame) problem() (d errorData)   { _ = json.Unmarshal(f.D, &d); return d }

// raw opens a socket without hello.
func (s *site) raw() *peer {
	s.t.Helper()
	return s.dial(websocket.DefaultDialer)
}

func (s *site) dial(dialer *websocket.Dialer) *peer {
	s.t.Helper()
	c, err := dialWith(*dialer, s.URL)
	must(s.t, err)
	s.t.Cleanup(func() { c.Close() })
	return &peer{t: s.t, Conn: c}
}

// dialTo opens a socket as a page of ours does.
func dialTo(url string) (*websocket.Conn, error) {
	return dialWith(websocket.Dialer{HandshakeTimeout: 2 * hangs}, url)
}

func dialWith(dialer websocket.Dialer, url string) (*websocket.Conn, error) {
	dialer.Subprotocols = []string{subprotocol}
	c, _, err := dialer.Dial(strings.Replace(url, "http", "ws", 1)+"/v1/ws", http.Header{"Origin": {url}})
	return c, err
}

// connect opens a socket that has said hello and resumes its conversation after a seq.
func (v *visitor) connect(after int64) *peer {
	v.t.Helper()
	p := v.raw()
	p.hello(v, after)
	return p
}

func (p *peer) hello(v *visitor, after int64) {
	p.t.Helper()
	p.conv = v.conv
	p.say("hello", "", helloData{Ticket: v.ticket(), V: []int{1}, Resume: []resumeData{{Conv: v.conv, AfterSeq: after}}})
	p.until("welcome")
}

func (p *peer) say(kind, conv string, d any) {
	p.t.Helper()
	must(p.t, p.WriteJSON(outbound{V: 1, T: kind, Conv: conv, D: d}))
}

func (p *peer) send(id, body string) {
	p.t.Helper()
	p.say("msg.send", p.conv, sendData{ClientMsgID: id, Kind: "text", Body: body})
}

// next reads a frame.
func (p *peer) next() frame {
	p.t.Helper()
	must(p.t, p.SetReadDeadline(time.Now().Add(hangs)))
	_, data, err := p.ReadMessage()
	must(p.t, err)
	var f frame
	must(p.t, json.Unmarshal(data, &f))
	return f
}

// until reads up to a frame of a kind.
func (p *peer) until(kind string) frame {
	p.t.Helper()
	for {
		if f := p.next(); f.T == kind {
			return f
		}
	}
}

// closed reads until the server closes and returns the code.
func (p *peer) closed() int {
	p.t.Helper()
	must(p.t, p.SetReadDeadline(time.Now().Add(hangs)))
	for {
		_, _, err := p.ReadMessage()
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			return closed.Code
		}
		must(p.t, err)
	}
}

func TestAMessageIsStoredAcknowledgedFannedOutAndAnswered(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit()
	sender, other := v.connect(0), v.connect(0)
	sender.until("caught_up")
	other.until("caught_up")
	sender.send("message-1", testAsk)
	receipt := sender.until("ack").receipt()
	if receipt.Seq != 1 || receipt.ClientMsgID != "message-1" {
		t.Errorf("receipt is %+v", receipt)
	}
	question := other.until("msg")
	if question.Seq != 1 || question.message().Body != testAsk || question.message().Sender.Kind != "user" {
		t.Errorf("the other socket got %s", question.D)
	}
	var draft strings.Builder
	for {
		f := other.next()
		if f.T == "bot.delta" {
			var d deltaData
			must(t, json.Unmarshal(f.D, &d))
			draft.WriteString(d.Text)
			continue
		}
		if f.T != "msg" {
			continue
		}
		m := f.message()
		var meta answerMeta
		must(t, json.Unmarshal(m.Meta, &meta))
		if f.Seq != 2 || !m.AI || m.Sender.Kind != "bot" || meta.Refused || len(meta.Citations) == 0 {
			t.Fatalf("the answer is seq %d %s", f.Seq, f.D)
		}
		if draft.String() != plain(m.Body) {
			t.Errorf("streamed %q, then stored %q", draft.String(), m.Body)
		}
		c := meta.Citations[0]
		if c.Document != testTitle || c.Clause != "第三条" || c.Card || !strings.HasPrefix(c.Link, "/documents/") {
			t.Errorf("the citation is %+v", c)
		}
		if !strings.Contains(meta.HTML, `<a class="mark" href="/documents/`) {
			t.Errorf("no mark leads to the clause: %s", meta.HTML)
		}
		return
	}
}

func TestARetryGetsTheSameReceiptAndOtherWordsAConflict(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit()
	p := v.connect(0)
	p.send("message-1", "一样的话")
	first := p.until("ack").receipt()
	p.send("message-1", "一样的话")
	if second := p.until("ack").receipt(); second != first {
		t.Errorf("receipts are %+v and %+v", first, second)
	}
	p.send("message-1", "别的话")
	if nack := p.until("nack").nack(); nack.Code != codeConflict || nack.ClientMsgID != "message-1" {
		t.Errorf("nack is %+v", nack)
	}
	over := v.do("POST", "/v1/conv/"+v.conv+"/messages", v.token, sendData{ClientMsgID: "message-1", Body: "一样的话"})
	var receipt receiptData
	over.into(t, &receipt)
	if over.Status != http.StatusOK || receipt != first {
		t.Errorf("over HTTP: %d %+v", over.Status, receipt)
	}
	if r := v.do("POST", "/v1/conv/"+v.conv+"/messages", v.token, sendData{ClientMsgID: "message-1", Body: "又别的"}); r.Status != http.StatusConflict {
		t.Errorf("a conflict over HTTP is %d", r.Status)
	}
}

func TestBadMessagesAreRefusedInChineseAndStoreNothing(t *testing.T) {
	t.Parallel()
	v := newSite(t, func(o *Options) { o.Limits.MessagesShort, o.Limits.Frame = 100, 200<<10 }).visit()
	p := v.connect(0)
	for _, c := range []struct{ name, id, kind, body, code, says string }{
		{"empty", "message-1", "text", " \n　", codeInvalid, "请先写下"},
		{"too long", "message-2", "text", strings.Repeat("字", 20_000), codeTooLarge, "4000"},
		{"binary", "message-3", "text", "\x00\x01\x02\x7f", codeInvalid, "不是文字"},
		{"a picture", "message-4", "image", "x", codeInvalid, "文字"},
		{"a short id", "m", "text", "问", codeInvalid, "刷新"},
		{"an id with blanks", "message 5", "text", "问", codeInvalid, "刷新"},
		{"no id", "", "text", "问", codeInvalid, "刷新"},
	} {
		p.say("msg.send", v.conv, sendData{ClientMsgID: c.id, Kind: c.kind, Body: c.body})
		nack := p.until("nack").nack()
		if nack.Code != c.code || !strings.Contains(nack.Message, c.says) || nack.ClientMsgID != c.id {
			t.Errorf("%s: %+v", c.name, nack)
		}
	}
	p.say("msg.send", "00000000-0000-7000-8000-000000000001", sendData{ClientMsgID: "message-6", Body: "问"})
	if nack := p.until("nack").nack(); nack.Code != codeForbidden {
		t.Errorf("a foreign conversation: %+v", nack)
	}
	heads, err := v.store.Heads(t.Context(), nil)
	must(t, err)
	if n := heads[v.id()]; n != 0 {
		t.Errorf("%d messages were stored", n)
	}
	p.send("message-9", "还在吗")
	p.until("ack")
}

func TestResumeSendsWhatWasMissedInOrder(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit()
	fill(v, 40)
	p := v.connect(15)
	for want := int64(16); want <= 40; want++ {
		if f := p.until("msg"); f.Seq != want {
			t.Fatalf("seq %d came, want %d", f.Seq, want)
		}
	}
	if head := p.until("caught_up").head(); head.HeadSeq != 40 || head.Conv != v.conv {
		t.Errorf("caught up at %+v", head)
	}
	p.send("message-x", "新的")
	if f := p.until("msg"); f.Seq != 41 {
		t.Errorf("after the replay came seq %d", f.Seq)
	}
}

func TestALongAbsenceIsAResetAndNeverAReplayWithAHole(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit()
	fill(v, 501)
	p := v.connect(0)
	for {
		f := p.next()
		if f.T == "msg" || f.T == "caught_up" {
			t.Fatalf("%s came before the reset", f.T)
		}
		if f.T == "reset" {
			if f.head().HeadSeq != 501 {
				t.Errorf("reset is %+v", f.head())
			}
			break
		}
	}
	var snapshot struct {
		Events  []frame `json:"events"`
		HeadSeq int64   `json:"head_seq"`
	}
	v.do("GET", "/v1/conv/"+v.conv+"/messages?limit=50", v.token, nil).into(t, &snapshot)
	if len(snapshot.Events) != 50 || snapshot.HeadSeq != 501 || snapshot.Events[49].Seq != 501 {
		t.Errorf("the snapshot has %d up to %d", len(snapshot.Events), snapshot.HeadSeq)
	}
	p.say("sub", v.conv, resumeData{AfterSeq: snapshot.HeadSeq})
	if head := p.until("caught_up").head(); head.HeadSeq != 501 {
		t.Errorf("caught up at %+v", head)
	}
	q := v.connect(1) // 500 are replayed
	for want := int64(2); want <= 501; want++ {
		if f := q.until("msg"); f.Seq != want {
			t.Fatalf("seq %d came, want %d", f.Seq, want)
		}
	}
}

// fill stores n messages without an assistant.
func fill(v *visitor, n int) {
	v.t.Helper()
	_, err := v.pool.Exec(v.t.Context(), `
		WITH c AS (UPDATE conversations SET last_seq = $2 WHERE id = $1 RETURNING opener_id)
		INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, ai_generated)
		SELECT $1, n, gen_random_uuid(), 'user', opener_id, 'filled-' || n, 'text', '第' || n || '句', false FROM c, generate_series(1, $2) n`, v.conv, n)
	must(v.t, err)
}

func TestBadBeginningsCloseTheSocket(t *testing.T) {
	t.Parallel()
	v := newSite(t, func(o *Options) { o.Limits.HelloWithin = 300 * time.Millisecond }).visit()
	used := v.ticket()
	must(t, func() error { _, err := v.store.RedeemTicket(t.Context(), used); return err }())
	for _, c := range []struct {
		name string
		kind int
		data string
		code int
	}{
		{"no JSON", websocket.TextMessage, `hello`, closeHello},
		{"an array", websocket.TextMessage, `[1,2]`, closeHello},
		{"another frame first", websocket.TextMessage, `{"v":1,"t":"msg.send","d":{}}`, closeHello},
		{"another version", websocket.TextMessage, `{"v":2,"t":"hello","d":{"ticket":"x","v":[2]}}`, closeHello},
		{"a wrong type", websocket.TextMessage, `{"v":1,"t":"hello","d":{"ticket":7,"v":[1]}}`, closeHello},
		{"an unknown ticket", websocket.TextMessage, `{"v":1,"t":"hello","d":{"ticket":"x","v":[1]}}`, closeAuth},
		{"a used ticket", websocket.TextMessage, `{"v":1,"t":"hello","d":{"ticket":"` + used + `","v":[1]}}`, closeAuth},
		{"binary", websocket.BinaryMessage, `{"v":1,"t":"hello"}`, websocket.CloseUnsupportedData},
		{"over 4 KiB", websocket.TextMessage, strings.Repeat(" ", 5000), websocket.CloseMessageTooBig},
		{"silence", 0, "", closeHello},
	} {
		p := v.raw()
		if c.kind != 0 {
			must(t, p.WriteMessage(c.kind, []byte(c.data)))
		}
		if code := p.closed(); code != c.code {
			t.Errorf("%s: closed with %d, want %d", c.name, code, c.code)
		}
	}
}

func TestBadFramesAfterHello(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit()
	p := v.connect(0)
	for _, data := range []string{`{`, `[]`, `"x"`, `{"t":""}`, `{"t":"sub","d":7}`, `{"t":"ack","d":{"upto":"x"}}`, `{"t":"msg.send","d":[]}`, `{"t":"ping","d":{"n":1}} trailing`, "\xff\xfe"} {
		must(t, p.WriteMessage(websocket.TextMessage, []byte(data)))
		if e := p.until("error").problem(); e.Code != codeMalformed || e.Fatal {
			t.Errorf("%s: %+v", data, e)
		}
	}
	p.say("dance", v.conv, struct{}{})
	p.say("typing", v.conv, struct{}{})
	p.say("ping", "", pingData{N: 7})
	p.until("pong")

	p = v.connect(0)
	must(t, p.WriteMessage(websocket.TextMessage, []byte(strings.Repeat("x", 17<<10))))
	if code := p.closed(); code != websocket.CloseMessageTooBig {
		t.Errorf("an oversized frame closes with %d", code)
	}
	p = v.connect(0)
	must(t, p.WriteMessage(websocket.BinaryMessage, []byte{1, 2, 3}))
	if code := p.closed(); code != websocket.CloseUnsupportedData {
		t.Errorf("a binary frame closes with %d", code)
	}
	p = v.connect(0)
	p.send("message-1", "服务器还在吗")
	p.until("ack")
}

func TestASocketEndsWithItsSession(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit()
	p := v.connect(0)
	if r := v.do("DELETE", "/api/v1/session", v.token, nil); r.Status != http.StatusNoContent {
		t.Fatalf("status %d", r.Status)
	}
	if code := p.closed(); code != closeAuth {
		t.Errorf("closed with %d", code)
	}
	w := v.site.visit()
	q := w.connect(0)
	w.now.advance(13 * time.Hour)
	q.say("ping", "", pingData{N: 1})
	if code := q.closed(); code != closeAuth {
		t.Errorf("an expired session closes with %d", code)
	}
}

func TestHeadsInPongAndMarks(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit()
	p := v.connect(0)
	p.until("caught_up")
	p.send("message-1", "问一句")
	for p.until("msg").Seq != 2 { // the answer
	}
	p.say("ping", "", pingData{N: 42})
	var pong pongData
	must(t, json.Unmarshal(p.until("pong").D, &pong))
	if pong.N != 42 || pong.Heads[v.conv] != 2 {
		t.Errorf("pong is %+v", pong)
	}
	p.say("ack", v.conv, ackData{Upto: 2, Read: true})
	p.say("ping", "", pingData{N: 43})
	p.until("pong")
	var delivered, read int
	must(t, v.pool.QueryRow(t.Context(), `SELECT delivered_seq, read_seq FROM participants`).Scan(&delivered, &read))
	if delivered != 2 || read != 2 {
		t.Errorf("delivered %d, read %d", delivered, read)
	}
}
