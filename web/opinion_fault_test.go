package web

import (
	"context"
	"testing"
	"time"

	"xiaohe/assistant"
	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
)

// Whatever goes wrong with the model, the answer is there, and what the rules found stands.
func TestAModelThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]llmtest.Reply{
		"never answers":   llmtest.Hang(),
		"server error":    llmtest.Status(500),
		"slow drip":       llmtest.Drip(opinion(4, "秘密"), 1, time.Second),
		"half an answer":  llmtest.Half(opinion(4, "秘密"), 20),
		"endless":         llmtest.Endless("危险"),
		"too many calls":  llmtest.Busy(60),
		"another's page":  llmtest.Page(),
		"nothing at all":  {},
		"a number":        llmtest.Say("4"),
		"several answers": llmtest.Say(opinion(4, "秘密") + opinion(0, "秘密")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			double := llmtest.New(t)
			double.Say(llm.Opinion, reply)
			b := newBureau(t, unhurried, withOpinions(double, func(o *llm.Options) {
				o.Limits = map[llm.Job]llm.Limit{llm.Opinion: {Whole: 300 * time.Millisecond}}
			}))
			quiet, grave := b.visit(), b.visit()
			if m, meta := quiet.connect(0).tell("message-1", secretly); meta.Danger != nil || meta.Triage != "L0" {
				t.Errorf("it says %s", m.Meta)
			}
			if m, meta := grave.connect(0).tell("message-1", beaten); meta.Danger == nil || meta.Triage != "L4" {
				t.Errorf("it says %s", m.Meta)
			}
			b.heard(2)
			b.says("no_answer no_answer", `SELECT string_agg(outcome, ' ') FROM opinions WHERE raised_to IS NULL AND level IS NULL`)
			b.says("0 4", `SELECT string_agg(level::text, ' ' ORDER BY level) FROM assessments`)
			b.says("2", `SELECT count(*) FROM messages WHERE sender_kind = 'bot'`)
			b.says("1", `SELECT count(*) FROM tickets`)
			checkInvariants(t, b.pool)
		})
	}
}

// A turn that was given up is read for danger, and asked about.
func TestAnOpinionOnATurnThatWasGivenUp(t *testing.T) {
	t.Parallel()
	double := llmtest.New(t)
	double.Say(llm.Opinion, llmtest.Say(opinion(4, "他说这是秘密")))
	b := newBureau(t, unhurried, withOpinions(double))
	b.web.assistant = failing{b.web.assistant}
	p := b.visit().connect(0)
	p.send("message-1", secretly)
	b.heard(1)
	b.says("1", `SELECT count(*) FROM messages WHERE sender_kind = 'bot' AND meta ? 'danger'`)
	b.says("P0 model", `SELECT 'P' || priority || ' ' || origin FROM tickets`)
	checkInvariants(t, b.pool)
}

// failing is an assistant that finds no answers.
type failing struct{ turner }

func (f failing) Turn(ctx context.Context, conv assistant.Conversation, text string) (assistant.Turn, error) {
	return assistant.Turn{}, context.DeadlineExceeded
}

// A server that drains has its opinions still taken in.
func TestAnOpinionIsTakenInWhileTheServerDrains(t *testing.T) {
	t.Parallel()
	double, gate := llmtest.New(t), make(chan struct{})
	reply := llmtest.Say(opinion(3, "他说这是秘密"))
	reply.Gate = gate
	double.Say(llm.Opinion, reply)
	b := newBureau(t, unhurried, withOpinions(double))
	b.visit().connect(0).tell("message-1", secretly)
	down := make(chan error, 1)
	go func() { down <- b.web.Shutdown(context.Background()) }()
	<-b.web.quit
	close(gate)
	must(t, <-down)
	b.says("3 true", `SELECT raised_to || ' ' || late::text FROM opinions`)
	b.says("1", `SELECT count(*) FROM messages WHERE sender_kind = 'bot' AND meta ? 'danger'`)
}

// A program that dies while it waits for an opinion loses nothing that it has promised: what the rules found is stored
// with the answer, and the next program does not ask again.
func TestAnOpinionThatDiedWithItsProgramIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	double := llmtest.New(t)
	double.Say(llm.Opinion, llmtest.Hang())
	var options Options
	b := newBureau(t, unhurried, withOpinions(double), func(o *Options) { options = *o })
	b.visit().connect(0).tell("message-1", beaten)
	b.says("4 0 1", `SELECT concat_ws(' ', (SELECT level FROM assessments), (SELECT count(*) FROM opinions), (SELECT count(*) FROM tickets))`)
	next := New(options) // the one that died tells nobody
	b.settled()
	must(t, next.Shutdown(context.Background()))
	if n := len(double.Requests(llm.Opinion)); n != 1 {
		t.Errorf("asked %d times", n)
	}
	b.says("1", `SELECT count(*) FROM messages WHERE sender_kind = 'bot'`)
}
