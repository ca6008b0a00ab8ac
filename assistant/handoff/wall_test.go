package handoff_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/audit"
	"xiaohe/assistant/handoff"
)

// Whatever somebody of another county tries, by id, the ticket is not there for them.
func TestTheWallBetweenRegions(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang := o.person("王老师", "worker", "330106")
	id, conv, member := o.ticket(xihu, 1)
	o.claim(wang, id)
	note, err := o.store.AddNote(t.Context(), wang, id, handoff.Note{Kind: "summary", Body: "孩子说了一件事", SourceSeqs: []int64{1}})
	o.must(err)
	o.must(o.store.RequestCallback(t.Context(), member, conv, handoff.Callback{Phone: "13800000000", Contact: "phone", SafeToCall: "yes"}))
	recused := o.person("回避的人", "worker", "330106")
	o.must(o.store.Block(t.Context(), recused, id, "worker_recusal", uuid.Nil, "亲戚"))
	gone := o.person("离职的人", "supervisor", "330106")
	o.exec(`UPDATE workers SET disabled_at = now(), duty = 'off' WHERE id = $1`, gone.ID)
	ctx, s := t.Context(), o.store
	tries := map[string]func(by audit.Actor, id uuid.UUID) error{
		"get":      func(by audit.Actor, id uuid.UUID) error { _, err := s.Get(ctx, by, id); return err },
		"read":     func(by audit.Actor, id uuid.UUID) error { _, err := s.Read(ctx, by, id); return err },
		"claim":    func(by audit.Actor, id uuid.UUID) error { _, err := s.Claim(ctx, by, id, 1); return err },
		"decline":  func(by audit.Actor, id uuid.UUID) error { return s.Decline(ctx, by, id, 1) },
		"release":  func(by audit.Actor, id uuid.UUID) error { return s.Release(ctx, by, id, 1, "一") },
		"reassign": func(by audit.Actor, id uuid.UUID) error { return s.Reassign(ctx, by, id, 1, by.ID, "一") },
		"transfer": func(by audit.Actor, id uuid.UUID) error {
			return s.RequestTransfer(ctx, by, id, 1, handoff.Transfer{Kind: "region", To: "330102", Reason: "一", Note: "二"})
		},
		"accept":   func(by audit.Actor, id uuid.UUID) error { return s.AcceptTransfer(ctx, by, id, 1) },
		"refuse":   func(by audit.Actor, id uuid.UUID) error { return s.DeclineTransfer(ctx, by, id, 1) },
		"withdraw": func(by audit.Actor, id uuid.UUID) error { return s.WithdrawTransfer(ctx, by, id, 1) },
		"return":   func(by audit.Actor, id uuid.UUID) error { return s.Return(ctx, by, id, 1) },
		"callback": func(by audit.Actor, id uuid.UUID) error {
			return s.SetCallback(ctx, by, id, 1, time.Now().Add(time.Hour))
		},
		"close": func(by audit.Actor, id uuid.UUID) error {
			return s.Close(ctx, by, id, 1, handoff.Closing{Outcome: "重复", Risk: &form})
		},
		"priority": func(by audit.Actor, id uuid.UUID) error { return s.SetPriority(ctx, by, id, 1, 0, "一", nil) },
		"report": func(by audit.Actor, id uuid.UUID) error {
			return s.Report(ctx, by, id, handoff.ReportFiled{Recipient: "一", Flags: []string{"R1"}})
		},
		"note": func(by audit.Actor, id uuid.UUID) error {
			_, err := s.AddNote(ctx, by, id, handoff.Note{Kind: "note", Body: "一"})
			return err
		},
		"notes":   func(by audit.Actor, id uuid.UUID) error { _, err := s.Notes(ctx, by, id); return err },
		"confirm": func(by audit.Actor, id uuid.UUID) error { return s.ConfirmNote(ctx, by, note.ID) },
		"block": func(by audit.Actor, id uuid.UUID) error {
			return s.Block(ctx, by, id, "guardian_conflict", uuid.Nil, "一")
		},
		"recuse": func(by audit.Actor, id uuid.UUID) error {
			return s.Block(ctx, by, id, "worker_recusal", uuid.Nil, "一")
		},
		"unblock": func(by audit.Actor, id uuid.UUID) error {
			return s.Unblock(ctx, by, id, "guardian_conflict", uuid.Nil, "一")
		},
		"blocks":   func(by audit.Actor, id uuid.UUID) error { _, err := s.Blocks(ctx, by, id); return err },
		"events":   func(by audit.Actor, id uuid.UUID) error { _, err := s.Events(ctx, by, id); return err },
		"evidence": func(by audit.Actor, id uuid.UUID) error { _, err := s.Evidence(ctx, by, id); return err },
		"earlier":  func(by audit.Actor, id uuid.UUID) error { _, err := s.Earlier(ctx, by, id); return err },
		"contact":  func(by audit.Actor, id uuid.UUID) error { _, err := s.Contact(ctx, by, id); return err },
	}
	tables := func() string {
		return o.one(`SELECT concat_ws(' ', (SELECT string_agg(t::text, '') FROM tickets t), (SELECT count(*) FROM ticket_events), (SELECT count(*) FROM audit_log),
			(SELECT count(*) FROM access_blocks), (SELECT count(*) FROM notes), (SELECT count(*) FROM messages))`)
	}
	before := tables()
	for who, by := range map[string]audit.Actor{
		"another county": o.person("上城", "worker", "330102"), "another city's supervisor": o.person("宁波督导", "supervisor", "3302"),
		"somebody who stepped aside": recused, "a director of the village": o.person("主任", "director", "330106"), "an admin": o.person("管理员", "admin", ""),
		"somebody of the family": member, "nobody": {ID: uuid.New(), Role: "supervisor"},
	} {
		for what, try := range tries {
			for _, ticket := range []uuid.UUID{id, uuid.New()} {
				err := try(by, ticket)
				if what == "claim" && err != nil && strings.Contains(err.Error(), handoff.ErrOffDuty.Error()) {
					continue // the same for every id: nothing is learned
				}
				o.refused(who+": "+what, err, handoff.ErrNotFound)
			}
		}
	}
	for what, try := range tries {
		if err := try(gone, id); err == nil {
			t.Errorf("somebody who was disabled: %s", what)
		}
	}
	if after := tables(); after != before {
		t.Errorf("something was changed:\n%s\n%s", before, after)
	}
}
