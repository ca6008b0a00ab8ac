package handoff

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Overview is what a supervisor needs to see of their regions. It holds nothing of what was said.
type Overview struct {
	At       time.Time    `json:"at"`       // when it was read
	Waiting  []Waiting    `json:"waiting"`  // by priority and region, the most urgent first
	Breaches []Breach     `json:"breaches"` // open tickets that are late, or whose next rung is near
	Staff    []OnDuty     `json:"staff"`    // who answers, those on duty first
	Hours    []Hour       `json:"hours"`    // of the last day, oldest first; 24
	Week     []HourOfWeek `json:"week"`     // of the last four weeks, Monday 0:00 first; 168
	Quality  Quality      `json:"quality"`  // of the last four weeks
	Under    []UnderCall  `json:"under"`    // of the last four weeks: tickets that people found more urgent than the program
}

// Waiting is how many tickets wait in a region.
type Waiting struct {
	Priority   int       `json:"priority"`
	Region     string    `json:"region"` // 12 digits
	RegionName string    `json:"region_name"`
	Count      int       `json:"count"`
	Oldest     time.Time `json:"oldest_at"`
}

// Breach is a ticket that nobody has in time, or whose owner does not answer in time.
type Breach struct {
	Ticket     uuid.UUID  `json:"ticket"`
	No         string     `json:"no"`
	State      string     `json:"state"`
	Priority   int        `json:"priority"`
	Region     string     `json:"region"`
	RegionName string     `json:"region_name"`
	Kind       string     `json:"kind"`         // claim (nobody has taken it), reply (the owner has not answered) or next_rung (not late yet)
	Due        time.Time  `json:"due_at"`       // of the claim or the reply
	NextRung   int        `json:"next_rung"`    // rungs that have fired
	NextAt     *time.Time `json:"next_rung_at"` // nil where none is to come
	Owner      string     `json:"owner"`        // display name
}

// OnDuty is one of the people who answer, as they are now.
type OnDuty struct {
	ID       uuid.UUID  `json:"id"`
	Name     string     `json:"name"`
	Role     string     `json:"role"`
	Duty     string     `json:"duty"`
	Online   bool       `json:"online"` // has a live socket
	Load     int        `json:"load"`   // as capacity counts it: a P0 is three
	Open     int        `json:"open"`   // tickets
	Capacity int        `json:"capacity"`
	Last     *time.Time `json:"last_at"` // last message or step; nil where there was none in four weeks
}

// Hour is what came and went in an hour, against the people who worked in it.
type Hour struct {
	From      time.Time `json:"from"`
	Arrived   int       `json:"arrived"`
	Claimed   int       `json:"claimed"`
	Abandoned int       `json:"abandoned"` // withdrawn, or ended because the family had gone
	Workers   int       `json:"workers"`   // different people who claimed something
}

// HourOfWeek is the same for an hour of the week, as a mean of four weeks: what is to be expected of the next.
type HourOfWeek struct {
	Weekday   int     `json:"weekday"` // ISO: Monday is 1
	Hour      int     `json:"hour"`    // of the day in China
	Arrived   float64 `json:"arrived"`
	Claimed   float64 `json:"claimed"`
	Abandoned float64 `json:"abandoned"`
	Workers   float64 `json:"workers"`
}

// Quality are the figures by which the service is judged. What there is no case of is nil.
type Quality struct {
	Closed        int      `json:"closed"`
	FirstReplyP50 *float64 `json:"first_reply_p50"` // seconds from the opening to the first message of a person
	FirstReplyP90 *float64 `json:"first_reply_p90"`
	InTime        *float64 `json:"in_time"`   // share of tickets that were claimed before they were due
	RiskForms     *float64 `json:"risk_form"` // share of closed P0 and P1 whose risk form says something everywhere
	Returned      *float64 `json:"returned"`  // share of ended tickets that went back to the bot
	Score         *float64 `json:"score"`     // mean of the ratings, 1 to 5
	Ratings       int      `json:"ratings"`
}

// UnderCall is a ticket that people found more urgent than the program: each is a lesson for triage.
type UnderCall struct {
	Ticket uuid.UUID `json:"ticket"`
	No     string    `json:"no"`
	From   int       `json:"from"`
	To     int       `json:"to"`
	At     time.Time `json:"at"`
}

// Overview returns the figures of a supervisor's regions, all as they are at one moment; ErrNotFound for anybody else.
func (s *Store) Overview(ctx context.Context, worker uuid.UUID) (o Overview, err error) {
	err = s.readAlike(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `SELECT now() FROM workers w WHERE w.id = $1 AND w.role = 'supervisor' AND w.disabled_at IS NULL`, worker).Scan(&o.At)
		if err == pgx.ErrNoRows {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		o.Waiting, err = readRows[Waiting](ctx, tx, err, overviewWaiting, worker)
		o.Breaches, err = readRows[Breach](ctx, tx, err, overviewBreaches, worker)
		o.Staff, err = readRows[OnDuty](ctx, tx, err, overviewOnDuty, worker)
		o.Hours, err = readRows[Hour](ctx, tx, err, overviewHours, worker)
		o.Week, err = readRows[HourOfWeek](ctx, tx, err, overviewWeek, worker)
		o.Under, err = readRows[UnderCall](ctx, tx, err, overviewUnder, worker)
		quality, err := readRows[Quality](ctx, tx, err, overviewQuality, worker)
		if err == nil {
			o.Quality = quality[0]
		}
		return err
	})
	if err == ErrNotFound {
		return Overview{}, err
	}
	if err != nil {
		return Overview{}, fmt.Errorf("read overview: %w", err)
	}
	return o, nil
}

// readRows runs a statement of the overview unless one before it failed.
func readRows[T any](ctx context.Context, tx pgx.Tx, before error, statement string, worker uuid.UUID) ([]T, error) {
	if before != nil {
		return nil, before
	}
	return readAll[T](ctx, tx, "figures", statement, worker)
}
