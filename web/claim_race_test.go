package web

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"xiaohe/assistant/account"
)

// Twenty press 「我来接」 in the same moment, on two nodes: one has the ticket, nineteen read who has it.
func TestManyWhoClaimOnTwoNodesAtOnceAreOneOwner(t *testing.T) {
	t.Parallel()
	const people, rounds = 20, 5
	office := newBureau(t)
	nodes := []*bureau{{office.node()}, {office.node()}}
	clerks := make([]*clerk, people)
	for i := range clerks {
		clerks[i] = office.hire(fmt.Sprintf("第%d位", i), account.Worker, xihuPrefix)
		clerks[i].bureau = nodes[i%2]
	}
	for range rounds {
		opened := office.family(xihuCode, 1, "没人管我")
		answers := make([]reply, people)
		var group sync.WaitGroup
		for i, c := range clerks {
			group.Go(func() {
				answers[i] = c.call("POST", "/tickets/"+opened.ID.String()+"/claim", fields{"epoch": 0})
			})
		}
		group.Wait()
		owner := ""
		for i, a := range answers {
			if a.Status == http.StatusOK {
				if owner != "" {
					t.Errorf("%s and %s have it", owner, clerks[i].name)
				}
				owner = clerks[i].name
			}
		}
		if owner == "" {
			t.Fatalf("nobody has it: %d %s", answers[0].Status, answers[0].Body)
		}
		for i, a := range answers {
			var c conflict
			a.into(t, &c)
			if clerks[i].name != owner && (a.Status != http.StatusConflict || c.Message != "已由 "+owner+" 认领" || c.State != "claimed" || c.Epoch != 1) {
				t.Errorf("%s reads %d %s", clerks[i].name, a.Status, a.Body)
			}
		}
		if got := office.one(`SELECT concat_ws(' ', w.name, (SELECT count(*) FROM ticket_events e WHERE e.ticket_id = t.id AND event = 'ticket.claimed'),
			(SELECT count(*) FROM messages m WHERE m.conversation_id = t.conversation_id AND meta #>> '{handoff,event}' = 'claimed'))
			FROM tickets t JOIN workers w ON w.id = t.owner_id WHERE t.id = $1`, opened.ID); got != owner+" 1 1" {
			t.Errorf("owner, claims and lines are %s, the answer was for %s", got, owner)
		}
	}
}
