package handoff

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// Ticket is a row of the queue, as staff see it.
type Ticket struct {
	ID            uuid.UUID  `json:"id"`
	No            string     `json:"no"`
	Conversation  uuid.UUID  `json:"conversation"`
	Prev          *uuid.UUID `json:"prev"`     // the serious ticket that this one follows within 72 hours
	State         string     `json:"state"`    // queued, offered, claimed, transferring, callback, returned or closed
	Priority      int        `json:"priority"` // 0 (danger now) to 3 (paperwork)
	Rank          int        `json:"rank"`     // place in the queue: the priority, made smaller by waiting
	Reason        string     `json:"reason"`   // a code
	Origin        string     `json:"origin"`
	RegionCode    string     `json:"region"`         // 12 digits
	Region        string     `json:"region_name"`    // with the regions above it
	RoutePrefix   string     `json:"route_prefix"`   // how far up it is shown
	Skills        []string   `json:"skills"`         // wanted
	MissingSkills []string   `json:"missing_skills"` // wanted, but nobody on duty has them: not asked for
	Epoch         int64      `json:"epoch"`          // counts transitions; a command names the one it has seen
	Owner         *uuid.UUID `json:"owner"`
	OfferedTo     *uuid.UUID `json:"offered_to"`
	OwnerName     string     `json:"owner_name"`
	OfferUntil    *time.Time `json:"offer_until"`
	Transfer      *Transfer  `json:"transfer"`
	TransferUntil *time.Time `json:"transfer_until"`
	Opened        time.Time  `json:"opened_at"`
	Due           time.Time  `json:"due_at"`
	Claimed       *time.Time `json:"claimed_at"`
	Lease         *time.Time `json:"lease_until"` // NULL once the owner has written
	FirstReply    *time.Time `json:"first_reply_at"`
	Callback      *time.Time `json:"callback_at"`
	Closed        *time.Time `json:"closed_at"`
	Outcome       string     `json:"outcome"`
	NextRung      int        `json:"next_rung"`
	NextRungAt    *time.Time `json:"next_rung_at"`
	ReplyDue      *time.Time `json:"reply_due_at"` // by when the owner has to answer; nil where no message of the user waits
}

// moved describes the ticket where something is told of it that is no transition.
func (t Ticket) moved() moved {
	return moved{ID: t.ID, No: t.No, Conversation: t.Conversation, Region: t.RegionCode, Epoch: t.Epoch}
}

// Transfer is a wish that somebody else takes a ticket over. The note is kept with the notes, as handover.
type Transfer struct {
	Kind   string `json:"kind"`              // worker, region or team
	To     string `json:"to"`                // a worker's id, a region's 12 digits, a skill
	ToName string `json:"to_name,omitempty"` // of the worker or the region
	Reason string `json:"reason"`
	Note   string `json:"note,omitempty"`
}

// Outcomes are what a ticket can end with, in the words of the hotlines' work orders.
var Outcomes = []string{"已答复", "已转介", "已报告", "回访完成", "联系不上", "对方离开", "重复"}

// Closing is what the end of a ticket has to say.
type Closing struct {
	Outcome string    `json:"outcome"` // one of Outcomes
	Summary string    `json:"summary"` // kept as a note; may be empty
	Risk    *RiskForm `json:"risk"`    // needed for P0 and P1
}

// RiskForm is what a worker must have asked and done before a serious ticket ends. All of it is required.
type RiskForm struct {
	Asked         string `json:"asked"` // yes, no or could_not
	PresentDanger string `json:"present_danger"`
	SafeAdult     string `json:"safe_adult"`
	Actions       string `json:"actions"`
	ReportedTo    string `json:"reported_to"`
	FollowUp      string `json:"follow_up"`
}

// ReportFiled is a mandatory report (强制报告) that a worker has made.
type ReportFiled struct {
	Recipient string   `json:"recipient"`
	ReceiptNo string   `json:"receipt_no"` // may be empty: the police give it later
	Flags     []string `json:"flags"`      // R1 to R9
}

// Note is what staff write to each other about a conversation. No family ever reads one.
type Note struct {
	ID          uuid.UUID  `json:"id"`
	Ticket      *uuid.UUID `json:"ticket"`
	Author      uuid.UUID  `json:"author"`
	AuthorName  string     `json:"author_name"`
	Kind        string     `json:"kind"` // note, summary or handover
	Body        string     `json:"body"` // empty where it was erased
	SourceSeqs  []int64    `json:"source_seqs"`
	AI          bool       `json:"ai"`
	ConfirmedBy *uuid.UUID `json:"confirmed_by"`
	Supersedes  *uuid.UUID `json:"supersedes"`
	At          time.Time  `json:"at"`
}

// Event is a step of a ticket, or something that happened to it.
type Event struct {
	ID         int64           `json:"id"`
	Epoch      int64           `json:"epoch"`
	Event      string          `json:"event"`
	Transition bool            `json:"transition"`
	From       string          `json:"from"`
	To         string          `json:"to"`
	ActorKind  string          `json:"actor_kind"`
	Actor      *uuid.UUID      `json:"actor"`
	ActorName  string          `json:"actor_name"` // of staff; empty otherwise
	Reason     string          `json:"reason"`
	Data       json.RawMessage `json:"data"`
	At         time.Time       `json:"at"`
}

// Proof is a piece of evidence with the words that it rests on. From and To count UTF-16 code units of the message,
// as a browser does; both are 0 where it is no stretch of one.
type Proof struct {
	Source   string    `json:"source"` // rule, model or worker
	Rule     string    `json:"rule"`
	Version  string    `json:"version"`
	Seq      int64     `json:"seq"`
	Quote    string    `json:"quote"`
	From     int       `json:"from"`
	To       int       `json:"to"`
	Score    float32   `json:"score"`
	Priority int       `json:"priority"`
	At       time.Time `json:"at"`
}

// BlockRow is somebody who is kept out of a conversation.
type BlockRow struct {
	Kind   string     `json:"kind"` // guardian_conflict or worker_recusal
	Member uuid.UUID  `json:"member"`
	Name   string     `json:"name"` // of staff; empty for a family
	Reason string     `json:"reason"`
	Set    time.Time  `json:"set_at"`
	Lifted *time.Time `json:"lifted_at"`
}

// Callback is how a family can be reached safely.
type Callback struct {
	Phone         string     `json:"phone,omitempty"`
	Contact       string     `json:"contact"`      // phone or chat_only
	SafeToCall    string     `json:"safe_to_call"` // yes, no or only_window
	SafeToText    bool       `json:"safe_to_text"`
	SafeVoicemail bool       `json:"safe_voicemail"`
	WindowFrom    *time.Time `json:"window_from"`
	WindowTo      *time.Time `json:"window_to"`
	CallerSays    string     `json:"caller_says"` // service or person_name_only
	CodeWord      string     `json:"code_word"`
}

// Standing is how a family's wish for a person stands.
type Standing struct {
	Ticket      Brief     `json:"ticket"`
	Position    int       `json:"position"` // how many are before it
	Worker      string    `json:"worker"`   // who holds the conversation; empty where nobody does
	OnDuty      bool      `json:"on_duty"`
	Callback    *Callback `json:"callback"` // without the number
	CanWithdraw bool      `json:"can_withdraw"`
	CanRate     bool      `json:"can_rate"`
	Rated       bool      `json:"rated"`
	Text        string    `json:"text"` // the same in words
}

// Brief is what a family may know of a ticket.
type Brief struct {
	ID     uuid.UUID `json:"id"`
	State  string    `json:"state"`
	Epoch  int64     `json:"epoch"`
	Urgent bool      `json:"urgent"` // P0 or P1
	Opened time.Time `json:"opened_at"`
}
