package web

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
	"xiaohe/assistant/handoff"
)

// talk says one thing after the other; each is dealt with before the next.
func (v *visitor) talk(texts ...string) {
	v.t.Helper()
	for _, text := range texts {
		v.tell(rand.Text(), text)
	}
}

// said maps the seqs of a family's messages to their words.
func (v *visitor) said() map[int64]string {
	v.t.Helper()
	all, err := v.store.Since(v.t.Context(), v.id(), 0, 500)
	must(v.t, err)
	words := map[int64]string{}
	for _, m := range all {
		words[m.Seq] = m.Body
	}
	return words
}

// ticketOf is the ticket of a conversation.
func (b *bureau) ticketOf(v *visitor) uuid.UUID {
	b.t.Helper()
	return uuid.MustParse(b.one(`SELECT id FROM tickets WHERE conversation_id = $1 ORDER BY enqueued_at DESC LIMIT 1`, v.id()))
}

func TestTheOwnerSeesWhatIsKnownOfAFamily(t *testing.T) {
	t.Parallel()
	b := newBureau(t, unhurried)
	wang := b.hire("王老师", account.Worker, xihuPrefix)
	v := b.household(xihuCode)
	v.talk("我孙子八岁，他爸坐牢判了三年，他妈跑了没音信，能领什么补助", "杭州西湖区的户口", "昨天他叔叔用皮带打他，打得浑身是伤，他说不想活了")
	id := b.ticketOf(v)
	wang.claim(id)
	d, said := wang.detail(id), v.said()
	if len(d.Evidence) == 0 || len(d.Assessments) == 0 || len(d.Flags) == 0 || d.GuardianNotice == "none" {
		t.Errorf("of danger: %+v %+v %v %s", d.Evidence, d.Assessments, d.Flags, d.GuardianNotice)
	}
	for _, e := range d.Evidence {
		if e.Quote != "" && utf16Cut(said[e.Seq], e.From, e.To) != e.Quote {
			t.Errorf("evidence %q is not what stands at %d–%d of message %d", e.Quote, e.From, e.To, e.Seq)
		}
	}
	checkFacts(t, d.Facts, said)
	if len(d.Benefits) == 0 || !slices.ContainsFunc(d.Benefits, func(x caseBenefit) bool { return len(x.Missing) > 0 && len(x.Sources) > 0 }) {
		t.Errorf("benefits: %+v", d.Benefits)
	}
	if n := len(d.Summary.Draft); n < 5 || n > 10 {
		t.Errorf("the draft has %d sentences", n)
	}
	for _, s := range d.Summary.Draft {
		for _, q := range s.Quotes {
			if !strings.Contains(said[q.Seq], q.Text) || q.Text == "" {
				t.Errorf("%q quotes %q, which is not in message %d", s.Text, q.Text, q.Seq)
			}
		}
		t.Log(s.Text, s.Seqs)
	}
	if len(d.Events) < 2 || d.Events[0].Event != "ticket.opened" {
		t.Errorf("events: %+v", d.Events)
	}
}

func checkFacts(t *testing.T, facts []caseFact, said map[int64]string) {
	t.Helper()
	find := func(name string) caseFact {
		i := slices.IndexFunc(facts, func(f caseFact) bool { return f.Fact == name })
		if i < 0 {
			t.Errorf("nothing is known of %s: %+v", name, facts)
			return caseFact{}
		}
		return facts[i]
	}
	for name, value := range map[string]string{"孩子.年龄": "8 岁", "父亲.情形": "坐牢", "孩子.户籍地": "西湖"} {
		f := find(name)
		if !strings.Contains(f.Value, value) || f.Label == "" || !strings.Contains(said[f.Seq], f.Quote) {
			t.Errorf("%s: %+v, told in %q", name, f, said[f.Seq])
		}
	}
	if age, home := find("孩子.年龄"), find("孩子.户籍地"); age.Seq != 1 || home.Seq <= age.Seq {
		t.Errorf("told in %d and %d", age.Seq, home.Seq)
	}
}

// utf16Cut cuts a text as a browser does.
func utf16Cut(text string, from, to int) string {
	units := []rune{}
	at := 0
	for _, r := range text {
		if at >= from && at < to {
			units = append(units, r)
		}
		at++
		if r > 0xffff {
			at++
		}
	}
	return string(units)
}

func TestColleaguesWhoLookAtTheCaseAreShown(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang, lead := b.hire("王老师", account.Worker, xihuPrefix), b.hire("赵督导", account.Supervisor, xihuPrefix)
	gone, elsewhere := b.hire("走了的人", account.Supervisor, xihuPrefix), b.hire("看别的人", account.Supervisor, xihuPrefix)
	opened := b.family(xihuCode, 2, "没人管我")
	wang.claim(opened.ID)
	for _, p := range []struct {
		who       *clerk
		viewing   uuid.UUID
		composing bool
		beat      string
	}{{wang, opened.Conversation, true, "0"}, {lead, opened.Conversation, false, "0"}, {lead, opened.Conversation, true, "10 s"},
		{gone, opened.Conversation, true, "46 s"}, {elsewhere, uuid.New(), true, "0"}} {
		b.exec(`INSERT INTO presence (worker_id, conn_id, node, status, viewing, composing, beat_at) VALUES ($1, gen_random_uuid(), 'n', 'online', $2, $3, now() - $4::interval)`,
			p.who.id, p.viewing, p.composing, p.beat)
	}
	if d := wang.detail(opened.ID); !slices.Equal(d.Viewers, []watcherData{{"赵督导", true}}) {
		t.Errorf("viewers: %+v", d.Viewers)
	}
}

// A case that an older program has stored, or rules that are gone, must not stand between a worker and a child.
func TestATicketIsShownWhateverCannotBeRead(t *testing.T) {
	t.Parallel()
	b := newBureau(t, unhurried)
	wang := b.hire("王老师", account.Worker, xihuPrefix)
	v := b.household(xihuCode)
	v.talk("我孙子八岁，他爸坐牢判了三年，他妈跑了没音信，能领什么补助", "他说不想活了")
	b.exec(`UPDATE case_states SET state = '{"shared": 1}'`)
	b.exec(`UPDATE messages SET meta = meta || '{"case": [1]}' WHERE meta ? 'case'`)
	b.exec(`UPDATE assessments SET evidence = '{}'`)
	id := b.ticketOf(v)
	wang.claim(id)
	d := wang.detail(id)
	if d.Ticket.ID != id || len(d.Facts) != 0 || len(d.Benefits) != 0 || len(d.Assessments) == 0 || len(d.Summary.Draft) == 0 {
		t.Errorf("detail: %+v", d)
	}
	if logs := b.logs.String(); !strings.Contains(logs, "read a stored case") || !strings.Contains(logs, "read the card") || strings.Contains(logs, "孙子") {
		t.Error("the log does not tell what could not be read, or tells too much")
	}
}

func TestOnlyTheOwnerReadsThePhoneAndEarlierTickets(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang, lead := b.hire("王老师", account.Worker, xihuPrefix), b.hire("赵督导", account.Supervisor, xihuPrefix)
	opened := b.family(xihuCode, 2, "低保被退回来了")
	wang.claim(opened.ID)
	b.web.handoff.UseBox(rot{})
	opener := uuid.MustParse(b.one(`SELECT opener_id FROM conversations`))
	must(t, b.web.handoff.RequestCallback(t.Context(), auditActor(opener), opened.Conversation, handoff.Callback{
		Phone: phone, Contact: "phone", SafeToCall: "yes", CallerSays: "person_name_only"}))
	if d := wang.detail(opened.ID); d.Callback == nil || d.Callback.Phone != phone {
		t.Errorf("the owner reads %+v", d.Callback)
	}
	if n := b.one(`SELECT count(*) FROM audit_log WHERE actor_id = $1 AND action LIKE 'callback%' AND result = 'ok'`, wang.id); n == "0" {
		t.Error("nobody can see later that the number was read")
	}
	if d := lead.detail(opened.ID); d.Callback != nil && d.Callback.Phone != "" {
		t.Errorf("a supervisor reads %+v", d.Callback)
	}
	if strings.Contains(b.logs.String(), phone) {
		t.Error("the number is in the log")
	}
	held := wang.detail(opened.ID).Ticket
	wang.do(held, "close", fields{"outcome": "已答复", "summary": "说清楚了"})
	again := b.reopen(opened)
	wang.claim(again)
	if d := wang.detail(again); len(d.Earlier) != 1 || d.Earlier[0].ID != opened.ID {
		t.Errorf("earlier tickets: %+v", d.Earlier)
	}
	if d := lead.detail(again); len(d.Earlier) != 0 {
		t.Errorf("a supervisor reads earlier tickets: %+v", d.Earlier)
	}
}

// rot is a box that anybody can open.
type rot struct{}

func (rot) Seal(plain []byte) ([]byte, error)  { return turned(plain), nil }
func (rot) Open(sealed []byte) ([]byte, error) { return turned(sealed), nil }

func turned(data []byte) []byte {
	out := make([]byte, len(data))
	for i, b := range data {
		out[i] = ^b
	}
	return out
}

func auditActor(id uuid.UUID) audit.Actor { return audit.Actor{ID: id, Role: "user", Request: "test"} }

// reopen has the family of a ticket ask for a person again.
func (b *bureau) reopen(before handoff.Ticket) uuid.UUID {
	b.t.Helper()
	opener := uuid.MustParse(b.one(`SELECT opener_id FROM conversations WHERE id = $1`, before.Conversation))
	t, err := b.web.handoff.Ask(b.t.Context(), auditActor(opener), before.Conversation, "asked_for_person")
	must(b.t, err)
	return t.ID
}
