package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/assistant"
	"xiaohe/assistant/account"
	"xiaohe/assistant/apikey"
	"xiaohe/assistant/audit"
	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

// site is a server over a schema of its own, with one policy and one card.
type site struct {
	*httptest.Server
	t        testing.TB
	web      *Server
	pool     *pgxpool.Pool
	store    *conversation.Store
	document uuid.UUID // the policy
	now      *clock
	logs     *lockedBuffer
}

// clock is a time that a test moves by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// The clauses of the test's own policy. testBody puts filler before them, so that the cited one is off screen.
const (
	testTitle  = "关于海棠镇儿童雨伞补贴的办法"
	testClause = "第三条 监护人可以到海棠镇民政窗口申请雨伞补贴，每个孩子每年六十六元。申请时带户口本和身份证。"
	testAsk    = "海棠镇雨伞补贴去哪里申请"
)

func testPolicy() knowledge.Entry {
	var body strings.Builder
	body.WriteString("# " + testTitle + "\n\n")
	var passages []knowledge.Passage
	add := func(clause, text string) {
		from := len([]rune(body.String()))
		body.WriteString(text + "\n\n")
		passages = append(passages, knowledge.Passage{Clause: clause, Path: clause, Body: text, From: from, To: from + len([]rune(text))})
	}
	add("第一条", "第一条 为了让海棠镇的孩子在雨天上学不淋湿，制定本办法。"+strings.Repeat("学校和村居要把雨天路上的安全放在心上。", 40))
	add("第二条", "第二条 本办法所称儿童，是指海棠镇户籍的未成年人。"+strings.Repeat("户籍以公安机关登记的为准。", 60))
	add("第三条", testClause)
	body.WriteString("| 年龄 | 标准 |\n|---|---|\n| 六岁以下 | 六十六元 |\n\n- <script>alert(1)</script> 只是文字\n")
	add("第四条", "第四条 本办法自发布之日起施行。"+strings.Repeat("由海棠镇人民政府负责解释。", 60))
	sum := sha256.Sum256([]byte(body.String()))
	return knowledge.Entry{Passages: passages, Document: knowledge.Document{
		Kind: knowledge.KindPolicy, Title: testTitle, Issuer: "海棠镇人民政府", Number: "海政发〔2025〕1号", Region: "100000",
		Issued: "2025-03-01", Effective: "2025-04-01", Status: "现行有效", Source: "https://example.org/umbrella", File: "umbrella.md",
		SHA256: sum[:], Body: body.String(),
	}}
}

// siteDatabase has the regions, the test's own policy and the built-in rules.
var siteDatabase = dbtest.NewTemplate(func(ctx context.Context, pool *pgxpool.Pool) error {
	documents := knowledge.NewStore(pool, time.Now)
	if err := documents.LoadRegions(ctx); err != nil {
		return err
	}
	if _, err := documents.Put(ctx, testPolicy()); err != nil {
		return err
	}
	return documents.LoadRules(ctx)
})

// newSite starts a server; options may change what it gets.
func newSite(t testing.TB, options ...func(*Options)) *site {
	t.Helper()
	ctx := context.Background()
	s := &site{t: t, pool: siteDatabase.New(t), now: &clock{at: time.Now()}, logs: &lockedBuffer{}}
	documents := knowledge.NewStore(s.pool, s.now.Now)
	must(t, s.pool.QueryRow(ctx, `SELECT id FROM documents WHERE kind = 'policy'`).Scan(&s.document))
	var err error
	s.store, err = conversation.New(ctx, s.pool, s.now.Now)
	must(t, err)
	log := slog.New(slog.NewTextHandler(s.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	accounts, err := account.New(ctx, s.pool, s.now.Now)
	must(t, err)
	o := Options{
		Assistant: assistant.New(documents), Knowledge: documents, Conversations: s.store, Now: s.now.Now, Logger: log,
		Handoff: handoff.New(s.pool, log, nil), Accounts: accounts, Audit: audit.NewLog(s.pool, log),
		Keys: apikey.New(s.pool, s.now.Now),
	}
	for _, option := range options {
		option(&o)
	}
	s.web = New(o)
	s.Server = httptest.NewUnstartedServer(s.web.Handler())
	s.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateNew { // the system's own buffers would hide a slow reader for megabytes
			_ = c.(*net.TCPConn).SetWriteBuffer(16 << 10)
		}
	}
	s.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := s.web.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		s.Close()
	})
	return s
}

// unhurried lets a family say more than the limits allow.
func unhurried(o *Options) {
	o.Limits.MessagesShort, o.Limits.MessagesLong, o.Limits.Frames = 1000, 1000, 1000
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// reply to an HTTP request: status, and the JSON that came.
type reply struct {
	Status int
	Body   []byte
	Header http.Header
}

func (a reply) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		t.Fatalf("read %q: %v", a.Body, err)
	}
}

func (a reply) problem(t testing.TB) problem {
	t.Helper()
	var p problem
	a.into(t, &p)
	return p
}

// request asks for a path; body is sent as JSON unless it is nil or a string.
func (s *site) request(method, path string, header http.Header, body any) reply {
	s.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		data, err := json.Marshal(b)
		must(s.t, err)
		reader = bytes.NewReader(data)
	}
	r, err := http.NewRequest(method, s.URL+path, reader)
	must(s.t, err)
	r.Header = header
	response, err := http.DefaultClient.Do(r)
	must(s.t, err)
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	must(s.t, err)
	return reply{response.StatusCode, data, response.Header}
}

// do sends a request of a family's session; token may be empty.
func (s *site) do(method, path, token string, body any) reply {
	s.t.Helper()
	header := http.Header{}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return s.request(method, path, header, body)
}

// visitor is an anonymous session with a conversation.
type visitor struct {
	*site
	token string
	conv  string
}

func (s *site) visit() *visitor {
	s.t.Helper()
	var session sessionAnswer
	s.do("POST", "/api/v1/session", "", nil).into(s.t, &session)
	v := &visitor{site: s, token: session.Token}
	var c conversationAnswer
	s.do("POST", "/api/v1/conversations", v.token, conversationRequest{}).into(s.t, &c)
	v.conv = c.ID
	return v
}

func (v *visitor) id() uuid.UUID { return uuid.MustParse(v.conv) }

func (v *visitor) ticket() string {
	v.t.Helper()
	var a ticketAnswer
	v.do("POST", "/v1/ws-ticket", v.token, nil).into(v.t, &a)
	return a.Ticket
}

// settled waits until 小禾 has dealt with everything that was said.
func (s *site) settled() {
	s.t.Helper()
	for end := time.Now().Add(2 * hangs); s.one(`SELECT count(*) FROM bot_turns WHERE state = 'pending'`) != "0"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatal("the answer does not come")
		}
	}
}

// onlyTicket is the ticket of a site that has one.
func (s *site) onlyTicket() (t handoff.Ticket) {
	s.t.Helper()
	must(s.t, s.pool.QueryRow(context.Background(), `SELECT id, epoch, conversation_id FROM tickets`).Scan(&t.ID, &t.Epoch, &t.Conversation))
	return t
}
