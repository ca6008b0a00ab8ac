package web

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"xiaohe/assistant/audit"
	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
)

// handoverRoutes adds what a family sees and does of a handover.
func (s *Server) handoverRoutes(mux *http.ServeMux) {
	if s.handoff == nil {
		return
	}
	mux.HandleFunc("GET /v1/conv/{id}/handoff", s.standing)
	mux.HandleFunc("POST /v1/conv/{id}/handoff", s.askPerson)
	mux.HandleFunc("DELETE /v1/conv/{id}/handoff", s.withdraw)
	mux.HandleFunc("POST /v1/conv/{id}/handoff/callback", s.requestCallback)
	mux.HandleFunc("POST /v1/conv/{id}/handoff/rating", s.rate)
}

// standingAnswer is how a wish for a person stands; without one only its emptiness is told.
type standingAnswer struct {
	Ticket      *handoff.Brief    `json:"ticket"`
	Position    int               `json:"position"` // how many are before it
	Worker      string            `json:"worker"`   // who holds, or held, the conversation
	OnDuty      bool              `json:"on_duty"`
	Callback    *handoff.Callback `json:"callback"` // without the number
	CanWithdraw bool              `json:"can_withdraw"`
	CanRate     bool              `json:"can_rate"`
	Text        string            `json:"text"`
	Read        *readData         `json:"read"` // of whoever holds the conversation; nil where nobody does
}

// familyCall is a request of a family about its wish for a person.
type familyCall struct {
	conv uuid.UUID
	by   audit.Actor // the member of the conversation
}

func (s *Server) familyCall(r *http.Request) (familyCall, error) {
	session, c, err := s.member(r)
	if err != nil {
		return familyCall{}, err
	}
	return familyCall{c.ID, s.asking(r, session)}, nil
}

// asking is somebody of a family as the audit log names them.
func (s *Server) asking(r *http.Request, session conversation.Session) audit.Actor {
	by := s.caller(r)
	by.ID = session.Member
	return by
}

// standing tells how things stand.
func (s *Server) standing(w http.ResponseWriter, r *http.Request) {
	call, err := s.familyCall(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.tellStanding(w, r, call)
}

func (s *Server) tellStanding(w http.ResponseWriter, r *http.Request, call familyCall) {
	a, err := s.standingOf(r.Context(), call)
	if err != nil {
		s.fail(w, r, familyProblem(err))
		return
	}
	writeJSON(w, http.StatusOK, a)
}

func (s *Server) standingOf(ctx context.Context, call familyCall) (standingAnswer, error) {
	found, err := s.handoff.Standing(ctx, call.conv, call.by.ID)
	if err != nil || found == nil {
		return standingAnswer{}, err
	}
	a := standingAnswer{&found.Ticket, found.Position, found.Worker, found.OnDuty, found.Callback, found.CanWithdraw, found.CanRate, found.Text, nil}
	if found.Ticket.State != "claimed" && found.Ticket.State != "transferring" {
		return a, nil
	}
	marks, err := s.conversations.Marks(ctx, call.conv)
	if err != nil {
		return a, err
	}
	read := sidesOf(marks)["worker"]
	a.Read = &read
	return a, nil
}

// reasonFindPerson is why a ticket was opened by a press on 「找真人社工」.
const reasonFindPerson = "asked_for_person"

// askPerson opens a ticket without a word being said. No limit counts here: help is never too much asked.
func (s *Server) askPerson(w http.ResponseWriter, r *http.Request) {
	s.familyStep(w, r, func(ctx context.Context, call familyCall) error {
		_, err := s.handoff.Ask(ctx, call.by, call.conv, reasonFindPerson)
		return err
	})
}

func (s *Server) withdraw(w http.ResponseWriter, r *http.Request) {
	s.familyStep(w, r, func(ctx context.Context, call familyCall) error {
		// To ask is free; to take back counts, or the two in turn would fill the queue.
		if wait := s.meter.message(call.by.ID); wait > 0 {
			return tooFast(wait)
		}
		err := s.handoff.Withdraw(ctx, call.by, call.conv)
		if errors.Is(err, handoff.ErrRefused) { // it has become serious, or somebody has just come
			return problem{Code: codeConflict, Message: "这件事要等社工来看过，暂时不能取消。可以接着在这里说。"}
		}
		return err
	})
}

// familyStep does something to the ticket and tells how it stands then.
func (s *Server) familyStep(w http.ResponseWriter, r *http.Request, step func(context.Context, familyCall) error) {
	call, err := s.familyCall(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if err := step(r.Context(), call); err != nil {
		s.fail(w, r, familyProblem(err))
		return
	}
	s.tellStanding(w, r, call)
}

// familyStepWith is familyStep with a body. Forms count as messages do: nobody fills them in five times a second.
func familyStepWith[T any](s *Server, w http.ResponseWriter, r *http.Request, step func(context.Context, familyCall, T) error) {
	d, err := readJSON[T](w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.familyStep(w, r, func(ctx context.Context, call familyCall) error {
		if wait := s.meter.message(call.by.ID); wait > 0 {
			return tooFast(wait)
		}
		return step(ctx, call, d)
	})
}

func (s *Server) requestCallback(w http.ResponseWriter, r *http.Request) {
	familyStepWith(s, w, r, func(ctx context.Context, call familyCall, wish handoff.Callback) error {
		if err := s.checkCallback(&wish); err != nil {
			return err
		}
		return s.handoff.RequestCallback(ctx, call.by, call.conv, wish)
	})
}

// Bounds of a wish for a call.
const (
	maxCodeWord  = 20 // characters
	farthestCall = 14 * 24 * time.Hour
	// longestWindow is how long somebody can be reached at a stretch.
	longestWindow = 7 * 24 * time.Hour
)

// checkCallback brings a wish into the form in which it is kept, or says what is wrong with it.
func (s *Server) checkCallback(wish *handoff.Callback) error {
	invalid := func(message string) error { return problem{Code: codeInvalid, Message: message} }
	wish.CodeWord = strings.TrimSpace(wish.CodeWord)
	if wish.CallerSays == "" {
		wish.CallerSays = "person_name_only"
	}
	switch {
	case !slices.Contains([]string{"yes", "no", "only_window"}, wish.SafeToCall):
		return invalid("请先选：打电话来，安不安全")
	case !slices.Contains([]string{"service", "person_name_only"}, wish.CallerSays):
		return invalid("请选：要是别人接了电话，怎么说")
	case !plainWord(wish.CodeWord):
		return invalid("暗号最多 20 个字，写在一行里")
	case wish.SafeToCall == "no" || wish.Contact == "chat_only": // nobody calls, so nobody needs the number
		*wish = handoff.Callback{Contact: "chat_only", SafeToCall: wish.SafeToCall, CallerSays: wish.CallerSays, CodeWord: wish.CodeWord}
		return nil
	case wish.Contact != "phone":
		return errMalformed
	}
	var ok bool
	if wish.Phone, ok = phoneNumber(wish.Phone); !ok {
		return invalid("这个号码好像不全。手机是 11 位；座机要带区号，比如 0571-87654321")
	}
	return s.checkWindow(wish)
}

func (s *Server) checkWindow(wish *handoff.Callback) error {
	from, to := wish.WindowFrom, wish.WindowTo
	switch {
	case from == nil && to == nil:
		if wish.SafeToCall == "only_window" {
			return problem{Code: codeInvalid, Message: "请选什么时候方便接电话"}
		}
		return nil
	case from == nil || to == nil || !from.Before(*to):
		return problem{Code: codeInvalid, Message: "请把从几点到几点都选上"}
	case !to.After(s.now()) || from.After(s.now().Add(farthestCall)), to.After(from.Add(longestWindow)):
		return problem{Code: codeInvalid, Message: "这个时间已经过了，或者太远了，请重新选"}
	}
	return nil
}

func plainWord(text string) bool {
	return utf8.RuneCountInString(text) <= maxCodeWord && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// Numbers as people write them: a mobile one, a landline with its area code and perhaps an extension, 400 and 800.
var (
	phoneNoise  = strings.NewReplacer(" ", "", "-", "", "－", "", "—", "", "–", "", "(", "", ")", "", "（", "", "）", "", ".", "", "·", "", "\u3000", "", "\u00a0", "")
	phonePrefix = regexp.MustCompile(`^(?:\+|00)86`)
	phoneForm   = regexp.MustCompile(`^(1[3-9]\d{9}|(?:010|02\d)[2-9]\d{7}|0[3-9]\d{2}[2-9]\d{6,7}|[48]00\d{7})(?:(?:转|#|,|，)(\d{1,6}))?$`)
)

// phoneNumber reads a number: its digits, with a dash before an extension. ok is false where it is none that can be called.
func phoneNumber(text string) (number string, ok bool) {
	if len(text) > 120 {
		return "", false
	}
	text = phoneNoise.Replace(strings.Map(halfWidth, text))
	parts := phoneForm.FindStringSubmatch(phonePrefix.ReplaceAllString(text, ""))
	if parts == nil {
		return "", false
	}
	if number = parts[1]; parts[2] != "" {
		number += "-" + parts[2]
	}
	return number, true
}

// halfWidth reads the digits that Chinese input methods may give.
func halfWidth(r rune) rune {
	if r >= '０' && r <= '９' || r == '＋' {
		return r - 0xfee0
	}
	return r
}

type ratingRequest struct {
	Ticket  uuid.UUID `json:"ticket"`
	Score   int       `json:"score"` // 1 to 5
	Comment string    `json:"comment"`
}

// maxComment is the most characters of a comment: the table holds 2,000 bytes.
const maxComment = 500

func (s *Server) rate(w http.ResponseWriter, r *http.Request) {
	familyStepWith(s, w, r, func(ctx context.Context, call familyCall, d ratingRequest) error {
		comment := strings.TrimSpace(d.Comment)
		switch {
		case d.Score < 1 || d.Score > 5:
			return errMalformed
		case utf8.RuneCountInString(comment) > maxComment:
			return problem{Code: codeTooLarge, Message: "写得太长了，最多 500 字"}
		}
		return s.handoff.Rate(ctx, call.by, call.conv, d.Ticket, d.Score, comment)
	})
}

// locate takes the ticket of a conversation to where the family has just said it is.
func (s *Server) locate(r *http.Request, session conversation.Session, conv uuid.UUID) error {
	if s.handoff == nil {
		return nil
	}
	if err := s.handoff.Locate(r.Context(), s.asking(r, session), conv); err != nil {
		return familyProblem(err)
	}
	return nil
}

// familyProblem says in plain words what went wrong with a ticket.
func familyProblem(err error) error {
	var slower *handoff.ConflictError
	switch {
	case errors.Is(err, handoff.ErrNotFound), errors.Is(err, conversation.ErrForbidden):
		return noConversation
	case errors.As(err, &slower):
		return problem{Code: codeConflict, Message: "刚刚有变化，请看一下现在的情况"}
	case errors.Is(err, handoff.ErrRefused):
		return problem{Code: codeConflict, Message: "现在不能这样做了，请看一下现在的情况"}
	case errors.Is(err, handoff.ErrInvalid):
		return problem{Code: codeInvalid, Message: "有地方没填，或者填得不对，请看一下再试"}
	}
	return err
}
