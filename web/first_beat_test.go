package web

import "testing"

// Whoever was just greeted is there, however long the program runs: an owner who came back would lose the ticket.
func TestTheFirstBeatOfAConsoleIsOfNow(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker := s.hire("worker", "王老师", xihuPrefix)
	s.exec(`CREATE TABLE before AS SELECT clock_timestamp() AS at`)
	worker.connect()
	var now bool
	must(t, s.pool.QueryRow(t.Context(), `SELECT bool_and(p.beat_at >= b.at) FROM presence p, before b`).Scan(&now))
	if !now {
		t.Error("the console counts as silent since the program started")
	}
}
