package handoff_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"xiaohe/assistant/handoff"
)

func TestASummaryQuotesMessagesAndIsConfirmedByAPerson(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang, li, super := o.person("王老师", "worker", "330106"), o.person("李老师", "worker", "330106"), o.person("督导", "supervisor", "33")
	id, conv, _ := o.ticket(xihu, 1)
	o.claim(wang, id)
	ctx := t.Context()
	for name, wrong := range map[string]handoff.Note{
		"no messages": {Kind: "summary", Body: "一"}, "a message that is not there": {Kind: "summary", Body: "一", SourceSeqs: []int64{1, 99}},
		"no words": {Kind: "note", Body: " "}, "no kind": {Body: "一"}, "too long": {Kind: "note", Body: strings.Repeat("长", 6000)},
		"in place of nothing": {Kind: "note", Body: "一", Supersedes: &[]uuid.UUID{uuid.New()}[0]},
	} {
		_, err := o.store.AddNote(ctx, wang, id, wrong)
		o.refused(name, err, handoff.ErrInvalid)
	}
	summary, err := o.store.AddNote(ctx, wang, id, handoff.Note{Kind: "summary", Body: "孩子请人帮忙", SourceSeqs: []int64{1}, AI: true})
	o.must(err)
	if summary.AuthorName != "王老师" || summary.ConfirmedBy != nil || !summary.AI || summary.At.IsZero() {
		t.Errorf("%+v", summary)
	}
	_, err = o.store.AddNote(ctx, li, id, handoff.Note{Kind: "note", Body: "插一句"})
	o.refused("a colleague", err, handoff.ErrNotFound)
	whisper, err := o.store.AddNote(ctx, super, id, handoff.Note{Kind: "note", Body: "先问安全"})
	o.must(err)
	o.must(o.store.ConfirmNote(ctx, wang, summary.ID))
	o.refused("twice", o.store.ConfirmNote(ctx, wang, summary.ID), handoff.ErrRefused)
	o.refused("what is no summary", o.store.ConfirmNote(ctx, wang, whisper.ID), handoff.ErrRefused)
	o.refused("a colleague", o.store.ConfirmNote(ctx, li, summary.ID), handoff.ErrNotFound)
	notes, err := o.store.Notes(ctx, super, id)
	o.must(err)
	if len(notes) != 2 || notes[0].ConfirmedBy == nil || *notes[0].ConfirmedBy != wang.ID || !slices.Equal(notes[0].SourceSeqs, []int64{1}) || notes[1].Body != "先问安全" {
		t.Errorf("%+v", notes)
	}
	if n := o.one(`SELECT count(*) FROM messages WHERE conversation_id = $1 AND body LIKE '%安全%'`, conv); n != "0" {
		t.Error("the family reads a note")
	}
	if n := o.one(`SELECT count(*) FROM audit_log WHERE action LIKE 'note.%' AND data::text || coalesce(reason, '') !~ '孩子|安全'`); n != "3" {
		t.Errorf("%s audit rows without words", n)
	}
}

func TestWhatSpeaksForATicketIsCountedAsBrowsersDo(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang := o.person("王老师", "worker", "330106")
	conv, _ := o.family(xihu, "😀我爸用皮带打我")
	id, _ := o.open(handoff.Request{Conversation: conv, UserSeq: 1, Priority: 1, Reason: "danger", Origin: "rule", Version: "v1",
		Evidence: []handoff.Evidence{{Source: "rules", Rule: "A1", Start: 10, End: 25, Priority: 1}, {Source: "classifier", Score: .5, Priority: 2}}})
	_, err := o.store.Evidence(t.Context(), wang, id)
	o.refused("before the claim", err, handoff.ErrNotFound)
	o.claim(wang, id)
	got, err := o.store.Evidence(t.Context(), wang, id)
	o.must(err)
	if len(got) != 2 || got[0].Quote != "用皮带打我" || got[0].From != 4 || got[0].To != 9 || got[0].Rule != "A1" || got[1].Source != "model" || got[1].Quote != "" || got[1].Score != .5 {
		t.Errorf("%+v", got)
	}
	events, err := o.store.Events(t.Context(), wang, id)
	o.must(err)
	if last := events[len(events)-1]; events[0].Event != "ticket.opened" || last.Event != "ticket.claimed" || last.ActorName != "王老师" || last.From != "queued" {
		t.Errorf("%+v", events)
	}
}

func TestAGuardianWhoMayDoHarmIsKeptOut(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang, super := o.person("王老师", "worker", "330106"), o.person("督导", "supervisor", "330106")
	id, conv, guardian := o.ticket(xihu, 0)
	ctx := t.Context()
	o.refused("before the claim", o.store.Block(ctx, wang, id, "guardian_conflict", guardian.ID, "可能是他"), handoff.ErrNotFound)
	o.claim(wang, id)
	said := o.one(`SELECT count(*) FROM messages WHERE conversation_id = $1`, conv)
	o.refused("a stranger", o.store.Block(ctx, wang, id, "guardian_conflict", uuid.New(), "可能是他"), handoff.ErrInvalid)
	o.refused("a kind that there is not", o.store.Block(ctx, wang, id, "other", guardian.ID, "可能是他"), handoff.ErrInvalid)
	o.heard()
	o.must(o.store.Block(ctx, wang, id, "guardian_conflict", uuid.Nil, "可能是他"))
	if c := o.heard(); len(c.Members) != 1 || c.Members[0] != guardian.ID {
		t.Errorf("announced %+v", c)
	}
	if p := o.one(`SELECT can_write::text || (left_at IS NULL)::text FROM participants WHERE member_id = $1`, guardian.ID); p != "falsefalse" {
		t.Errorf("takes part: %s", p)
	}
	if n := o.one(`SELECT count(*) FROM messages WHERE conversation_id = $1`, conv); n != said {
		t.Error("a line betrays it")
	}
	_, err := o.store.Standing(ctx, conv, guardian.ID)
	o.refused("the guardian", err, handoff.ErrNotFound)
	o.refused("twice", o.store.Block(ctx, wang, id, "guardian_conflict", guardian.ID, "可能是他"), handoff.ErrRefused)
	o.refused("lifted by a worker", o.store.Unblock(ctx, wang, id, "guardian_conflict", guardian.ID, "弄错了"), handoff.ErrNotFound)
	o.must(o.store.Unblock(ctx, super, id, "guardian_conflict", uuid.Nil, "弄错了"))
	if p := o.one(`SELECT can_write::text || (left_at IS NULL)::text FROM participants WHERE member_id = $1`, guardian.ID); p != "truetrue" {
		t.Errorf("takes part: %s", p)
	}
	blocks, err := o.store.Blocks(ctx, wang, id)
	if err != nil || len(blocks) != 1 || blocks[0].Lifted == nil || blocks[0].Reason != "可能是他" {
		t.Errorf("%+v, %v", blocks, err)
	}
	if a := o.one(`SELECT string_agg(action, ' ' ORDER BY at) FROM audit_log WHERE action LIKE 'access.%'`); a != "access.blocked access.unblocked" {
		t.Errorf("audit %s", a)
	}
}

func TestWhoeverStepsAsideGivesTheTicketBack(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang, li, super := o.person("王老师", "worker", "330106"), o.person("李老师", "worker", "330106"), o.person("督导", "supervisor", "330106")
	id, conv, _ := o.ticket(xihu, 1)
	o.claim(wang, id)
	ctx := t.Context()
	o.refused("for somebody else", o.store.Block(ctx, li, id, "worker_recusal", wang.ID, "亲戚"), handoff.ErrNotFound)
	o.must(o.store.Block(ctx, wang, id, "worker_recusal", uuid.Nil, "是我亲戚"))
	if s := o.state(id); s != "queued - waiting -" {
		t.Errorf("stands %s", s)
	}
	if l := o.lines(conv); !strings.Contains(l, "released:") {
		t.Errorf("the family reads %s", l)
	}
	_, err := o.store.Get(ctx, wang, id)
	o.refused("still sees it", err, handoff.ErrNotFound)
	if next, err := o.store.ClaimNext(ctx, wang); next != nil || err != nil {
		t.Errorf("is given it again: %v %v", next, err)
	}
	o.claim(li, id)
	o.refused("given by the supervisor", o.store.Reassign(ctx, super, id, o.epoch(id), wang.ID, "换人"), handoff.ErrInvalid)
	o.must(o.store.Block(ctx, super, id, "worker_recusal", li.ID, "邻居"))
	if s := o.state(id); s != "queued - waiting -" {
		t.Errorf("stands %s", s)
	}
	o.must(o.store.Unblock(ctx, super, id, "worker_recusal", wang.ID, "不是亲戚"))
	o.claim(wang, id)
}

func TestEarlierTicketsAreTheOwnersToSee(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang, super := o.person("王老师", "worker", "330106"), o.person("督导", "supervisor", "330106")
	first, conv, member := o.ticket(xihu, 2)
	o.must(o.store.Withdraw(t.Context(), member, conv))
	later, err := o.store.Ask(t.Context(), member, conv, "asked_for_person")
	o.must(err)
	o.ticket(xihu, 2) // of somebody else
	o.claim(wang, later.ID)
	got, err := o.store.Earlier(t.Context(), wang, later.ID)
	if err != nil || len(got) != 1 || got[0].ID != first {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = o.store.Earlier(t.Context(), super, later.ID)
	o.refused("the supervisor", err, handoff.ErrNotFound)
}

func TestWhoMayReadAConversation(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang, li := o.person("王老师", "worker", "330106"), o.person("李老师", "worker", "330106")
	super, far, there := o.person("督导", "supervisor", "33"), o.person("远处督导", "supervisor", "330102"), o.person("上城", "worker", "330102")
	id, conv, _ := o.ticket(xihu, 1)
	ctx := t.Context()
	check := func(when string, want map[uuid.UUID]bool) {
		t.Helper()
		for _, by := range []uuid.UUID{wang.ID, li.ID, super.ID, far.ID, there.ID} {
			got, err := handoff.MayRead(ctx, o.pool, conv, by)
			o.must(err)
			if got != want[by] {
				t.Errorf("%s, %s reads it: %v", when, o.one(`SELECT name FROM workers WHERE id = $1`, by), got)
			}
		}
	}
	check("in the queue", map[uuid.UUID]bool{super.ID: true})
	o.claim(wang, id)
	check("claimed", map[uuid.UUID]bool{super.ID: true, wang.ID: true})
	o.must(o.store.RequestTransfer(ctx, wang, id, 1, handoff.Transfer{Kind: "worker", To: li.ID.String(), Reason: "专业", Note: "见记录"}))
	check("asked for", map[uuid.UUID]bool{super.ID: true, wang.ID: true, li.ID: true})
	o.must(o.store.DeclineTransfer(ctx, li, id, 2))
	check("declined", map[uuid.UUID]bool{super.ID: true, wang.ID: true})
	o.must(o.store.RequestTransfer(ctx, wang, id, 3, handoff.Transfer{Kind: "region", To: "330102", Reason: "户口", Note: "见记录"}))
	check("meant for another county", map[uuid.UUID]bool{super.ID: true, wang.ID: true, far.ID: true, there.ID: true})
	o.must(o.store.AcceptTransfer(ctx, there, id, 4))
	check("with another county", map[uuid.UUID]bool{super.ID: true, far.ID: true, there.ID: true})
	o.must(o.store.Block(ctx, super, id, "worker_recusal", there.ID, "亲戚"))
	check("after a recusal", map[uuid.UUID]bool{super.ID: true, far.ID: true})
}
