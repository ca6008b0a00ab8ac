package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/assistant/audit"
	"xiaohe/database/dbtest"
	"xiaohe/database/secret"
	"xiaohe/knowledge"
)

// vendor is a stand-in for the services behind the channels. It checks what it gets as their documents say, with code
// of its own, and answers as they do.
type vendor struct {
	*httptest.Server
	mu     sync.Mutex
	got    []received
	asked  int                            // requests, also those that were refused
	answer func(http.ResponseWriter) bool // true: it has answered in place of the service
	clock  func() time.Time
}

// received is a message that the vendor has taken.
type received struct {
	channel string
	text    string // of a robot
	body    []byte
	header  http.Header
	query   string
}

const (
	dingTalkSecret = "SEC0123456789abcdef"
	feishuSecret   = "feishu-secret-0123456789"
	webhookSecret  = "webhook-secret-0123456789"
)

func newVendor(t testing.TB) *vendor {
	t.Helper()
	v := &vendor{clock: time.Now}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /robot/send", v.service(v.dingTalk))
	mux.HandleFunc("POST /open-apis/bot/v2/hook/{token}", v.service(v.feishu))
	mux.HandleFunc("POST /cgi-bin/webhook/send", v.service(v.weCom))
	mux.HandleFunc("POST /hook", v.service(v.webhook))
	v.Server = httptest.NewTLSServer(mux)
	t.Cleanup(v.Close)
	return v
}

// behave makes the vendor answer in another way; nil is the usual one.
func (v *vendor) behave(answer func(http.ResponseWriter) bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.answer = answer
}

func (v *vendor) service(read func(*http.Request, []byte) (received, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		v.mu.Lock()
		v.asked++
		answer := v.answer
		v.mu.Unlock()
		w.Header().Set("Date", v.clock().UTC().Format(http.TimeFormat))
		if answer != nil && answer(w) {
			return
		}
		got, complaint := read(r, body)
		if complaint == "" {
			got.body, got.header, got.query = body, r.Header, r.URL.RawQuery
			v.mu.Lock()
			v.got = append(v.got, got)
			v.mu.Unlock()
		}
		v.reply(w, got.channel, complaint)
	}
}

func (v *vendor) reply(w http.ResponseWriter, channel, complaint string) {
	switch {
	case channel == Webhook && complaint != "":
		w.WriteHeader(http.StatusUnauthorized)
	case channel == Webhook:
		w.WriteHeader(http.StatusNoContent)
	case channel == Feishu && complaint != "":
		fmt.Fprint(w, `{"code":19021,"data":{},"msg":"sign match fail or timestamp is not within one hour from current time"}`)
	case channel == Feishu:
		fmt.Fprint(w, `{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}`)
	case complaint != "":
		fmt.Fprintf(w, `{"errcode":310000,"errmsg":%q}`, complaint)
	default:
		fmt.Fprint(w, `{"errcode":0,"errmsg":"ok"}`)
	}
}

func (v *vendor) late(unit time.Duration, text string, limit time.Duration) bool {
	n, err := strconv.ParseInt(text, 10, 64)
	return err != nil || v.clock().Sub(time.Unix(0, n*int64(unit))).Abs() > limit
}

func base64MAC(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = io.WriteString(mac, text)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (v *vendor) dingTalk(r *http.Request, body []byte) (received, string) {
	var m struct {
		Type string `json:"msgtype"`
		Text struct {
			Content string `json:"content"`
		} `json:"text"`
	}
	query := r.URL.Query()
	got := received{channel: DingTalk}
	switch {
	case query.Get("access_token") != "token-of-dingtalk":
		return got, "no robot"
	case query.Get("sign") != base64MAC(dingTalkSecret, query.Get("timestamp")+"\n"+dingTalkSecret):
		return got, "sign not match"
	case v.late(time.Millisecond, query.Get("timestamp"), time.Hour):
		return got, "invalid timestamp"
	case json.Unmarshal(body, &m) != nil || m.Type != "text":
		return got, "bad message"
	}
	got.text = m.Text.Content
	return got, ""
}

func (v *vendor) feishu(r *http.Request, body []byte) (received, string) {
	var m struct {
		Timestamp string `json:"timestamp"`
		Sign      string `json:"sign"`
		Type      string `json:"msg_type"`
		Content   struct {
			Text string `json:"text"`
		} `json:"content"`
	}
	got := received{channel: Feishu}
	if json.Unmarshal(body, &m) != nil || m.Type != "text" || r.PathValue("token") != "token-of-feishu" {
		return got, "bad message"
	}
	if m.Sign != base64MAC(m.Timestamp+"\n"+feishuSecret, "") || v.late(time.Second, m.Timestamp, time.Hour) {
		return got, "sign"
	}
	got.text = m.Content.Text
	return got, ""
}

func (v *vendor) weCom(r *http.Request, body []byte) (received, string) {
	var m struct {
		Type string `json:"msgtype"`
		Text struct {
			Content string `json:"content"`
		} `json:"text"`
	}
	got := received{channel: WeCom}
	if json.Unmarshal(body, &m) != nil || m.Type != "text" || r.URL.Query().Get("key") != "key-of-wecom" || len(m.Text.Content) > 2048 {
		return got, "bad message"
	}
	got.text = m.Text.Content
	return got, ""
}

func (v *vendor) webhook(r *http.Request, body []byte) (received, string) {
	at := r.Header.Get("X-Xiaohe-Timestamp")
	mac := hmac.New(sha256.New, []byte(webhookSecret))
	fmt.Fprintf(mac, "%s.%s", at, body)
	got := received{channel: Webhook}
	if r.Header.Get("X-Xiaohe-Signature") != hex.EncodeToString(mac.Sum(nil)) || v.late(time.Second, at, 5*time.Minute) {
		return got, "signature"
	}
	return got, ""
}

func (v *vendor) messages(channel string) (of []received) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, m := range v.got {
		if m.channel == channel {
			of = append(of, m)
		}
	}
	return of
}

func (v *vendor) requests() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked
}

func (v *vendor) address(channel string) (url, secret string) {
	switch channel {
	case DingTalk:
		return v.URL + "/robot/send?access_token=token-of-dingtalk", dingTalkSecret
	case Feishu:
		return v.URL + "/open-apis/bot/v2/hook/token-of-feishu", feishuSecret
	case WeCom:
		return v.URL + "/cgi-bin/webhook/send?key=key-of-wecom", ""
	}
	return v.URL + "/hook", webhookSecret
}

// world is a database with robots and tickets.
type world struct {
	t     testing.TB
	pool  *pgxpool.Pool
	box   *secret.Box
	roots *x509.CertPool
	next  int
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func newWorld(t testing.TB) *world {
	t.Helper()
	box, err := secret.New(secret.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, pool: dbtest.New(t), box: box, roots: x509.NewCertPool()}
	if err := knowledge.NewStore(w.pool, time.Now).LoadRegions(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// deliverer returns a node that trusts the vendors that have a target.
func (w *world) deliverer(change ...func(*Options)) *Deliverer {
	o := Options{DB: w.pool, Box: w.box, Base: "https://xiaohe.example.cn/", AllowPrivate: loopback, Roots: w.roots}
	for _, c := range change {
		c(&o)
	}
	return New(o)
}

// target registers a vendor's channel for a region.
func (w *world) target(v *vendor, name, channel, prefix string) uuid.UUID {
	w.t.Helper()
	url, key := v.address(channel)
	w.roots.AddCert(v.Certificate())
	id, err := NewTargets(w.pool, w.box).Add(w.t.Context(), audit.System,
		NewTarget{Name: name, Channel: channel, Prefix: prefix, Audience: Audiences, URL: url, Secret: key})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.pool.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func ask[T any](w *world, sql string, args ...any) (value T) {
	w.t.Helper()
	if err := w.pool.QueryRow(w.t.Context(), sql, args...).Scan(&value); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return value
}

// ticket opens a ticket in 西湖区 that has waited for two minutes and whose first rung has fired.
func (w *world) ticket(priority int) uuid.UUID {
	w.t.Helper()
	w.next++
	conv, id := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	w.exec(`INSERT INTO conversations (id, site_id, opener_id, region_code, channel) VALUES ($1, 'self', $1, '330106000000', 'widget')`, conv)
	w.exec(`INSERT INTO tickets (id, no, conversation_id, state, priority, queue_rank, reason_code, origin, region_code, route_prefix, enqueued_at, due_at,
			next_rung, next_rung_at)
		VALUES ($1, $2, $3, 'queued', $4, $4, 'danger.suicide', 'rule', '330106000000', '3301', now() - interval '125 s', now(), 1, now() + interval '1 h')`,
		id, fmt.Sprintf("20261122-%06d", w.next), conv, priority)
	return id
}

// call writes the row of a rung for a target.
func (w *world) call(ticket uuid.UUID, rung int, target uuid.UUID) uuid.UUID {
	w.t.Helper()
	id := uuid.Must(uuid.NewV7())
	w.exec(`INSERT INTO notifications (id, dedupe_key, ticket_id, rung, target, template, params, channel)
		SELECT $1, $2::uuid || ':0.' || $3::int || ':' || channel || ':' || id, $2, $3, id::text, 'rung', '{}', channel FROM notify_targets WHERE id = $4`,
		id, ticket, rung, target)
	return id
}

// deliver sends what is due and can be sent now, and returns when all of it was tried.
func (w *world) deliver(d *Deliverer) {
	w.t.Helper()
	for {
		var all sync.WaitGroup
		err := d.start(w.t.Context(), &all)
		all.Wait()
		if err != nil {
			w.t.Fatal(err)
		}
		select {
		case <-d.wake: // a second channel has got something
		default:
			return
		}
	}
}

// pass lets time go by: everything that is written down happened so much earlier.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.exec(`UPDATE notifications SET next_at = next_at - $1::interval, lease_until = lease_until - $1::interval, created_at = created_at - $1::interval,
		sent_at = sent_at - $1::interval`, d)
	w.exec(`UPDATE notify_targets SET sends = ARRAY(SELECT s - $1::interval FROM unnest(sends) s), digest_at = digest_at - $1::interval,
		paused_until = paused_until - $1::interval, throttled_until = throttled_until - $1::interval`, d)
	w.exec(`UPDATE tickets SET enqueued_at = enqueued_at - $1::interval, next_rung_at = next_rung_at - $1::interval`, d)
}

func (w *world) states() (of map[string]int) {
	w.t.Helper()
	of = map[string]int{}
	rows, err := w.pool.Query(w.t.Context(), `SELECT state, count(*) FROM notifications GROUP BY state`)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			w.t.Fatal(err)
		}
		of[state] = n
	}
	return of
}

func status(code int, body string) func(http.ResponseWriter) bool {
	return func(w http.ResponseWriter) bool {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
		return true
	}
}

func contains(t testing.TB, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not in %q", w, text)
		}
	}
}
